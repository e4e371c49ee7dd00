using FaceBias.MLNet.Scoring;
using FaceBias.Primitives.Tables;

namespace FaceBias.MLNet.Evaluation;

/// <summary>Columns of ML.NET as columns of the core.</summary>
internal static class SubgroupColumns
{
    /// <summary>Maximum number of values of a column of whole numbers that are taken for codes and not for
    /// quantities.</summary>
    private const int MostCodes = 20;

    /// <summary>The level of a row whose group is missing.</summary>
    public const string Missing = "(missing)";

    /// <summary>A grouping attribute: text, key, boolean or number. Whole numbers of few values are codes.</summary>
    /// <param name="isQuantity">Whether whole numbers are to be cut into bands however few they are.</param>
    public static Column Group(MemoryView data, string name, bool isQuantity = false)
    {
        var column = data.Schema[name];
        if (column.Type is NumberDataViewType)
        {
            var numbers = Numbers(data, name);
            return isQuantity || column.Type.RawType == typeof(float) || column.Type.RawType == typeof(double)
                || numbers.Distinct().Skip(MostCodes).Any()
                ? new NumberColumn(name, numbers)
                : new TextColumn(name,
                    [.. numbers.Select(v => (string?)v.ToString("R", CultureInfo.InvariantCulture))]);
        }
        return new TextColumn(name, Texts(data, name));
    }

    /// <summary>The levels of a grouping attribute, one per row.</summary>
    public static string[] Labels(MemoryView data, string name) => [.. Texts(data, name).Select(t => t ?? Missing)];

    /// <summary>The levels of several attributes, joined, one text per row.</summary>
    public static string[] Labels(MemoryView data, IReadOnlyList<string> names, string separator = ", ")
    {
        var levels = names.Select(n => Labels(data, n)).ToArray();
        return [.. Enumerable.Range(0, (int)data.GetRowCount()!.Value).Select(
            i => string.Join(separator, levels.Select(l => l[i])))];
    }

    /// <summary>A column as text, null where a value is missing.</summary>
    /// <exception cref="ArgumentException">It is of another type.</exception>
    public static string?[] Texts(MemoryView data, string name)
    {
        var column = data.Schema[name];
        switch (column.Type)
        {
            case TextDataViewType:
                return [.. data.Values<ReadOnlyMemory<char>>(name).Select(t => t.Length == 0 ? null : t.ToString())];
            case KeyDataViewType:
                var names = ClassNames.Of(column).Texts;
                return [.. Keys(data, name).Select(k => k == 0 || k > (ulong)names.Count ? null : names[(int)k - 1])];
            case BooleanDataViewType:
                return [.. data.Values<bool>(name).Select(Word)];
            case NumberDataViewType:
                return [.. Numbers(data, name).Select(
                    v => double.IsNaN(v) ? null : v.ToString("R", CultureInfo.InvariantCulture))];
            default:
                throw new ArgumentException(
                    $"Column '{name}' is of type {column.Type} and cannot group or label rows; give text, a key, a "
                        + "boolean or a number.");
        }
    }

    /// <summary>A boolean as a label of the core.</summary>
    public static string Word(bool value) => value ? "true" : "false";

    /// <summary>The indices of a key column, from 1; 0 where one is missing.</summary>
    public static IEnumerable<ulong> Keys(MemoryView data, string name) => data.Schema[name].Type.RawType switch
    {
        var t when t == typeof(byte) => data.Values<byte>(name).Select(k => (ulong)k),
        var t when t == typeof(ushort) => data.Values<ushort>(name).Select(k => (ulong)k),
        var t when t == typeof(uint) => data.Values<uint>(name).Select(k => (ulong)k),
        _ => data.Values<ulong>(name),
    };

    /// <summary>Yes or no: booleans, 0 and 1, or the words true and false: 1, 0, or -1 where it is missing.</summary>
    /// <exception cref="ArgumentException">It holds something else.</exception>
    public static int[] YesOrNo(MemoryView data, string name) => [.. Texts(data, name).Select(
        t => t?.ToLowerInvariant() switch
        {
            "1" or "true" => 1,
            "0" or "false" => 0,
            null => -1,
            _ => throw new ArgumentException(
                $"Column '{name}' holds '{t}'; a yes or no is a boolean, 1 and 0, or true and false."),
        })];

    /// <summary>Numbers of any of the types that were read.</summary>
    /// <exception cref="ArgumentException">They are no numbers.</exception>
    public static double[] Numbers(MemoryView data, string name) =>
        data.Schema[name].Type is not NumberDataViewType { RawType: var type }
            ? throw new ArgumentException($"Column '{name}' is of type {data.Schema[name].Type}, not a number.")
            : type.Name switch
            {
                nameof(Single) => [.. data.Values<float>(name).Select(v => (double)v)],
                nameof(Double) => [.. data.Values<double>(name)],
                nameof(SByte) => [.. data.Values<sbyte>(name).Select(v => (double)v)],
                nameof(Byte) => [.. data.Values<byte>(name).Select(v => (double)v)],
                nameof(Int16) => [.. data.Values<short>(name).Select(v => (double)v)],
                nameof(UInt16) => [.. data.Values<ushort>(name).Select(v => (double)v)],
                nameof(Int32) => [.. data.Values<int>(name).Select(v => (double)v)],
                nameof(UInt32) => [.. data.Values<uint>(name).Select(v => (double)v)],
                nameof(Int64) => [.. data.Values<long>(name).Select(v => (double)v)],
                _ => [.. data.Values<ulong>(name).Select(v => (double)v)],
            };
}
