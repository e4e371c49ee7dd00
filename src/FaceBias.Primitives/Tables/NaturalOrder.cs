namespace FaceBias.Primitives.Tables;

/// <summary>Ordinal order in which runs of digits count as numbers: 2 before 10.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    public static NaturalOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
            return string.CompareOrdinal(x, y);
        int i = 0, j = 0;
        while (i < x.Length && j < y.Length)
        {
            if (!char.IsAsciiDigit(x[i]) || !char.IsAsciiDigit(y[j]))
            {
                if (x[i] != y[j])
                    return x[i] - y[j];
                i++;
                j++;
                continue;
            }
            var a = Digits(x, ref i);
            var b = Digits(y, ref j);
            if (a.Length != b.Length)
                return a.Length - b.Length;
            if (a.SequenceCompareTo(b) is var order and not 0)
                return order;
        }
        var rest = x.Length - i - (y.Length - j);
        return rest != 0 ? rest : string.CompareOrdinal(x, y); // 01 and 1 are still two values
    }

    private static ReadOnlySpan<char> Digits(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        return text.AsSpan(start, at - start).TrimStart('0');
    }
}
