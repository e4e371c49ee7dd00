namespace FaceBias.Workflows.Train;

/// <summary>Says of a model that it predicts no better than chance, or a constant, would: gaps of its errors then say
/// nothing about people.</summary>
internal static class UselessModel
{
    /// <summary>With fewer rows chance alone looks like that.</summary>
    private const int FewestRows = 30;

    /// <param name="predictions">A target's prediction <c>T</c> and truth <c>T_true</c>; split, where it is
    /// known, of which the test alone counts.</param>
    public static IEnumerable<string> Of(Table predictions, IEnumerable<string> targets)
    {
        var split = predictions.Has("split") ? predictions.Text("split") : null;
        int[] rows = [.. Enumerable.Range(0, predictions.RowCount).Where(
            r => split is null || split[r] is null or "test")];
        foreach (var target in targets)
        {
            if (!predictions.Has(target) || predictions.Find($"{target}_true") is not { } truth)
                continue;
            var sentence = truth is NumberColumn numbers && predictions.Find(target) is NumberColumn predicted
                ? Number(target, rows, numbers, predicted)
                : Classes(target, rows, predictions.Text($"{target}_true"), predictions.Text(target));
            if (sentence is not null)
                yield return sentence;
        }
    }

    private static string? Classes(string target, int[] rows, TextColumn truth, TextColumn predicted)
    {
        var byClass = rows.Where(r => truth[r] is not null && predicted[r] is not null).GroupBy(r => truth[r]!)
            .Select(g => (N: g.Count(), Recall: g.Count(r => predicted[r] == g.Key) / (double)g.Count())).ToArray();
        var n = byClass.Sum(c => c.N);
        if (n < FewestRows || byClass.Length < 2)
            return null;
        var (mean, chance) = (byClass.Average(c => c.Recall), 1.0 / byClass.Length);
        // Guessing by chance has recalls of that variance, with shares of 1 / K.
        var deviation = Math.Sqrt(byClass.Sum(c => chance * (1 - chance) / c.N)) / byClass.Length;
        var of = string.Create(CultureInfo.InvariantCulture,
            $"balanced accuracy {mean:0.00} of {n:N0} test images, {chance:0.00} by chance");
        return mean < chance - 2 * deviation
            ? $"The model predicts '{target}' worse than chance ({of}): its answers look exchanged; compare the labels "
                + "of training and test images."
            : mean < chance + 2 * deviation
            ? $"The model does not predict '{target}' ({of}): gaps between groups then say nothing about it. The "
                + "features may not tell this label, or its labels belong to other images."
            : null;
    }

    private static string? Number(string target, int[] rows, NumberColumn truth, NumberColumn predicted)
    {
        int[] known = [.. rows.Where(r => !truth.IsMissing(r) && !predicted.IsMissing(r))];
        if (known.Length < FewestRows)
            return null;
        var mean = known.Average(r => truth[r]);
        var (rest, all) = (known.Sum(r => Math.Pow(truth[r] - predicted[r], 2)),
            known.Sum(r => Math.Pow(truth[r] - mean, 2)));
        return all == 0 || rest < all ? null : string.Create(CultureInfo.InvariantCulture,
            $"The model does not predict '{target}' (R² {1 - rest / all:0.00} of {known.Length:N0} test images, 0 for "
                + $"their mean): gaps between groups then say nothing about it. The features may not tell it, or its "
                + $"labels belong to other images.");
    }
}
