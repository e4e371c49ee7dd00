namespace FaceBias.Core.Curation;

/// <summary>The perceptual hash of a picture turned or mirrored, from that of the picture as it is: mirroring changes
/// the sign of the coefficients of odd frequency along that axis, transposing swaps the axes. A changed sign is a
/// flipped bit but for coefficients nearer to zero than the median, so a hash made so is a few bits off the one of the
/// turned picture.</summary>
internal static class HashOrientation
{
    /// <summary>Number of orientations; 0 is the picture as it is.</summary>
    public const int Count = 8;

    // Bit 63 - (8 row + column) belongs to vertical frequency row and horizontal frequency column.
    private const ulong OddColumns = 0x5555555555555555, OddRows = 0x00FF00FF00FF00FF;

    /// <summary>The hash under an orientation: bit 0 mirrors left and right, bit 1 top and bottom, bit 2 transposes
    /// after that.</summary>
    public static ulong Apply(ulong hash, int orientation)
    {
        if ((orientation & 1) != 0)
            hash ^= OddColumns;
        if ((orientation & 2) != 0)
            hash ^= OddRows;
        return (orientation & 4) != 0 ? Transpose(hash) : hash;
    }

    /// <summary>Transposes 8x8 bits by swapping blocks of 1, 2 and 4 (Warren, Hacker's Delight, 7-3).</summary>
    private static ulong Transpose(ulong x)
    {
        var t = (x ^ (x >> 7)) & 0x00AA00AA00AA00AA;
        x ^= t ^ (t << 7);
        t = (x ^ (x >> 14)) & 0x0000CCCC0000CCCC;
        x ^= t ^ (t << 14);
        t = (x ^ (x >> 28)) & 0x00000000F0F0F0F0;
        return x ^ t ^ (t << 28);
    }
}
