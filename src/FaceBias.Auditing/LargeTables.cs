namespace FaceBias.Auditing;

/// <summary>
/// Keeps the memory of an audit near what it needs. The arrays that a step of the audit leaves behind are as long as the table;
/// the collector would let several gigabytes of them gather before it looks, because the machine has room.
/// </summary>
internal static class LargeTables
{
    /// <summary>Tables of fewer rows leave little behind.</summary>
    private const int From = 2_000_000;

    /// <summary>Collects what a step over so many rows has left behind.</summary>
    public static void Release(int rows)
    {
        if (rows >= From)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
    }
}
