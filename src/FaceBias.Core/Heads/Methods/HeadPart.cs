using System.Runtime.Intrinsics.X86;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Heads.Methods;

/// <summary>One split of frozen features with its labels.</summary>
internal sealed class HeadPart
{
    // Floats per line of the processor's caches.
    private const int CacheLine = 16;

    /// <summary>A split from its arrays, which are kept, not copied.</summary>
    /// <param name="features">Row-major [rows, width].</param>
    /// <param name="width">Features per row.</param>
    /// <param name="target">Class of each row; empty for a number.</param>
    /// <param name="values">The number to predict of each row; empty for classes.</param>
    /// <param name="bias">Level of the bias attribute of each row; null where it is not known.</param>
    public HeadPart(float[] features, int width, int[] target, double[] values, int[]? bias)
    {
        (Features, Width, Target, Values, Bias) = (features, width, target, values, bias);
        Rows = features.Length / width;
    }

    /// <summary>Row-major [rows, width].</summary>
    public float[] Features { get; }

    /// <summary>Features per row.</summary>
    public int Width { get; }

    public int Rows { get; }

    /// <summary>Class of each row; empty where a number is predicted.</summary>
    public int[] Target { get; }

    /// <summary>The number to predict; empty where a class is.</summary>
    public double[] Values { get; }

    /// <summary>Level of the bias attribute, or null where it is not known.</summary>
    public int[]? Bias { get; }

    /// <summary>The features of a row.</summary>
    public ReadOnlySpan<float> Row(int row) => Features.AsSpan(row * Width, Width);

    /// <summary>Copies the features of some rows, one after the other.</summary>
    internal unsafe void CopyRows(ReadOnlySpan<int> rows, Span<float> destination)
    {
        fixed (float* features = Features)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                // The rows of a batch lie anywhere in far more memory than the caches hold: waiting for each would take
                // twice as long as copying it.
                if (Sse.IsSupported && i + 1 < rows.Length)
                    for (var at = 0; at < Width; at += CacheLine)
                        Sse.Prefetch0(features + (long)rows[i + 1] * Width + at);
                Row(rows[i]).CopyTo(destination[(i * Width)..]);
            }
        }
    }

    /// <summary>Some of the rows, copied.</summary>
    public HeadPart Take(IReadOnlyList<int> rows)
    {
        var features = new float[rows.Count * Width];
        CopyRows([.. rows], features);
        return new(features, Width, Pick(Target), Pick(Values), Bias is null ? null : Pick(Bias));

        T[] Pick<T>(T[] from) => from.Length == 0 ? [] : [.. rows.Select(r => from[r])];
    }
}
