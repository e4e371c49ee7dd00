using System.Numerics;

namespace FaceBias.Core.Data;

/// <summary>Finds rows by a key that they can say and that is not held here: of a million rows a dictionary of strings
/// takes over 100 MB, this 16 to 32.</summary>
/// <param name="count">How many rows will be added at most.</param>
internal sealed class RowIndex<T>(int count, Func<int, T> key) where T : IEquatable<T>
{
    // Two slots a row at least, so that a search ends soon. A row is stored plus one: zero is a free slot.
    private readonly (int Row, int Hash)[] _slots =
        new (int, int)[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, 2L * count))];

    /// <summary>Adds all rows from 0 on; of equal keys the first is found.</summary>
    public RowIndex<T> AddAll()
    {
        for (var row = 0; row < count; row++)
            Add(row);
        return this;
    }

    /// <returns>The row, or that which was added before with the same key.</returns>
    public int Add(int row)
    {
        var own = key(row);
        var slot = Slot(own);
        if (_slots[slot].Row != 0)
            return _slots[slot].Row - 1;
        _slots[slot] = (row + 1, own.GetHashCode());
        return row;
    }

    /// <summary>The row of a key, or -1.</summary>
    public int Find(T wanted) => _slots[Slot(wanted)].Row - 1;

    private int Slot(T wanted)
    {
        var hash = wanted.GetHashCode();
        var mask = _slots.Length - 1;
        var slot = hash & mask;
        // Keys are asked for only where all 32 bits of the hash are equal: asking may make a string.
        while (_slots[slot] is { Row: > 0 } taken && !(taken.Hash == hash && key(taken.Row - 1).Equals(wanted)))
            slot = slot + 1 & mask;
        return slot;
    }
}
