using FaceBias.Onnx.Gradients;

namespace FaceBias.Onnx.Training;

/// <summary>How many threads may share the matrix products of a graph without changing a bit of the results. The
/// runtime's kernels (MLAS, <c>sgemm.cpp</c>) divide a product among threads along its longer side, rows or columns.
/// Each thread then adds up its part in steps along the inner dimension, and the length of a step depends on how many
/// columns the thread has: sums are rounded in other places, and training makes other weights of it, once a thread has
/// too few.</summary>
internal static class DenseThreads
{
    // MLAS_SGEMM_STRIDEN_THREAD_ALIGN, MLAS_SGEMM_STRIDEN and MLAS_SGEMM_STRIDEK.
    private const long ColumnBlock = 16, Columns = 128, Depth = 128;

    /// <summary>The most threads that give what one thread gives.</summary>
    /// <param name="graph">A graph whose every shape is fixed.</param>
    public static int Most(GraphProto graph, ValueFacts facts, int threads)
    {
        foreach (var node in graph.Node.Where(n => n.OpType is "MatMul" or "Gemm"))
        {
            if (facts.TryShape(node.Input[0]) is not { Length: > 0 } a
                || facts.TryShape(node.Input[1]) is not { Length: > 0 } b)
                return 1;
            var (transA, transB) = (Flag(node, "transA"), Flag(node, "transB"));
            // A vector on the left is a row, one on the right a column.
            var rows = a.Length == 1 ? 1 : transA ? a[^1] : a[..^1].Aggregate(1L, (x, y) => x * y);
            var inner = a.Length > 1 && transA ? a[^2] : a[^1];
            var columns = b.Length == 1 ? 1 : transB ? b[^2] : b[^1];
            while (threads > 1 && !IsSame(rows, columns, inner, threads))
                threads--;
        }
        return threads;
    }

    /// <summary>Whether a product of [rows, inner] by [inner, columns] on some threads is that on one.</summary>
    internal static bool IsSame(long rows, long columns, long inner, int threads)
    {
        // A single row has a kernel of its own.
        if (rows >= columns)
            return rows / threads > 1 || rows == 1;
        var blocks = (columns + ColumnBlock - 1) / ColumnBlock;
        return Step(Math.Max(1, blocks / threads) * ColumnBlock, inner) == Step(columns, inner);
    }

    private static long Step(long columns, long inner)
    {
        var (n, k) = (Columns, Depth);
        if (columns >= inner)
            for (; k / 2 >= inner; k /= 2)
                n *= 2;
        else
            for (; n > ColumnBlock && n / 2 >= columns; n /= 2)
                k *= 2;
        return Math.Min(k, inner);
    }

    private static bool Flag(NodeProto node, string name) =>
        node.Attribute.FirstOrDefault(a => a.Name == name)?.I is > 0;
}
