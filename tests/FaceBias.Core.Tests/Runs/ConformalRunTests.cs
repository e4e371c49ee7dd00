using FaceBias.Core.Data;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using FaceBias.Workflows.Predict;
using FaceBias.Workflows.Train;
using FaceBias.Workflows.Uncertainty;

namespace FaceBias.Core.Tests.Runs;

/// <summary>From <c>train --uncertainty conformal</c> to a prediction that abstains.</summary>
public class ConformalRunTests
{
    [Fact]
    public void A_run_is_calibrated_on_rows_of_its_own_and_its_model_predicts_the_same_sets()
    {
        var world = new TinyWorld(count: 200);
        var result = TrainRun.Execute(world.Options with
        {
            Uncertainty = ["conformal"],
            Conformal = new() { Level = 0.8, Method = ConformalMethod.Overlapping, Groups = ["glasses", "gender"],
                Numbers = IntervalScore.Quantile },
        });
        Assert.Contains(result.Summary, l => l.Contains("'gender': calibrated on", StringComparison.Ordinal));
        Assert.DoesNotContain(result.Summary, l => l.Contains("also chose the epoch", StringComparison.Ordinal));
        Assert.All(result.Audit.Targets, t => Assert.Equal(0.8, t.Coverage!.Level));
        var report = File.ReadAllText(world.Out("report.html"));
        Assert.Contains("id=\"coverage\"", report, StringComparison.Ordinal);
        Assert.Contains("id=\"abstaining\"", report, StringComparison.Ordinal);

        var csv = Path.Combine(world.Folder, "p.csv");
        var options = new PredictRunOptions { Model = world.Out("model.onnx"), Images = [world.Images],
            Labels = world.Labels, Out = csv };
        PredictRun.Execute(options);
        Table run = TableFile.Read(world.Out("predictions.parquet")), file = TableFile.Read(csv);
        var rows = Enumerable.Range(0, file.RowCount).ToDictionary(i => file.Text("id")[i]!);
        Assert.DoesNotContain(file.Columns, c => c.Name is "age_basis" or "gender_calibration");
        for (var i = 0; i < run.RowCount; i++)
        {
            var other = rows[run.Text("id")[i]!];
            Assert.Equal(run.Text("gender_set")[i], file.Text("gender_set")[other]);
            Assert.Equal(run.Number("age_low")[i], file.Number("age_low")[other], 1e-2);
            Assert.Equal(run.Number("age_high")[i], file.Number("age_high")[other], 1e-2);
            Assert.Equal(0.8, file.Number("age_level")[other]);
        }

        // Whose groups are not known gets the safest cutoff, and the console says so.
        var lines = PredictRun.Execute(options with { Labels = null });
        Assert.Contains(lines, l => l.Contains("the glasses of the pictures is not known", StringComparison.Ordinal));
        var safest = TableFile.Read(csv);
        for (var i = 0; i < safest.RowCount; i++)
            Assert.True(safest.Number("age_low")[i] <= file.Number("age_low")[rows[safest.Text("id")[i]!]] + 1e-4);

        lines = PredictRun.Execute(options with { Abstain = 0.25, AbstainBy = "glasses" });
        var answered = TableFile.Read(csv);
        Assert.Contains(lines,
            l => l.Contains("'gender': no answer for", StringComparison.Ordinal)
                && l.Contains("in each glasses", StringComparison.Ordinal));
        var abstained = answered.Number("gender_abstained");
        var share = abstained.Values.Average();
        Assert.InRange(share, 0.1, 0.25);
        Assert.All(Enumerable.Range(0, answered.RowCount),
            i => Assert.Equal(abstained[i] == 1, answered.Text("gender").IsMissing(i)));
        var surest = Enumerable.Range(0, answered.RowCount).Where(
            i => abstained[i] == 1 && answered.Text("glasses")[i] == "yes")
            .Select(i => answered.Number("gender_p_male")[i]).Select(p => Math.Max(p, 1 - p)).DefaultIfEmpty(0).Max();
        Assert.All(Enumerable.Range(0, answered.RowCount).Where(
            i => abstained[i] == 0 && answered.Text("glasses")[i] == "yes"),
            i => Assert.True(
                Math.Max(answered.Number("gender_p_male")[i], answered.Number("gender_p_female")[i]) >= surest - 1e-6));
        // No table is written where the question makes no sense.
        File.Delete(csv);
        Assert.Throws<FaceBiasException>(() => PredictRun.Execute(options with { Abstain = 1 }));
        Assert.Throws<FaceBiasException>(() => PredictRun.Execute(options with { AbstainBy = "glasses" }));
        Assert.Contains("no column of the labels",
            Assert.Throws<FaceBiasException>(
                () => PredictRun.Execute(options with { Abstain = 0.1, AbstainBy = "shoes" })).Message,
                StringComparison.Ordinal);
        Assert.False(File.Exists(csv));
    }

