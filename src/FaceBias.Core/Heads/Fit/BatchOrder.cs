namespace FaceBias.Core.Heads.Fit;

/// <summary>The order of rows in an epoch.</summary>
internal static class BatchOrder
{
    public static void Shuffle(int[] rows, ulong seed, int epoch) =>
        // The framework's generator, so that a seed still gives the models that it gave.
        new Random(unchecked((int)(seed * 1_000_003 + (ulong)epoch))).Shuffle(rows);
}
