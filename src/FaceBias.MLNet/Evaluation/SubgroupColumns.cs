using System.Globalization;
using FaceBias.Primitives.Tables;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.MLNet.Evaluation;

/// <summary>Columns of ML.NET as columns of the core.</summary>
internal static class SubgroupColumns
{
    /// <summary>A grouping attribute: text, key, boolean or number.</summary>
    public static Column Group(MemoryView data, string name)
    {
        var column = data.Schema[name];
        return column.Type switch
        {
            TextDataViewType => new TextColumn(name, [.. data.Values<ReadOnlyMemory<char>>(name).Select(t => t.Length == 0 ? null : t.ToString())]),
            KeyDataViewType => Keys(data, name, KeyNames(column), name),
            BooleanDataViewType => new TextColumn(name, [.. data.Values<bool>(name).Select(Word)]),
            NumberDataViewType => new NumberColumn(name, Numbers(data, name)),
            _ => throw new FaceBiasException($"Column '{name}' is of type {column.Type} and cannot group rows; give text, a key, a boolean or a number."),
        };
    }

    /// <summary>The levels of a grouping attribute, one per row.</summary>
    public static string[] Labels(MemoryView data, string name) => Group(data, name) switch
    {
        TextColumn text => [.. Enumerable.Range(0, text.Count).Select(i => text[i] ?? "(missing)")],
        NumberColumn number => [.. number.Values.Select(v => double.IsNaN(v) ? "(missing)" : v.ToString("R", CultureInfo.InvariantCulture))],
        _ => throw new InvalidOperationException($"Column '{name}' is neither text nor number."),
    };

    /// <summary>A boolean as a label of the core.</summary>
    public static string Word(bool value) => value ? "true" : "false";

    /// <summary>A key column as text under another name; a missing key is missing.</summary>
    public static TextColumn Keys(MemoryView data, string name, IReadOnlyList<string> names, string rename) =>
        new(rename, [.. data.Values<uint>(name).Select(k => k == 0 || k > names.Count ? null : names[(int)k - 1])]);

    /// <summary>Numbers of any of the types that were read.</summary>
    public static double[] Numbers(MemoryView data, string name) => data.Schema[name].Type.RawType switch
    {
        var t when t == typeof(float) => [.. data.Values<float>(name).Select(v => (double)v)],
        var t when t == typeof(double) => [.. data.Values<double>(name)],
        var t when t == typeof(int) => [.. data.Values<int>(name).Select(v => (double)v)],
        _ => throw new FaceBiasException($"Column '{name}' is of type {data.Schema[name].Type}, not a number."),
    };

    /// <summary>The values that a key stands for, in order; its numbers from 1 where it has none.</summary>
    public static string[] KeyNames(DataViewSchema.Column column)
    {
        var count = (int)((KeyDataViewType)column.Type).Count;
        var annotations = column.Annotations;
        if (annotations.Schema.GetColumnOrNull("KeyValues") is not { Type: VectorDataViewType { ItemType: var item } })
            return [.. Enumerable.Range(1, count).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        return item switch
        {
            TextDataViewType => Read<ReadOnlyMemory<char>>(t => t.ToString()),
            BooleanDataViewType => Read<bool>(Word),
            _ when item.RawType == typeof(float) => Read<float>(v => v.ToString("R", CultureInfo.InvariantCulture)),
            _ when item.RawType == typeof(double) => Read<double>(v => v.ToString("R", CultureInfo.InvariantCulture)),
            _ when item.RawType == typeof(int) => Read<int>(v => v.ToString(CultureInfo.InvariantCulture)),
            _ => throw new FaceBiasException($"The classes of column '{column.Name}' are of type {item}; map text or numbers to keys."),
        };

        string[] Read<T>(Func<T, string> text)
        {
            VBuffer<T> values = default;
            annotations.GetValue("KeyValues", ref values);
            return [.. values.DenseValues().Select(text)];
        }
    }
}
