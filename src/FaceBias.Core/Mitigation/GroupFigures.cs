using System.Numerics.Tensors;

namespace FaceBias.Core.Mitigation;

/// <summary>How well each group is served: its accuracy, or for a number its mean absolute error.</summary>
/// <param name="Counts">Rows per group.</param>
/// <param name="Values">Accuracy 0 to 1, or mean absolute error; NaN for a group without rows.</param>
/// <param name="IsError">Whether small values are good.</param>
public sealed record GroupFigures(int[] Counts, double[] Values, bool IsError)
{
    /// <summary>The figure of the worst group.</summary>
    public double Worst => IsError ? Present.Max() : Present.Min();

    /// <summary>The figure of the best group.</summary>
    public double Best => IsError ? Present.Min() : Present.Max();

    /// <summary>Index of the worst group.</summary>
    public int WorstGroup => Array.IndexOf(Values, Worst);

    /// <summary>Index of the best group.</summary>
    public int BestGroup => Array.IndexOf(Values, Best);

    /// <summary>The unweighted mean over groups: the average of the frozen-feature comparisons (CAML and its table).</summary>
    public double GroupAverage => Present.Average();

    /// <summary>The mean over rows.</summary>
    public double RowAverage => Weighted(Counts);

    /// <summary>The mean over groups by their share of the training rows: the average of the GroupDRO and DFR papers.</summary>
    /// <param name="trainingSizes">Training rows per group.</param>
    public double Weighted(IReadOnlyList<int> trainingSizes)
    {
        double sum = 0, weight = 0;
        for (var g = 0; g < Values.Length; g++)
            if (Counts[g] > 0)
                (sum, weight) = (sum + trainingSizes[g] * Values[g], weight + trainingSizes[g]);
        return weight == 0 ? double.NaN : sum / weight;
    }

    private IEnumerable<double> Present => Values.Where(v => !double.IsNaN(v));

    /// <summary>Figures from what was found for each row.</summary>
    /// <param name="outcomes">1 right, 0 wrong; or the absolute error.</param>
    /// <param name="groups">Group of each row.</param>
    /// <param name="groupCount">Number of groups.</param>
    /// <param name="isError">Whether outcomes are errors.</param>
    public static GroupFigures Of(ReadOnlySpan<double> outcomes, ReadOnlySpan<int> groups, int groupCount, bool isError)
    {
        var counts = new int[groupCount];
        var sums = new double[groupCount];
        for (var i = 0; i < outcomes.Length; i++)
        {
            counts[groups[i]]++;
            sums[groups[i]] += outcomes[i];
        }
        return new(counts, [.. sums.Select((s, g) => counts[g] == 0 ? double.NaN : s / counts[g])], isError);
    }

    /// <summary>What a head's outputs are worth per row: 1 or 0 for classes, the absolute error for a number.</summary>
    public static double[] Outcomes(HeadPart part, ReadOnlySpan<float> outputs, int width)
    {
        var outcomes = new double[part.Rows];
        for (var i = 0; i < outcomes.Length; i++)
            outcomes[i] = part.Values.Length > 0 ? Math.Abs(outputs[i] - part.Values[i])
                : TensorPrimitives.IndexOfMax(outputs.Slice(i * width, width)) == part.Target[i] ? 1 : 0;
        return outcomes;
    }
}
