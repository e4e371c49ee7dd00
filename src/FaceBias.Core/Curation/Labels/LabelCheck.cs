using System.Globalization;
using FaceBias.Core.Backbones;
using FaceBias.Core.Curation.Linear;
using FaceBias.Core.Data;

namespace FaceBias.Core.Curation.Labels;

/// <summary>Flags labels that a model which never saw the image contradicts with confidence, and says what it expects.</summary>
internal static class LabelCheck
{
    /// <summary>Fewer labelled images teach a model nothing to contradict labels with.</summary>
    public const int FewestImages = 200;

    /// <summary>A number is suspicious beyond this many standardised errors.</summary>
    public const double LargeError = 4;

    /// <summary>Standardised errors that are as suspicious as a class that is certainly wrong.</summary>
    private const double CertainError = 10;

    /// <summary>Flags suspicious labels and writes <see cref="ManifestMeasures.Suspicion"/>: for a category the expected
    /// class's probability less the given one's, for a number a tenth of the standardised error, at most 1; 0 where no label
    /// is suspicious.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="features">Features of the rows.</param>
    /// <param name="rows">Readable, labelled images, one of each group of copies.</param>
    /// <param name="targets">Labels to check.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Whether there were enough images.</returns>
    public static bool Flag(Manifest manifest, ImageFeatures features, IReadOnlyList<int> rows, IReadOnlyList<Target> targets, CancellationToken cancel)
    {
        targets = [.. targets.Where(t => rows.Count(r => !t.IsMissing(r)) >= FewestImages)];
        if (targets.Count == 0)
            return false;
        var predictions = OutOfFold.Predict(manifest, new UnitFeatures(manifest, features), rows, targets, cancel);
        var suspicion = manifest.Measured(ManifestMeasures.Suspicion);
        foreach (var row in rows)
            suspicion[row] = 0;
        for (var t = 0; t < targets.Count; t++)
        {
            foreach (var (i, strength, text) in targets[t].Kind == TargetKind.Categorical ? Classes(targets[t], rows, predictions[t]) : Numbers(targets[t], rows, predictions[t]))
            {
                var row = rows[i];
                manifest.Flags[row] |= ManifestFlags.SuspiciousLabel;
                suspicion[row] = Math.Max(suspicion[row], strength);
                manifest.Suspects[row] = manifest.Suspects[row] is { } before ? $"{before}; {text}" : text;
            }
        }
        return true;
    }

    private static IEnumerable<(int Index, double Strength, string Text)> Classes(Target target, IReadOnlyList<int> rows, float[] scores)
    {
        var classes = target.Classes.Count;
        int[] given = [.. rows.Select(r => target.Codes[r])];
        var probabilities = ConfidentLabels.Probabilities(scores, given, classes);
        var expected = ConfidentLabels.Expected(probabilities, given, classes);
        for (var i = 0; i < given.Length; i++)
        {
            if (expected[i] < 0)
                continue;
            var p = probabilities[i * classes + expected[i]];
            yield return (i, Math.Max(0, p - probabilities[i * classes + given[i]]), string.Create(CultureInfo.InvariantCulture,
                $"{target.Name} {target.Classes[given[i]]}, expected {target.Classes[expected[i]]} ({p:0.00})"));
        }
    }

    private static IEnumerable<(int Index, double Strength, string Text)> Numbers(Target target, IReadOnlyList<int> rows, float[] predicted)
    {
        double[] given = [.. rows.Select(r => target.Values[r])];
        var errors = StandardisedErrors.Of(predicted, given);
        for (var i = 0; i < given.Length; i++)
        {
            if (Math.Abs(errors[i]) > LargeError)
                yield return (i, Math.Min(1, Math.Abs(errors[i]) / CertainError), string.Create(CultureInfo.InvariantCulture,
                    $"{target.Name} {given[i]}, expected about {predicted[i]:0} ({Math.Abs(errors[i]):0.0} deviations)"));
        }
    }
}
