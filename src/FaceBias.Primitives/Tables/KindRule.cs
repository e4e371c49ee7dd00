using FaceBias.Primitives.Tables;

namespace FaceBias.Primitives.Tables;

/// <summary>Whether columns hold classes or a quantity, and how sure that is.</summary>
/// <param name="Kind">What they hold; null where that cannot be known.</param>
/// <param name="Sentence">With a kind: what was assumed, or null where nothing was. Without: the question, with the
/// options that answer it.</param>
internal sealed record KindDecision(TargetKind? Kind, string? Sentence = null)
{
    /// <exception cref="FaceBiasException">It cannot be known.</exception>
    public TargetKind Take(ICollection<string> notices)
    {
        if (Kind is not { } kind)
            throw new FaceBiasException(Sentence!);
        if (Sentence is not null)
            notices.Add(Sentence);
        return kind;
    }
}

/// <summary>Decides for every command whether a label is one of some classes or a quantity. Text is classes. Numbers
/// are classes where they are few whole codes such as 0/1, -1/1 or 0..K-1, in the truth and in the prediction; where
/// whole numbers may be either, the user is asked.</summary>
internal static class KindRule
{
    private const int FewCodes = 20;
    private const int MostCodes = 1000;

    /// <summary>Decides a label alone, or a truth with its prediction.</summary>
    /// <param name="columns">The label; or the truth, then the prediction.</param>
    public static KindDecision Of(IReadOnlyList<Column> columns, ColumnKinds? given = null)
    {
        var names = columns.SelectMany(c => new[] { c.Header, c.Name }).Distinct().ToArray();
        var kind = given?.Of(names);
        if (kind is not null)
            return kind == TargetKind.Numeric
                && columns.OfType<TextColumn>().FirstOrDefault(t => !AreNumbers(t)) is { } words
                ? throw new FaceBiasException(
                    $"'{words.Header}' is to be numeric but holds text such as '{words.Stray?.Example ?? words.Levels.FirstOrDefault(l => CellText.Number(l) is null)}'"
                    + $"{(words.Stray is { } s ? $" in row {s.Row}" : "")}; correct it, or leave that cell empty.")
                : new(kind);
        if (columns.OfType<TextColumn>().FirstOrDefault(
            t => t.Stray is { } s && (s.Reason is not null || s.Numbers >= 4 * s.Others)) is { Stray: { } stray } mixed)
        {
            return new(null, stray.Reason is { } reason ? $"'{mixed.Header}' cannot be read as numbers: {reason}."
                : FormattableString.Invariant(
                    $"'{mixed.Header}' holds {stray.Numbers:N0} numbers but also '{stray.Example}' in row {stray.Row}{(stray.Others > 1 ? $" and {stray.Others - 1:N0} more such cells" : "")}; ")
                + $"correct or empty {(stray.Others > 1 ? "them" : "it")}, or say ‹Categorical› {mixed.Header}.");
        }
        NumberColumn[] numbers = [.. columns.OfType<NumberColumn>()];
        if (numbers.Length < columns.Count)
            return new(TargetKind.Categorical);
        var values = numbers.Select(n => n.Values.Where(v => !double.IsNaN(v)).ToArray()).ToArray();
        if (Array.Exists(values, v => Array.Exists(v, x => x != Math.Floor(x))))
            return new(TargetKind.Numeric);
        double[] distinct = [.. values.SelectMany(v => v).Distinct().Take(MostCodes + 1).Order()];
        var rows = values.Max(v => v.Length);
        var title = string.Join(" and ", columns.Select(c => $"'{c.Header}'"));
        var quantity = names.Any(Quantity.IsQuantity);
        var option = columns[^1].Header;
        if (distinct.Length is 0 or > MostCodes)
            return new(TargetKind.Numeric);
        double low = distinct[0], high = distinct[^1], span = high - low + 1;
        var codes = $"{string.Join(", ", distinct.Take(6).Select(d => d.ToString(CultureInfo.InvariantCulture)))}{(distinct.Length > 6 ? $", ... {high.ToString(CultureInfo.InvariantCulture)}" : "")}";
        KindDecision Classes() =>
            new(TargetKind.Categorical,
                $"{title}: the codes {codes} are taken as classes; ‹Numeric› {option} takes them as a quantity.");
        KindDecision Ask() =>
            new(null, $"{title}: the whole numbers {codes} ({distinct.Length} different) may be classes or a quantity; say ‹Categorical› {option} or ‹Numeric› {option}.");
        if (distinct.Length <= 2)
            return Classes();
        var fromStart = Math.Abs(low) <= 1 && span <= (1.5 * distinct.Length) + 1;
        if (distinct.Length <= FewCodes && fromStart && (distinct.Length <= 12 || rows >= 2 * distinct.Length))
            return quantity ? Ask() : Classes();
        if (quantity)
            return new(TargetKind.Numeric);
        if (distinct.Length <= 12 && rows >= 5 * distinct.Length)
            return Ask();
        var doubtful = columns.Count > 1 ? Apart(numbers[0].Values, numbers[^1].Values) > 0.6
            : rows >= 2 * distinct.Length && low is 0 or 1 && span <= 1.2 * distinct.Length;
        return doubtful ? Ask() : new(TargetKind.Numeric);
    }

    /// <summary>Whether every value of a text column is a number.</summary>
    internal static bool AreNumbers(TextColumn column) =>
        Array.TrueForAll(column.Levels, l => CellText.Number(l) is not null);

    /// <summary>How far wrong predictions are from the truth, next to what unrelated rows would be: small for a
    /// quantity, near 1 for codes of classes, of which no two are nearer than others. Right ones say nothing.</summary>
    private static double Apart(double[] truth, double[] prediction)
    {
        double own = 0, unrelated = 0;
        int wrong = 0, pairs = 0;
        for (var i = 0; i < truth.Length; i++)
        {
            var j = (i + (truth.Length / 2) + 1) % truth.Length;
            if (truth[i] != prediction[i] && !double.IsNaN(truth[i] - prediction[i]))
                (own, wrong) = (own + Math.Abs(truth[i] - prediction[i]), wrong + 1);
            if (!double.IsNaN(truth[i] - prediction[j]))
                (unrelated, pairs) = (unrelated + Math.Abs(truth[i] - prediction[j]), pairs + 1);
        }
        return wrong == 0 || pairs == 0 || unrelated == 0 ? 1 : own / wrong / (unrelated / pairs);
    }
}
