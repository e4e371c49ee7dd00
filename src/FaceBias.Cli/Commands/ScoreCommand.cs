using System.Text.Json;
using FaceBias.Auditing;
using FaceBias.Core.Data;
using FaceBias.Workflows.Bounty;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias score bounty8bit</c>: the score of the 8-bit Bias Bounty, and what it does not look
/// at.</summary>
internal static class ScoreCommand
{
    private static readonly JsonSerializerOptions Json =
        new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create() => Job.WithExample(new("score", "Scores predictions by the rules of a challenge.")
    {
        Job.Command<Arguments>("bounty8bit", "The score of the 8-bit Bias Bounty (at most 16).",
            "score bounty8bit --labels labels.csv --predictions predictions.csv", Score),
    }, "score bounty8bit --labels labels.csv --predictions predictions.csv");

    private static int Score(Arguments options, Job job)
    {
        var score = BountyScore.Of(TableFile.Read(options.Labels, reading: new()),
            TableFile.Read(options.Predictions, reading: new()));
        foreach (var notice in score.Notices)
            job.Line($"note: {notice}");
        job.Line(string.Create(CultureInfo.InvariantCulture, $"score {score.Score:0.000000} of 16"));
        foreach (var task in score.Tasks)
            job.Line(string.Create(CultureInfo.InvariantCulture,
                $"{task.Task,-10} accuracy {task.Accuracy:0.0000}  disparity {task.Disparity:0.0000}  n {task.Rows:N0}"));
        if (score.RealFaces is { } real)
            job.Line(string.Create(CultureInfo.InvariantCulture, $"real faces alone: {real:0.000000}"));
        job.Line("worst groups, which the score does not look at:");
        foreach (var g in score.WorstGroups)
            job.Line(string.Create(CultureInfo.InvariantCulture,
                $"{g.Task,-10} {g.Attributes}: {g.Group}, accuracy {g.Accuracy.Value:0.000} ({g.Accuracy.Low:0.000} "
                    + $"to {g.Accuracy.High:0.000}), n {g.Accuracy.Denominator:N0}"));
        if (options.Out is { } path)
        {
            AtomicFile.WriteText(path, JsonSerializer.Serialize(score, Json) + "\n");
            job.Line($"Wrote {path}");
        }
        job.Line("Next: facebias audit ‹AuditRunOptions.Predictions› FILE on a table with the labels beside the predictions "
            + "(T_true and T) gives every group with intervals and verdicts.");
        return 0;
    }

    internal sealed record Arguments
    {
        [Option("Labels: name, skin_tone, gender, age, real_face.", ValueName = "FILE")]
        public required string Labels { get; init; }

        [Option("Predictions: name (or id), skin_tone, gender, age.", ValueName = "FILE")]
        public required string Predictions { get; init; }

        [Option("Also write the score as JSON.", ValueName = "FILE.json", Group = OptionGroup.Output)]
        public string? Out { get; init; }
    }
}
