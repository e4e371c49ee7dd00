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
        var report = File.ReadAllText(world.Out(RunFolder.ReportFile));
        Assert.Matches(@"monk_9</t[hd]><td>skin_tone</td><td[^>]*>\d+</td><td[^>]*>\d\.\d%|monk_9.{0,200}50\.0%",
            report);
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
