using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FaceBias.Auditing;
using FaceBias.Core.Data;
using FaceBias.Workflows.Bounty;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias score bounty8bit</c>: the score of the 8-bit Bias Bounty, and what it does not look at.</summary>
internal static class ScoreCommand
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create()
    {
        var labels = new Option<string>("--labels") { Description = "Labels: name, skin_tone, gender, age, real_face.", Required = true, HelpName = "labels.csv" };
        var predictions = new Option<string>("--predictions") { Description = "Predictions: name (or id), skin_tone, gender, age.", Required = true, HelpName = "FILE" };
        var output = new Option<string?>("--out") { Description = "Also write the score as JSON.", HelpName = "FILE.json" };
        var bounty = new Command("bounty8bit", "The score of the 8-bit Bias Bounty (at most 16).") { labels, predictions, output };
        bounty.SetAction((parsed, _) => Task.Run(() =>
        {
            var score = BountyScore.Of(TableFile.Read(parsed.GetRequiredValue(labels), reading: new()), TableFile.Read(parsed.GetRequiredValue(predictions), reading: new()));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"score {score.Score:0.000000} of 16"));
            foreach (var task in score.Tasks)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{task.Task,-10} accuracy {task.Accuracy:0.0000}  disparity {task.Disparity:0.0000}  n {task.Rows:N0}"));
            if (score.RealFaces is { } real)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"real faces alone: {real:0.000000}"));
            Console.WriteLine("worst groups, which the score does not look at:");
            foreach (var g in score.WorstGroups)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{g.Task,-10} {g.Attributes}: {g.Group}, accuracy {g.Accuracy.Value:0.000} ({g.Accuracy.Low:0.000} to {g.Accuracy.High:0.000}), n {g.Accuracy.Denominator:N0}"));
            if (parsed.GetValue(output) is { } path)
                AtomicFile.WriteText(path, JsonSerializer.Serialize(score, Json) + "\n");
            return 0;
        }, CancellationToken.None));
        return new Command("score", "Scores predictions by the rules of a challenge.") { bounty };
    }
}
