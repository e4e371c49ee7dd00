namespace FaceBias.Auditing.Selective;

/// <summary>What the groups' accuracies would be if as many right and wrong answers were kept overall, but others were
/// abstained on (Jones, Sagawa, Koh, Kumar and Liang 2021).</summary>
internal static class AbstentionReferences
{
    /// <summary>The group-agnostic reference: each group keeps its share of all right answers and of all wrong
    /// ones.</summary>
    /// <param name="right">Right answers of each group without abstaining.</param>
    /// <param name="keptRight">Right answers that are kept, of all groups together.</param>
    /// <returns>Each group's accuracy; NaN where nothing of it is kept.</returns>
    public static double[] GroupAgnostic(ReadOnlySpan<long> right, ReadOnlySpan<long> wrong, double keptRight,
        double keptWrong)
    {
        double allRight = Sum(right), allWrong = Sum(wrong);
        var accuracy = new double[right.Length];
        for (var g = 0; g < accuracy.Length; g++)
        {
            double r = allRight == 0 ? 0 : keptRight * right[g] / allRight,
                w = allWrong == 0 ? 0 : keptWrong * wrong[g] / allWrong;
            accuracy[g] = r / (r + w);
        }
        return accuracy;
    }

    /// <summary>The Robin Hood reference: wrong answers are taken from the worst groups first, right ones from the
    /// best, so that the groups come as close to each other as they can.</summary>
    /// <param name="right">Right answers of each group without abstaining.</param>
    /// <param name="keptRight">Right answers that are kept, of all groups together.</param>
    /// <returns>Each group's accuracy; NaN for a group without rows.</returns>
    public static double[] RobinHood(ReadOnlySpan<long> right, ReadOnlySpan<long> wrong, double keptRight,
        double keptWrong)
    {
        double[] r = [.. right], w = [.. wrong];
        // The worst groups are lifted to one accuracy by taking wrong answers, then the best lowered to another by
        // taking right ones.
        Take(w, Sum(wrong) - keptWrong, level => (g) => level <= 0 ? 0 : w[g] - (r[g] * (1 - level) / level),
            ascending: true);
        Take(r, Sum(right) - keptRight, level => (g) => level >= 1 ? 0 : r[g] - (w[g] * level / (1 - level)),
            ascending: false);
        return [.. r.Select((own, g) => own / (own + w[g]))];
    }

    /// <summary>Finds the level at which the groups beyond it have an amount to give, and takes it.</summary>
    private static void Take(double[] from, double amount, Func<double, Func<int, double>> surplus, bool ascending)
    {
        if (!(amount > 0))
            return;
        double Given(double level, int g) => Math.Clamp(surplus(level)(g), 0, from[g]);
        double Total(double level) => Enumerable.Range(0, from.Length).Sum(g => Given(level, g));
        double low = 0, high = 1;
        for (var step = 0; step < 100; step++)
        {
            var middle = (low + high) / 2;
            var enough = Total(middle) >= amount;
            (low, high) = enough == ascending ? (low, middle) : (middle, high);
        }
        var found = ascending ? high : low;
        var total = Total(found);
        double[] given =
            [.. Enumerable.Range(0, from.Length).Select(g => Given(found, g) * (total > 0 ? amount / total : 0))];
        for (var g = 0; g < from.Length; g++)
            from[g] = Math.Max(0, from[g] - given[g]);
    }

    private static double Sum(ReadOnlySpan<long> counts)
    {
        long sum = 0;
        foreach (var c in counts)
            sum += c;
        return sum;
    }
}
