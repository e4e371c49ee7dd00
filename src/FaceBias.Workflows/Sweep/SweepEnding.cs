using System.Text.Json;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Opsets;
using FaceBias.Primitives.Json;
using FaceBias.Reporting;
using FaceBias.Workflows.Audit;

namespace FaceBias.Workflows.Sweep;

/// <summary>What comes after the last trial: the winner as a model with predictions and an audit, its worth on the test
/// images, and the page.</summary>
internal sealed class SweepEnding(
    SweepOptions options, SweepData data, HeadTrials runner, Func<SweepData, int, NestedValidation.Search> search,
    IReadOnlyList<string> notices, IProgress<StepProgress>? progress, CancellationToken cancel)
{
    private const string RunsName = "the run", DefaultsName = "the default options";
    private const string BaselineFile = "baseline.parquet", PredictionsFile = "predictions.parquet";

    /// <exception cref="FaceBiasException">None of them can win.</exception>
    public SweepReport Conclude(IReadOnlyList<Trial> trials)
    {
        var bootstrap = new ValidationBootstrap(trials, data, options.Objective, options.Seed, progress, cancel);
        if (Winner(trials, bootstrap) is not { } winner)
            throw new FaceBiasException(
                trials.Count == 0 ? "No trial was finished within the time; give more ‹Minutes›."
                : trials.FirstOrDefault(t => t.State == TrialState.Failed) is { } failed
                    && trials.All(t => t.State == TrialState.Failed)
                    ? $"All {trials.Count} trials failed; the first because {failed.Reason}"
                : $"None of {trials.Count} trials kept to the constraints; the closest was trial "
                    + $"{TrialOrder.Sort(trials)[0].Number}. Loosen ‹Average›, ‹MaximumBytes› or "
                    + "‹MaximumMilliseconds›, or give more ‹Trials›.");
        var notes = new List<string>(notices);
        var optimism = bootstrap.Optimism(winner);
        if (TrialOrder.Best(trials) is { } best && options.Objective.Kind != ObjectiveKind.Pareto
            && best.Number != winner.Number)
            notes.Add($"Trial {best.Number} has the best objective on validation, but trial {winner.Number} is within "
                + "one standard error of it on the same images and better "
                + $"{(options.Objective.Kind == ObjectiveKind.WorstGroup ? "on average" : "in its worst group")}; it "
                + "won by that (the rule of one standard error, Breiman et al. 1984).");
        var repeats = options.Repeats == 0 ? null
            : RepeatedValidation.Run(data, winner.Configuration, Defaults, options, runner.Run, progress, cancel);
        var nested = options.Folds == 0 ? null : NestedValidation.Run(
            data, options, Defaults, search,
            (inner, found) => Winner(found, new(found, inner, options.Objective, options.Seed, progress, cancel)),
            progress, cancel);
        var heads = FinalHeads(winner, notes);
        var predictions = Write(heads, winner.Configuration, notes);
        var test = Compare(predictions);
        var report = new SweepReport
        {
            Objective = options.Objective.ToString(),
            Target = data.Judged.Name,
            IsError = data.IsError,
            Groups = data.Cells.Attributes,
            Complete = trials.Count(t => t.State == TrialState.Complete),
            Pruned = trials.Count(t => t.State == TrialState.Pruned),
            Failed = trials.Count(t => t.State == TrialState.Failed),
            Winner = winner.Number,
            Values = winner.Configuration.ToJson().ToDictionary(v => v.Key, v => winner.Configuration.Text(v.Key)),
            Validation = winner.Metrics,
            Optimism = optimism,
            Repeats = repeats,
            Nested = nested,
            Test = test,
            Frontier = [.. SweepStatus.Frontier(trials, data.IsError).Select(t => t.Number)],
            Notes = [.. SweepNotes.Of(options, data, trials, winner, test, optimism), .. notes],
        };
        AtomicFile.WriteText(Out("sweep.json"), JsonSerializer.Serialize(report, CoreJson.Options));
        SweepEvents.Write(Out("events"), trials);
        var counts = data.Counts(data.Validation);
        new SweepPage(report, trials, options.Objective, options.Seed, data.Test.Length,
            [.. data.Cells.Names.Select((name, g) => (name, counts[g]))])
            .Write(Out("sweep.html"));
        options.Pages.Print(Out("sweep.html"), progress, cancel);
        // Last, so that whatever happens to it finds the result written.
        Audit();
        return report;
    }

    /// <summary>Everything as <c>facebias train</c> has it.</summary>
    private static Configuration Defaults { get; } = new SearchSpace([]).Defaults;

    /// <summary>The best feasible trial as far as chance can tell; of a frontier the one that serves its worst group
    /// best.</summary>
    private Trial? Winner(IReadOnlyList<Trial> trials, ValidationBootstrap bootstrap) =>
        options.Objective.Kind != ObjectiveKind.Pareto ? bootstrap.Winner(trials)
        : TrialOrder.Frontier(trials).MinBy(t => data.IsError ? t.Metrics.Worst : -t.Metrics.Worst);

    private ModelProto FinalHeads(Trial winner, List<string> notes)
    {
        if (!options.Refit)
            return runner.Heads(winner, cancel);
        if (!runner.CanRefit(winner.Configuration))
        {
            notes.Add("The winner was not trained again on training and validation images together: "
                + $"{winner.Configuration.Text(MethodSpace.Method)} fits its last layer on the validation images itself.");
            return runner.Heads(winner, cancel);
        }
        notes.Add("The winner was trained again on training and validation images together, for the "
            + $"{winner.Metrics.Epoch} epochs that were best before. The test metrics are those of the model trained "
            + "again; its predictions for validation images are of images that it has seen.");
        return runner.Refit(winner, cancel);
    }

    private PredictionColumns Predict(ModelProto model, Configuration c) =>
        SweepModel.Predict(model, c, data, [.. Enumerable.Range(0, data.Table.RowCount)], options, progress, cancel);

    /// <summary>Writes heads, model and predictions.</summary>
    private PredictionColumns Write(ModelProto model, Configuration c, List<string> notes)
    {
        if (FinetuneSpace.IsOn(c))
        {
            OnnxFile.Write(model, Out("model.onnx"));
            File.Delete(Out("heads.onnx"));
            notes.Add("There is no heads.onnx: the winner trained layers of the backbone too, so that heads alone "
                + "mean nothing.");
        }
        else
        {
            OnnxFile.Write(model, Out("heads.onnx"));
            if (data.Features.Of(c).Backbone is { } backbone)
                OnnxFile.Write(ModelExport.Join(OnnxFile.Read(backbone.OnnxPath), model,
                    SweepModel.Metadata(backbone, SweepModel.Outputs(data, c, options.Seed))), Out("model.onnx"));
            else
                notes.Add("There is no model.onnx, only heads.onnx, because the backbone cannot be had: "
                    + $"{data.Features.Missing}");
        }
        if (options.Opset is { } opset && File.Exists(Out("model.onnx")))
            notes.Add($"For older runtimes: {OpsetFile.Write(Out("model.onnx"), opset)}");
        var predictions = Predict(model, c);
        TableFile.Write(Out(PredictionsFile), HeadPredictions.ToTable(predictions, data));
        return predictions;
    }

    private SweepTest Compare(PredictionColumns winner)
    {
        double[] baseline;
        if (data.IsFinished)
        {
            baseline = data.OutcomesOfRun(data.Test);
        }
        else
        {
            var predictions = Predict(runner.Train(Defaults, (_, _) => false, cancel).Graph, Defaults);
            TableFile.Write(Out(BaselineFile), HeadPredictions.ToTable(predictions, data));
            baseline = OnTest(predictions);
        }
        return SweepComparison.Of(OnTest(winner), baseline, data.Test, data, data.IsFinished ? RunsName : DefaultsName,
            options.Objective, options.Seed);
    }

    private double[] OnTest(PredictionColumns predictions)
    {
        var width = PredictionColumns.Width(data.JudgedOutput);
        var values = predictions.Values(0);
        var ofTest = new float[data.Test.Length * width];
        for (var i = 0; i < data.Test.Length; i++)
            values.Slice(data.Test[i] * width, width).CopyTo(ofTest.AsSpan(i * width));
        return data.Outcomes(data.Test, ofTest, data.JudgedOutput);
    }

    /// <summary>The audit of the winner on the test images, and the comparison with the baseline row by row.</summary>
    private void Audit() => AuditRun.Run(new AuditRunOptions
    {
        Predictions = Out(PredictionsFile),
        Compare = data.IsFinished ? Path.Combine(options.Run!, PredictionsFile) : Out(BaselineFile),
        Title = "Audit of the winner of a sweep",
        Out = options.Out,
        Together = data.Together,
        Audit = new AuditOptions
        {
            Targets = [.. data.Targets.Select(t => t.Name)],
            Kinds = new() { Categorical =
                [.. data.Targets.Where(t => t.Kind == TargetKind.Categorical).Select(t => t.Name)],
                Numeric = [.. data.Targets.Where(t => t.Kind == TargetKind.Numeric).Select(t => t.Name)] },
            Seed = unchecked((long)options.Seed),
            BootstrapReplicates = options.Replicates, Permutations = options.Replicates,
        },
    }, () => null, progress, cancel);

    private string Out(string file) => Path.Combine(options.Out, file);
}
