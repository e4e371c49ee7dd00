namespace FaceBias.Primitives.Tables;

/// <summary>A named column of a <see cref="Table"/>.</summary>
public abstract class Column(string name)
{
    /// <summary>The column's name, unique within its table, case-sensitive.</summary>
    public string Name { get; } = name;

    /// <summary>The name that the user's file gives it, for messages: <see cref="Rename"/> keeps it.</summary>
    public string Header { get; internal init; } = name;

    /// <summary>Number of rows.</summary>
    public abstract int Count { get; }

    /// <summary>Whether the value of a row is missing.</summary>
    public abstract bool IsMissing(int row);

    /// <summary>The same values under another name; they are shared, not copied.</summary>
    public abstract Column Rename(string name);

    /// <summary>Some rows, in the order given.</summary>
    public abstract Column Take(IReadOnlyList<int> rows);
}

/// <summary>Text, dictionary-encoded: a row's value is <c>Levels[Codes[row]]</c>, or missing where the code is
/// -1.</summary>
public sealed class TextColumn : Column
{
    /// <summary>A column from its codes and levels, which are kept, not copied.</summary>
    public TextColumn(string name, int[] codes, string[] levels) : base(name) => (Codes, Levels) = (codes, levels);

    /// <summary>A column from its values; levels come in the order of their first appearance.</summary>
    public TextColumn(string name, IReadOnlyList<string?> values) : base(name)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        Codes = new int[values.Count];
        for (var i = 0; i < Codes.Length; i++)
        {
            if (values[i] is not { } value)
                Codes[i] = -1;
            else if (!index.TryGetValue(value, out Codes[i]))
                index.Add(value, Codes[i] = index.Count);
        }
        Levels = [.. index.Keys];
    }

    /// <summary>Index into <see cref="Levels"/> per row, -1 where missing.</summary>
    public int[] Codes { get; }

    /// <summary>The distinct values.</summary>
    public string[] Levels { get; }

    /// <inheritdoc/>
    public override int Count => Codes.Length;

    /// <summary>The value of a row, or null where missing.</summary>
    public string? this[int row] => Codes[row] < 0 ? null : Levels[Codes[row]];

    /// <inheritdoc/>
    public override bool IsMissing(int row) => Codes[row] < 0;

    /// <summary>Why a column that is mostly numbers is text; null of any other.</summary>
    internal StrayText? Stray { get; init; }

    /// <inheritdoc/>
    public override TextColumn Rename(string name) => new(name, Codes, Levels) { Header = Header, Stray = Stray };

    /// <inheritdoc/>
    public override TextColumn Take(IReadOnlyList<int> rows) =>
        new(Name, [.. rows.Select(r => Codes[r])], Levels) { Header = Header, Stray = Stray };

    /// <summary>The same rows with other levels, those given as null missing; levels that become equal are
    /// joined.</summary>
    internal TextColumn MapLevels(Func<string, string?> map)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        int[] place = [.. Levels.Select(map).Select(
            l => l is null ? -1 : index.TryGetValue(l, out var i) ? i : index[l] = index.Count)];
        return new(Name, [.. Codes.Select(c => c < 0 ? -1 : place[c])], [.. index.Keys])
            { Header = Header, Stray = Stray };
    }
}

/// <summary>Numbers; NaN where missing.</summary>
public sealed class NumberColumn(string name, double[] values) : Column(name)
{
    /// <summary>The value per row, NaN where missing. The array is kept, not copied.</summary>
    public double[] Values { get; } = values;

    /// <inheritdoc/>
    public override int Count => Values.Length;

    /// <summary>The value of a row, NaN where missing.</summary>
    public double this[int row] => Values[row];

    /// <inheritdoc/>
    public override bool IsMissing(int row) => double.IsNaN(Values[row]);

    /// <inheritdoc/>
    public override NumberColumn Rename(string name) => new(name, Values) { Header = Header };

    /// <inheritdoc/>
    public override NumberColumn Take(IReadOnlyList<int> rows) =>
        new(Name, [.. rows.Select(r => Values[r])]) { Header = Header };
}

/// <summary>What keeps a column of numbers from being one.</summary>
/// <param name="Others">Cells that are not, and not missing either.</param>
/// <param name="Row">Its row, from 1, the header not counted.</param>
/// <param name="Reason">Why it is no number, where that is not plain.</param>
internal sealed record StrayText(int Numbers, int Others, string Example, int Row, string? Reason = null);
