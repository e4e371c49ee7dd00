using FaceBias.Primitives.Randomness;

namespace FaceBias.Auditing;

/// <summary>Corrects the printed gaps for their number by the distribution of the largest of them under shuffling (the
/// step-down max-T procedure of Westfall and Young 1993). Gaps that hang together, because attributes or targets do,
/// cost less than Holm's correction takes for them. Each gap is measured in standard deviations of its own null
/// distribution.</summary>
internal static class MaxT
{
    /// <summary>Shuffles that would cost more draws than this are not made; Holm's correction stands in.</summary>
    private const long MaximumSize = 200_000;
    private const int Chunks = 16;

    /// <summary>A gap to correct: which target and attribute it is of, and which of the groups are compared.</summary>
    internal sealed record Subject(int Target, int Attribute, double Gap, long[] Rows, bool[] Compared);

    /// <summary>The corrected p of each gap, or null where the groups are too many to shuffle.</summary>
    public static double[]? Adjust(IReadOnlyList<TargetRanks> targets, IReadOnlyList<Grouping> attributes, int rowCount,
        IReadOnlyList<Subject> gaps, AuditOptions options)
    {
        if (gaps.Count == 0)
            return [];
        if (targets.Count > 16)
            return null;
        var joint = new JointNull(targets, attributes, rowCount, Parts(attributes, rowCount, gaps));
        if (joint.Size > MaximumSize)
            return null;
        var shuffled = new double[gaps.Count][];
        for (var f = 0; f < shuffled.Length; f++)
            shuffled[f] = new double[options.Permutations];
        Parallel.For(0, Chunks,
            new ParallelOptions
                { MaxDegreeOfParallelism = options.Threads > 0 ? options.Threads : Environment.ProcessorCount },
                chunk =>
        {
            int from = chunk * options.Permutations / Chunks, to = (chunk + 1) * options.Permutations / Chunks;
            foreach (var sums in joint.Shuffles(new RandomSource(options.Seed).Counter("max-t"), from, to))
            {
                for (var f = 0; f < gaps.Count; f++)
                    shuffled[f][from] = Gap(gaps[f], sums[gaps[f].Target][gaps[f].Attribute]);
                from++;
            }
        });
        return StepDown([.. gaps.Select(g => g.Gap)], shuffled);
    }

    /// <summary>Which rows may change places: those that are compared in the same gaps. A row of a group that is too
    /// small to be compared must not lend its outcome to groups that are. -1 for rows that are compared
    /// nowhere.</summary>
    private static int[] Parts(IReadOnlyList<Grouping> attributes, int rowCount, IReadOnlyList<Subject> gaps)
    {
        var part = new int[rowCount];
        var anywhere = new bool[rowCount];
        foreach (var gap in gaps)
        {
            var cells = attributes[gap.Attribute].Cells;
            var seen = new SortedSet<int>();
            for (var row = 0; row < rowCount; row++)
            {
                var compared = gap.Compared[cells[row]];
                anywhere[row] |= compared;
                seen.Add(part[row] = (2 * part[row]) + (compared ? 1 : 0));
            }
            // Numbered in their order, so that the order of the table's rows does not matter.
            var index = seen.Select((p, i) => (p, i)).ToDictionary(x => x.p, x => x.i);
            for (var row = 0; row < rowCount; row++)
                part[row] = index[part[row]];
        }
        for (var row = 0; row < rowCount; row++)
            part[row] = anywhere[row] ? part[row] : -1;
        return part;
    }

    /// <summary>The step-down max-T correction of observed statistics from their joint null distribution
    /// [statistic][draw].</summary>
    internal static double[] StepDown(double[] observed, double[][] nullDraws)
    {
        var scale = nullDraws.Select(n => Moments.Of(n)).ToArray();
        double Standard(int f, double value) =>
            scale[f].Variance > 0 ? (value - scale[f].Mean) / Math.Sqrt(scale[f].Variance)
            : value > scale[f].Mean ? double.PositiveInfinity : 0;
        var t = observed.Select((o, f) => Standard(f, o)).ToArray();
        int[] ascending = [.. Enumerable.Range(0, t.Length).OrderBy(f => t[f])];
        var draws = nullDraws[0].Length;
        var largest = new double[draws];
        Array.Fill(largest, double.NegativeInfinity);
        var adjusted = new double[t.Length];
        foreach (var f in ascending)
        {
            var atLeast = 0;
            for (var r = 0; r < draws; r++)
            {
                largest[r] = Math.Max(largest[r], Standard(f, nullDraws[f][r]));
                atLeast += largest[r] >= t[f] - 1e-9 ? 1 : 0;
            }
            adjusted[f] = (1.0 + atLeast) / (1 + draws);
        }
        double running = 0;
        foreach (var f in ascending.Reverse())
            adjusted[f] = running = Math.Max(running, adjusted[f]);
        return adjusted;
    }

    private static double Gap(Subject subject, double[] sums)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        for (var level = 0; level < sums.Length; level++)
        {
            if (!subject.Compared[level])
                continue;
            var mean = sums[level] / subject.Rows[level];
            (low, high) = (Math.Min(low, mean), Math.Max(high, mean));
        }
        return high - low;
    }
}
