using FaceBias.Core.Backbones;
using FaceBias.Core.Curation.Linear;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Curation.Labels;

/// <summary>Flags labels that a model which never saw the image contradicts with confidence, and says what it
/// expects.</summary>
internal static class LabelCheck
{
    /// <summary>Fewer labelled images teach a model nothing to contradict labels with.</summary>
    public const int FewestImages = 200;

    /// <summary>A number is suspicious beyond this many standardised errors.</summary>
    public const double LargeError = 4;

    /// <summary>Standardised errors that are as suspicious as a class that is certainly wrong.</summary>
    private const double CertainError = 10;

    /// <summary>Flags suspicious labels and writes <see cref="ManifestMeasures.Suspicion"/>: for a category the
    /// expected class's probability less the given one's, for a number a tenth of the standardised error, at most 1; 0
    /// where no label is suspicious.</summary>
    /// <param name="rows">Readable, labelled images, one of each group of copies.</param>
    /// <returns>Whether there were enough images.</returns>
    public static bool Flag(Manifest manifest, ImageFeatures features, IReadOnlyList<int> rows,
        IReadOnlyList<Target> targets, CancellationToken cancel)
    {
        if (Find(manifest, features, rows, targets, cancel) is not { } found)
            return false;
        var suspicion = manifest.Measured(ManifestMeasures.Suspicion);
        foreach (var row in rows)
            suspicion[row] = 0;
        foreach (var (row, strength, text) in found.SelectMany(target => target))
        {
            manifest.Flags[row] |= ManifestFlags.SuspiciousLabel;
            suspicion[row] = Math.Max(suspicion[row], strength);
            manifest.Suspects[row] = manifest.Suspects[row] is { } before ? $"{before}; {text}" : text;
        }
        return true;
    }

    /// <summary>The suspicious labels of each target that has enough; null if none has.</summary>
    public static IReadOnlyList<Suspect>[]? Find(Manifest manifest, ImageFeatures features, IReadOnlyList<int> rows,
        IReadOnlyList<Target> targets, CancellationToken cancel)
    {
        targets = [.. targets.Where(t => rows.Count(r => !t.IsMissing(r)) >= FewestImages)];
        if (targets.Count == 0)
            return null;
        var predictions = OutOfFold.Predict(manifest, new UnitFeatures(manifest, features), rows, targets, cancel);
        return [.. targets.Select(
            (t, i) => t.Kind == TargetKind.Categorical ? Classes(t, rows, predictions[i]).ToArray()
                : Numbers(t, rows, predictions[i]).ToArray())];
    }

    private static IEnumerable<Suspect> Classes(Target target, IReadOnlyList<int> rows, float[] scores)
    {
        var classes = target.Classes.Count;
        int[] given = [.. rows.Select(r => target.Codes[r])];
        var probabilities = ConfidentLabels.Probabilities(scores, given, classes);
        var expected = ConfidentLabels.Expected(probabilities, given, classes);
        float Margin(int i) => probabilities[i * classes + expected[i]] - probabilities[i * classes + given[i]];
        var least = ConfidentLabels.LeastMargin(probabilities, given, classes);
        for (var i = 0; i < given.Length; i++)
        {
            if (expected[i] >= 0 && Margin(i) >= least)
            {
                yield return new(rows[i], Margin(i), string.Create(CultureInfo.InvariantCulture,
                    $"{target.Name} {target.Classes[given[i]]}, expected {target.Classes[expected[i]]} "
                        + $"({probabilities[i * classes + expected[i]]:0.00})"));
            }
        }
    }

    private static IEnumerable<Suspect> Numbers(Target target, IReadOnlyList<int> rows, float[] predicted)
    {
        double[] given = [.. rows.Select(r => target.Values[r])];
        var errors = StandardisedErrors.Of(predicted, given);
        for (var i = 0; i < given.Length; i++)
        {
            if (Math.Abs(errors[i]) > LargeError)
                yield return new(rows[i], Math.Min(1, Math.Abs(errors[i]) / CertainError),
                    string.Create(CultureInfo.InvariantCulture,
                    $"{target.Name} {given[i]}, expected about {predicted[i]:0} ({Math.Abs(errors[i]):0.0} deviations)"));
        }
    }
}

/// <summary>A suspicious label.</summary>
/// <param name="Strength">How suspicious it is, up to 1.</param>
internal readonly record struct Suspect(int Row, double Strength, string Text);
