using System.Numerics.Tensors;
using FaceBias.Auditing;

namespace FaceBias.Core.Heads.Methods;

/// <summary>How well each group is served: its share of right answers, or for a number its mean absolute
/// error.</summary>
/// <param name="Counts">Rows per group.</param>
/// <param name="Values">Accuracy 0 to 1, or mean absolute error; NaN for a group without rows.</param>
/// <param name="IsError">Whether small values are good.</param>
/// <param name="Minimum">Rows that a group needs to be compared with others.</param>
internal sealed record GroupMetrics(int[] Counts, double[] Values, bool IsError, int Minimum = 1)
{
    /// <summary>The groups with enough rows.</summary>
    public IEnumerable<int> Compared => Enumerable.Range(0, Counts.Length).Where(IsCompared);

    /// <summary>Index of the worst group, or -1 if none has enough rows.</summary>
    public int WorstGroup => Compared.OrderBy(g => IsError ? -Values[g] : Values[g]).FirstOrDefault(-1);

    /// <summary>Index of the best group, or -1 if none has enough rows.</summary>
    public int BestGroup => Compared.OrderBy(g => IsError ? Values[g] : -Values[g]).FirstOrDefault(-1);

    /// <summary>The metric of the worst group; NaN if there is none.</summary>
    public double Worst => WorstGroup is >= 0 and var g ? Values[g] : double.NaN;

    /// <summary>The metric of the best group; NaN if there is none.</summary>
    public double Best => BestGroup is >= 0 and var g ? Values[g] : double.NaN;

    /// <summary>Best from worst; NaN for fewer than two groups.</summary>
    public double Gap => Compared.Take(2).Count() < 2 ? double.NaN : Math.Abs(Best - Worst);

    /// <summary>The unweighted mean over groups: the average of the frozen-feature comparisons (CAML and its
    /// table).</summary>
    public double GroupAverage => Compared.Select(g => Values[g]).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The mean over rows.</summary>
    public double RowAverage => Weighted(Counts);

    /// <summary>Whether a group has enough rows to be compared.</summary>
    public bool IsCompared(int group) => Counts[group] >= Minimum;

    /// <summary>A value as a loss: itself for an error, else what is missing to 1.</summary>
    public double Loss(double value) => IsError ? value : 1 - value;

    /// <summary>The mean over groups by their share of the training rows: the average of the GroupDRO and DFR
    /// papers.</summary>
    /// <param name="trainingSizes">Training rows per group.</param>
    public double Weighted(IReadOnlyList<int> trainingSizes)
    {
        double sum = 0, weight = 0;
        for (var g = 0; g < Values.Length; g++)
            if (Counts[g] > 0)
                (sum, weight) = (sum + trainingSizes[g] * Values[g], weight + trainingSizes[g]);
        return weight == 0 ? double.NaN : sum / weight;
    }

    /// <summary>Metrics from what was found for each row.</summary>
    /// <param name="outcomes">1 right, 0 wrong; or the absolute error; NaN where there is no truth.</param>
    /// <param name="groups">Group of each row.</param>
    /// <param name="groupCount">Number of groups.</param>
    /// <param name="isError">Whether outcomes are errors.</param>
    /// <param name="minimum">Rows that a group needs to be compared.</param>
    public static GroupMetrics Of(ReadOnlySpan<double> outcomes, ReadOnlySpan<int> groups, int groupCount, bool isError,
        int minimum = 1)
    {
        var counts = new int[groupCount];
        var sums = new double[groupCount];
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (double.IsNaN(outcomes[i]))
                continue;
            counts[groups[i]]++;
            sums[groups[i]] += outcomes[i];
        }
        return Of(sums, counts, isError, minimum);
    }

    /// <summary>Metrics from sums over the rows of each group.</summary>
    public static GroupMetrics Of(double[] sums, int[] counts, bool isError, int minimum = 1) =>
        new(counts, [.. sums.Select((s, g) => counts[g] == 0 ? double.NaN : s / counts[g])], isError, minimum);

    /// <summary>What a head's outputs are worth per row: 1 or 0 for classes, the absolute error for a number.</summary>
    internal static double[] Outcomes(HeadPart part, ReadOnlySpan<float> outputs, int width)
    {
        var outcomes = new double[part.Rows];
        for (var i = 0; i < outcomes.Length; i++)
            outcomes[i] = part.Values.Length > 0 ? Math.Abs(outputs[i] - part.Values[i])
                : TensorPrimitives.IndexOfMax(outputs.Slice(i * width, width)) == part.Target[i] ? 1 : 0;
        return outcomes;
    }
}
