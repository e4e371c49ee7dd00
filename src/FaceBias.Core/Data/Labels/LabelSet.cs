using FaceBias.Core.Data.Labels;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>Something found while labels were matched to images, for the run's log and report.</summary>
/// <param name="Kind">A short key: unlabelled, no-such-image, ambiguous, conflict, duplicate, bad-name, bad-value,
/// assumed, ...</param>
/// <param name="Count">How many files or rows it concerns.</param>
/// <param name="Sentence">What it is and what was done, naming the first few.</param>
internal sealed record LabelNotice(string Kind, int Count, string Sentence)
{
    public string Sentence { get; init; } = Sentence.Named();

    internal static LabelNotice From(string kind, IReadOnlyList<string> names, string what)
    {
        const int Named = 3;
        var first = names.Take(Named).Quoted();
        return new(kind, names.Count,
            $"{names.Count:N0} {what}: {first}{(names.Count > Named ? $" and {names.Count - Named:N0} more" : "")}.");
    }
}

/// <summary>Labels of images.</summary>
/// <param name="Table">One row per image of the listing, in its order, and one column per label, missing where an image
/// has none.</param>
/// <param name="Labelled">Whether an image has a row of labels at all.</param>
/// <param name="Notices">What did not fit, and what was assumed.</param>
internal sealed record LabelSet(Table Table, bool[] Labelled, IReadOnlyList<LabelNotice> Notices)
{
    /// <summary>Official splits that came with the labels; null where there are none.</summary>
    public GivenSplits? Given { get; init; }

    /// <summary>Columns that are left out, each with the reason.</summary>
    public IReadOnlyList<LeftOutColumn> LeftOut { get; init; } = [];

    public IReadOnlyList<string> ImageColumns { get; init; } = [];

    /// <summary>What the user says that columns hold.</summary>
    public ColumnKinds Kinds { get; init; } = new();

    /// <summary>Names of columns; <c>tags</c>, where there is none, stands for what its cells of several labels became:
    /// <c>tags.old</c>, ...</summary>
    public IReadOnlyList<string> Expand(IEnumerable<string> names) =>
        Expand(names, [.. Table.Columns.Select(c => c.Name)]);

    internal static IReadOnlyList<string> Expand(IEnumerable<string> names, IReadOnlyCollection<string> columns) =>
        [.. names.SelectMany(n =>
        columns.Contains(n) || columns.Where(c => c.StartsWith(n + ".", StringComparison.Ordinal)).ToArray()
            is not { Length: > 0 } all ? [n] : all)];

    /// <summary>One label as something to predict or to group by.</summary>
    /// <param name="kind">Categorical or numeric; null decides by <see cref="KindRule"/>.</param>
    /// <exception cref="FaceBiasException">No such column, a kind that the column cannot have or that has to be asked,
    /// no value at all, or a category with a single class.</exception>
    public Target Target(string name, TargetKind? kind = null)
    {
        if (Table.Find(name) is not { } column)
            throw new FaceBiasException($"The labels have no '{name}'; they have {Names()}.");
        var target = Primitives.Tables.Target.From(column, kind ?? KindRule.Of([column], Kinds).Take([]));
        if (target.Count(Labelled) == 0)
            throw Nothing(name);
        if (target is { Kind: TargetKind.Categorical, Classes.Count: 1 })
            throw new FaceBiasException(
                $"Label '{name}' has a single class, '{target.Classes[0]}', so there is nothing to learn; leave it "
                    + $"out.{Missing(name)}");
        return target;
    }

    /// <summary>That words such as None were taken for missing labels, which may be the reason.</summary>
    private string? Missing(string name) =>
        Notices.FirstOrDefault(n => n.Kind == "missing" && n.Sentence.Contains($"'{name}' (", StringComparison.Ordinal))
            is { } notice
        ? " " + notice.Sentence : null;

    /// <summary>One label as something to compare by; it may be the same for all.</summary>
    /// <exception cref="FaceBiasException">It has no value, or its kind has to be asked.</exception>
    internal Target Group(string name)
    {
        var group = Primitives.Tables.Target.From(Table[name], KindRule.Of([Table[name]], Kinds).Take([]));
        return group.Count(Labelled) > 0 ? group : throw Nothing(name);
    }

    private static FaceBiasException Nothing(string name) =>
        new($"Label '{name}' is missing for every image; check the labels file.");

    internal string Names() => Table.Columns.Take(40).Select(c => c.Name).Quoted();
}
