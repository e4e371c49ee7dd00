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

    /// <summary>Of what chance leaves, a model must predict at least this part of a label to contradict it: of the
    /// balanced accuracy of classes, of the variance of numbers.</summary>
    public const double LeastSkill = 0.2;

    /// <summary>Standardised errors that are as suspicious as a class that is certainly wrong.</summary>
    private const double CertainError = 10;

    /// <summary>Flags suspicious labels and writes <see cref="ManifestMeasures.Suspicion"/>: for a category the
    /// probability that the label is wrong, for a number a tenth of the standardised error, at most 1; 0 where no label
    /// is suspicious.</summary>
    /// <param name="rows">Readable, labelled images, one of each group of copies.</param>
    /// <returns>Which labels were not checked, and why.</returns>
    public static IReadOnlyList<string> Flag(Manifest manifest, ImageFeatures features, IReadOnlyList<int> rows,
        IReadOnlyList<Target> targets, CancellationToken cancel)
    {
        var found = Find(manifest, features, rows, targets, cancel);
        if (found.Checked == 0)
            return found.Notices;
        var suspicion = manifest.Measured(ManifestMeasures.Suspicion);
        foreach (var row in rows)
            suspicion[row] = 0;
        foreach (var (row, strength, text) in found.Suspects)
        {
            manifest.Flags[row] |= ManifestFlags.SuspiciousLabel;
            suspicion[row] = Math.Max(suspicion[row], strength);
            manifest.Suspects[row] = manifest.Suspects[row] is { } before ? $"{before}; {text}" : text;
        }
        return found.Notices;
    }

    /// <summary>The suspicious labels of each target that can be judged.</summary>
    public static SuspectLabels Find(Manifest manifest, ImageFeatures features, IReadOnlyList<int> rows,
        IReadOnlyList<Target> targets, CancellationToken cancel)
    {
        var few = targets.Where(t => Clusters(manifest, rows, t) < FewestImages).ToArray();
        List<string> notices = few.Length == 0 ? []
            : [$"Labels of {Names(few)} were not checked: fewer than {FewestImages} different images have them."];
        targets = [.. targets.Except(few)];
        if (targets.Count == 0)
            return new(0, [], notices);
        var predictions = OutOfFold.Predict(manifest, new UnitFeatures(manifest, features), rows, targets, cancel);
        var suspects = new List<Suspect>();
        var vague = new List<string>();
        for (var t = 0; t < targets.Count; t++)
        {
            var (why, found) = targets[t].Kind == TargetKind.Categorical ? Classes(targets[t], rows, predictions[t])
                : Numbers(targets[t], rows, predictions[t]);
            if (why is null)
                suspects.AddRange(found);
            else
                vague.Add($"'{targets[t].Name}' ({why})");
        }
        if (vague.Count > 0)
            notices.Add($"The features tell too little about {string.Join(", ", vague)}, so that a disagreement says "
                + "nothing about a label: labels of it were not checked.");
        return new(targets.Count - vague.Count, suspects, notices);
    }

    // Near copies are in one fold, and teach as much as one image.
    private static int Clusters(Manifest manifest, IReadOnlyList<int> rows, Target target) =>
        rows.Where(r => !target.IsMissing(r)).Select(r => manifest.Cluster[r]).Distinct().Count();

    private static string Names(IEnumerable<Target> targets) => string.Join(", ", targets.Select(t => $"'{t.Name}'"));

    private static (string? Why, IEnumerable<Suspect> Found) Classes(Target target, IReadOnlyList<int> rows,
        float[] scores)
    {
        var noise = new LabelNoise(scores, [.. rows.Select(r => target.Codes[r])], target.Classes.Count);
        if (noise.Skill < LeastSkill)
            return (string.Create(CultureInfo.InvariantCulture,
                $"balanced accuracy {noise.BalancedAccuracy:0.00}, by chance {1.0 / noise.Classes:0.00}"), []);
        return (null, Enumerable.Range(0, rows.Count).Select(i => (Row: i, Wrong: noise.Of(i)))
            .Where(r => r.Wrong.Probability > 0.5)
            .Select(r => new Suspect(rows[r.Row], r.Wrong.Probability, string.Create(CultureInfo.InvariantCulture,
                $"{target.Name} {target.Classes[target.Codes[rows[r.Row]]]}, expected "
                    + $"{target.Classes[r.Wrong.Expected]} "
                    + $"({noise.Probabilities[r.Row * target.Classes.Count + r.Wrong.Expected]:0.00})"))));
    }

    private static (string? Why, IEnumerable<Suspect> Found) Numbers(Target target, IReadOnlyList<int> rows,
        float[] predicted)
    {
        double[] given = [.. rows.Select(r => target.Values[r])];
        int[] known = [.. Enumerable.Range(0, given.Length).Where(i => !double.IsNaN(given[i]))];
        var mean = known.Average(i => given[i]);
        var (rest, all) = (known.Sum(i => Math.Pow(given[i] - predicted[i], 2)),
            known.Sum(i => Math.Pow(given[i] - mean, 2)));
        if (!(rest < (1 - LeastSkill) * all))
            return (string.Create(CultureInfo.InvariantCulture, $"R² {1 - rest / all:0.00}"), []);
        var errors = StandardisedErrors.Of(predicted, given);
        return (null, Enumerable.Range(0, given.Length).Where(i => Math.Abs(errors[i]) > LargeError).Select(
            i => new Suspect(rows[i], Math.Min(1, Math.Abs(errors[i]) / CertainError),
                string.Create(CultureInfo.InvariantCulture,
                $"{target.Name} {given[i]}, expected about {predicted[i]:0} ({Math.Abs(errors[i]):0.0} deviations)"))));
    }
}

/// <summary>What a check of labels found.</summary>
/// <param name="Checked">How many targets were judged.</param>
/// <param name="Notices">Which were not, and why.</param>
internal sealed record SuspectLabels(int Checked, IReadOnlyList<Suspect> Suspects, IReadOnlyList<string> Notices);

/// <summary>A suspicious label.</summary>
/// <param name="Strength">How suspicious it is, up to 1.</param>
internal readonly record struct Suspect(int Row, double Strength, string Text);