    [Fact]
    public void A_finished_run_is_calibrated_afterwards_and_again()
    {
        var world = new TinyWorld(count: 160);
        TrainRun.Execute(world.Options);
        var before = File.ReadAllBytes(world.Out("model.onnx"));
        var options = new UncertaintyRunOptions { Run = world.Options.Out, Uncertainty = ["conformal", "ensemble"],
            Conformal = new() { Level = 0.7 }, Out = world.Out("calibrated.onnx") };
        var lines = UncertaintyRun.Execute(options);
        Assert.Contains(lines, l => l.Contains("also chose the epoch", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("gender_set:", StringComparison.Ordinal));
        Assert.Equal(before, File.ReadAllBytes(world.Out("model.onnx")));
        var csv = Path.Combine(world.Folder, "p.csv");
        PredictRun.Execute(
            new PredictRunOptions { Model = options.Out, Images = [world.Images], Labels = world.Labels, Out = csv });
        Assert.Equal(0.7, TableFile.Read(csv).Number("gender_level")[0]);
        Assert.Contains("‹Force›".Trim('‹', '›'),
            Assert.Throws<FaceBiasException>(() => UncertaintyRun.Execute(options)).Message, StringComparison.Ordinal);

        // Calibrated once more, at another level and per group, in the run that has it already.
        var run = world.Options with { Out = Path.Combine(world.Folder, "second"), Uncertainty = ["conformal"] };
        TrainRun.Execute(run);
        var again = options with { Run = run.Out, Uncertainty = ["conformal"],
            Conformal = new() { Level = 0.6, Method = ConformalMethod.Mondrian, Groups = ["glasses"] },
            Out = Path.Combine(run.Out, "again.onnx") };
        UncertaintyRun.Execute(again);
        PredictRun.Execute(
            new PredictRunOptions { Model = again.Out, Images = [world.Images], Labels = world.Labels, Out = csv });
        Assert.Equal(0.6, TableFile.Read(csv).Number("age_level")[0]);
        Assert.Throws<FaceBiasException>(
            () => UncertaintyRun.Execute(again with { Out = Path.Combine(run.Out, "model.onnx"), Force = true }));
        Assert.Throws<FaceBiasException>(
            () => UncertaintyRun.Execute(
                again with { Run = world.Folder, Out = Path.Combine(world.Folder, "x.onnx") }));
    }

    [Fact]
    public void What_a_wrapper_says_when_it_is_fitted_is_said_again_when_the_run_is_resumed()
    {
        var world = new TinyWorld();
        var options = world.Options with { Uncertainty = ["mc-dropout"] };
        for (var call = 0; call < 2; call++)
            Assert.Single(TrainRun.Execute(options).Summary,
                l => l.Contains("20 passes of the heads", StringComparison.Ordinal));
    }

    [Fact]
    public void What_cannot_be_calibrated_is_said_before_the_training()
    {
        var world = new TinyWorld(count: 40);
        Assert.Contains("needs ConformalOptions.Groups",
            Assert.Throws<FaceBiasException>(() => TrainRun.Execute(world.Options with
        {
            Uncertainty = ["conformal"], Conformal = new() { Method = ConformalMethod.Mondrian },
        })).Message, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(world.Out("model.onnx")));
    }
}
