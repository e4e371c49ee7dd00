using System.Text.RegularExpressions;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Train;

namespace FaceBias.Core.Tests.Runs;

public class ResampledRunTests
{
    [Fact]
    public void The_report_sets_the_training_before_and_after_resampling_side_by_side()
    {
        var world = new TinyWorld("""{"size": 48, "skin_tone": {"monk_2": 0.9, "monk_9": 0.1}}""", 160);
        var options = world.Options with
        {
            Groups = ["skin_tone"], NearDistance = 0,
            Resample = new() { Rule = Core.Uncertainty.Resampling.ResampleRule.InverseFrequency, Group = "skin_tone" },
        };
        TrainRun.Execute(options);
        var drawn = TableFile.Read(world.Out(RunFolder.ResamplingFile));
        Assert.Equal(1, drawn.Number("share").Values.Sum(), 1e-9);
        var manifest = TableFile.Read(world.Out(RunFolder.ManifestFile));
        Assert.Equal(Enumerable.Range(0, manifest.RowCount).Count(r => manifest.Text("split")[r] == "train"),
            drawn.RowCount);
        // Both tones are drawn alike, whatever their share of the images.
        var tones = Enumerable.Range(0, manifest.RowCount).ToDictionary(r => manifest.Text("id")[r]!,
            r => manifest.Text("skin_tone")[r]);
        var shares = Enumerable.Range(0, drawn.RowCount).GroupBy(r => tones[drawn.Text("id")[r]!],
            r => drawn.Number("share")[r]).ToArray();
        Assert.Equal(2, shares.Length);
        Assert.All(shares, s => Assert.Equal(0.5, s.Sum(), 1e-9));
        var report = File.ReadAllText(world.Out(RunFolder.ReportFile));
        Assert.Equal(2, Regex.Count(report,
            "skin_tone</td>\\s*<td class=\"n\">\\d+</td>\\s*<td class=\"n\">[\\d.]+%</td>\\s*<td class=\"n\">50.0%"));
        Assert.Contains("the same training without resampling", report, StringComparison.Ordinal);
        Assert.Contains("Average picture, before", report, StringComparison.Ordinal);

        // The other model is what the same command gives without the option.
        TrainRun.Execute(options with { Resample = null, Out = Path.Combine(world.Folder, "plain") });
        var (control, plain) = (TableFile.Read(world.Out(RunFolder.PlainPredictionsFile)),
            TableFile.Read(Path.Combine(world.Folder, "plain", RunFolder.PredictionsFile)));
        Assert.Equal(plain.Number("age").Values, control.Number("age").Values);
        Assert.NotEqual(plain.Number("age").Values,
            TableFile.Read(world.Out(RunFolder.PredictionsFile)).Number("age").Values);
    }
}
