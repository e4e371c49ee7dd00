using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>Official splits that came with the labels.</summary>
/// <param name="Of">The split per image, None where it is missing.</param>
/// <param name="Source">Where they are from, for sentences: "the column 'partition'".</param>
/// <param name="Advice">How to say otherwise which images are for the test.</param>
internal sealed record GivenSplits(Split[] Of, string Source, string Sentence, string Advice)
{
    public string Sentence { get; init; } = Sentence.Named();

    /// <summary>What stands for no column.</summary>
    public const string None = "none";

    /// <summary>Finds the column of splits among labels and takes it out of them.</summary>
    /// <param name="used">Columns that are targets or groups and so no splits; null where that is not known.</param>
    /// <exception cref="FaceBiasException">There are splits that cannot be understood; the sentence names the
    /// option.</exception>
    internal static LabelSet Take(LabelSet labels, LabelOptions options, IReadOnlyCollection<string>? used)
    {
        if (options.SplitColumn is { } named)
        {
            if (named == None)
                return labels with { Given = null };
            var column = labels.Table.Find(named)
                ?? throw new FaceBiasException(
                    $"The labels have no column '{named}' for ‹SplitColumn›; they have {labels.Names()}.");
            return Without(labels, named, Read(labels, column, options, ask: true)!);
        }
        if (labels.Given is not null)
            return labels;
        var found = new List<(string Name, GivenSplits Splits)>();
        foreach (var column in labels.Table.Columns.Where(c => used?.Contains(c.Name) != true))
        {
            var isNamed = SplitNames.IsColumn(column.Name);
            if ((isNamed || column is TextColumn { Levels.Length: <= 12 })
                && Read(labels, column, options, ask: isNamed && !IsLoose(column.Name), isNamed) is { } splits)
                found.Add((column.Name, splits));
        }
        if (found.Count > 1 && found.Exists(f => !f.Splits.Of.SequenceEqual(found[0].Splits.Of)))
        {
            throw new FaceBiasException(
                $"The columns {string.Join(" and ", found.Select(f => $"'{f.Name}'"))} hold splits that differ; "
                + $"say ‹SplitColumn› {found[0].Name}, or ‹SplitColumn› {None} to split at random.");
        }
        return found.Count == 0 ? labels : Without(labels, found[0].Name, found[0].Splits);
    }

    // "set" and "phase" may be anything.
    private static bool IsLoose(string name) =>
        name.Trim().Length <= 5 && !name.Contains("split", StringComparison.OrdinalIgnoreCase)
        && !name.Contains("usage", StringComparison.OrdinalIgnoreCase);

    private static LabelSet Without(LabelSet labels, string name, GivenSplits splits) =>
        labels with { Table = labels.Table.With(labels.Table.Columns.Where(c => c.Name != name)), Given = splits };

    private static GivenSplits? Read(LabelSet labels, Column column, LabelOptions options, bool ask,
        bool isNamed = true)
    {
        var text = new Table([column]).Text(column.Name);
        string[] levels = [.. text.Codes.Where(c => c >= 0).Distinct().Select(c => text.Levels[c])];
        if (levels.Length == 0)
            return null;
        var (known, coded) = levels.Length <= 100 ? SplitNames.Parse(levels, options.SplitValues)
            : (new Split?[levels.Length], false);
        if (Array.Exists(known, k => k is null))
        {
            if (!ask)
                return null;
            throw new FaceBiasException(
                $"The column '{column.Name}' looks like splits but holds "
                    + $"{levels.Order(StringComparer.Ordinal).Take(6).Quoted()}"
                + $"{(levels.Length > 6 ? ", ..." : "")}; say which they are with ‹SplitValues›, such as "
                + $"train={levels[0]},test={levels[^1]}, or ‹SplitColumn› {None} to split at random.");
        }
        // A column of another name is one of splits only if there is something to divide.
        if (!isNamed && (known.Distinct().Count() < 2 || !known.Contains(Split.Train)))
            return null;
        var place = levels.Zip(known, (l, k) => (l, k!.Value)).ToDictionary(p => p.l, p => p.Value,
            StringComparer.Ordinal);
        var of = Array.ConvertAll(text.Codes, c => c < 0 ? Split.None : place[text.Levels[c]]);
        var meaning = string.Join(", ",
            levels.Order(StringComparer.Ordinal).Select(l => $"{l} is {place[l].ToString().ToLowerInvariant()}"));
        var plain = levels.All(l => l.Equals(place[l].ToString(), StringComparison.OrdinalIgnoreCase));
        var missing = of.Where((s, i) => s == Split.None && labels.Labelled[i]).Count();
        return new(of, $"the column '{column.Name}'",
            $"The splits are those of the labels' column '{column.Name}'{(plain ? "" : $" ({meaning})")}"
            + $"{(coded ? "; ‹SplitValues› says otherwise" : "")}{(missing > 0 ? $"; {missing:N0} images have none and are left out" : "")}.",
            "say which values are the test with ‹SplitValues›, such as test=val");
    }
}
