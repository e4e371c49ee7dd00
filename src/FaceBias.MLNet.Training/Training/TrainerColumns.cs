using FaceBias.MLNet.Scoring;
using FaceBias.Primitives.Tables;

namespace FaceBias.MLNet.Training;

/// <summary>Labels and groups of a trainer's rows.</summary>
/// <param name="Classes">The classes in the order of a key's values; null for a number.</param>
/// <param name="Codes">Class of each row, -1 where it is missing; empty for a number.</param>
/// <param name="Values">Number of each row; empty for classes.</param>
/// <param name="Groups">Levels of the group columns, joined by commas; empty without any.</param>
internal sealed record TrainerColumns(ClassNames? Classes, int[] Codes, double[] Values, string[] Groups)
{
    /// <param name="isNumber">Whether a number is predicted.</param>
    /// <param name="classes">The classes of the training rows, for others; null to find them.</param>
    /// <exception cref="ArgumentException">A column is missing or of a type that does not do.</exception>
    public static TrainerColumns Read(IDataView data, string label, IReadOnlyList<string> groups, bool isNumber,
        ClassNames? classes = null)
    {
        var view = MemoryView.Of(data, [label, .. groups]);
        var joined = SubgroupColumns.Labels(view, groups);
        if (isNumber)
            return new(null, [], SubgroupColumns.Numbers(view, label), joined);
        var texts = SubgroupColumns.Texts(view, label);
        classes ??= Find(view, label, texts);
        if (classes.Count == 0)
            throw new FaceBiasException($"None of the {joined.Length:N0} rows has a label in column '{label}'.");
        var codes = classes.Texts.Select((t, i) => (t, i)).ToDictionary(c => c.t, c => c.i, StringComparer.Ordinal);
        return new(classes, [.. texts.Select(t => t is null ? -1 : codes.TryGetValue(t, out var code) ? code
            : throw new ArgumentException($"Column '{label}' holds '{t}', which no training row has."))],
            [], joined);
    }

    public int Rows => Groups.Length;

    /// <summary>Whether a row has no label.</summary>
    public bool IsMissing(int row) => Classes is null ? double.IsNaN(Values[row]) : Codes[row] < 0;

    /// <summary>Some of the rows, then some of others.</summary>
    public TrainerColumns Then(TrainerColumns other) => this with
    {
        Codes = [.. Codes, .. other.Codes], Values = [.. Values, .. other.Values],
        Groups = [.. Groups, .. other.Groups],
    };

    /// <summary>The label as a target of the core.</summary>
    public Target Target(string name) => Classes is null ? Primitives.Tables.Target.Of(name, Values)
        : Primitives.Tables.Target.Of(name, Classes.Texts, Codes);

    /// <summary>Which rows are validated on.</summary>
    public bool[] Validation(double share, int seed) => Classes is null
        ? ValidationSplit.Of(Values, Groups, share, seed)
        : ValidationSplit.Of([.. Codes.Select(c => c < 0 ? "" : Classes.Texts[c])], Groups, share, seed);

    private static ClassNames Find(MemoryView view, string label, string?[] texts) => view.Schema[label].Type switch
    {
        KeyDataViewType => ClassNames.Of(view.Schema[label]),
        BooleanDataViewType => new(["false", "true"]),
        NumberDataViewType type => new(
            [.. SubgroupColumns.Numbers(view, label).Where(v => !double.IsNaN(v)).Distinct().Order()
                .Select(v => v.ToString("R", System.Globalization.CultureInfo.InvariantCulture))], type.RawType.Name),
        _ => new([.. texts.OfType<string>().Distinct().Order(StringComparer.Ordinal)]),
    };
}
