using FaceBias.Core.Heads.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Results;
using FaceBias.Synthesis;
using FaceBias.Workflows.Mitigate;
using FaceBias.Workflows.Train;

namespace FaceBias.Workflows.Quickstart;

/// <summary>The main jobs on drawn faces with a planted bias, so that what is found can be checked against what was
/// planted: a training run with its audit, and the repair of its worst gap.</summary>
internal static class QuickstartRun
{
    /// <summary>The planted shortcut: backdrops that go with gender in training, and not in the test.</summary>
    private const string Bias = "background:warm or indoor=warm+indoor,cool or outdoor=cool+outdoor";

    /// <summary>Draws, trains, audits and repairs.</summary>
    /// <returns>Lines for the console.</returns>
    public static IReadOnlyList<string> Execute(QuickstartOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        string data = Path.Combine(options.Out, "data"), run = Path.Combine(options.Out, "run"),
            repaired = Path.Combine(options.Out, "repaired");
        SynthDataSet.Write(SynthSpec.Quickstart(), options.Count, unchecked((long)options.Seed), data, progress,
            cancellationToken: cancellationToken);
        var found = TrainRun.Execute(new()
        {
            Images = [Path.Combine(data, "images")],
            Labels = Path.Combine(data, "labels.csv"),
            Targets = ["gender", "age"],
            Groups = ["skin_group", "glasses", "background"],
            Out = run,
            ConfirmNear = true,
            PlantedFile = Path.Combine(data, "planted.json"),
            Training = new() { Seed = options.Seed },
        }, progress, cancellationToken).Summary;
        var (repair, _) = MitigationJob.Run(new()
        {
            Run = run,
            Target = LevelSpec.Parse("gender"),
            Bias = [LevelSpec.Parse(Bias)],
            Comparison = new()
            {
                Out = repaired,
                Methods = ["erm", "group-dro"],
                Seeds = 1,
                Trials = 3,
            },
        }, progress, cancellationToken);
        return
        [
            "The faces of the quickstart are drawings made by a program, not people.",
            .. found.SkipLast(2), "",
            .. Ending(repair), found[^2],
            $"Repair: {Path.GetFullPath(Path.Combine(repaired, MitigationJob.PageFile))}",
            $"Next: facebias open {run}; facebias open {repaired}",
        ];
    }

    /// <summary>For whom it fails, whether the repair helps them, and what it costs the others.</summary>
    private static IEnumerable<string> Ending(MitigationResult result)
    {
        var erm = result.Methods.First(m => m.Name == "erm");
        yield return FormattableString.Invariant(
            $"Found: gender is right for {100 * erm.Worst.Mean:0.0}% of {erm.Gap.Worst} and {100 * (erm.Worst.Mean + erm.Gap.Value):0.0}% of {erm.Gap.Best}: the model relies on the background.");
        var sentences = result.Export?.Sentences ?? [];
        if (sentences.Count > 0)
            yield return $"Repaired: {sentences[0]}";
        foreach (var cost in sentences.Skip(1).Take(1))
            yield return $"At what cost: {cost}";
    }
}
