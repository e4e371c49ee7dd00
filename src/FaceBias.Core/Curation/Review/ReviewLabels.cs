using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Curation.Review;

/// <summary>Puts the new labels of a review into a set of labels.</summary>
internal static class ReviewLabels
{
    /// <summary>Labels with those of the review in place.</summary>
    /// <param name="labels">The labels as given; left as they are.</param>
    /// <param name="decisions">Decisions; those that do not relabel, or whose picture is gone or was changed, are
    /// passed over.</param>
    /// <param name="fits">Whether a decision was made on the picture that is there now.</param>
    /// <exception cref="FaceBiasException">There is no such label, or its value is none that the label can
    /// have.</exception>
    public static LabelSet Apply(
        LabelSet labels, IReadOnlyList<ImageFile> files, IReadOnlyList<ReviewDecision> decisions,
        Func<int, ReviewDecision, bool> fits)
    {
        if (decisions.All(d => d.Labels.Count == 0))
            return labels;
        var rows = ImageIndex.ById(files);
        var changes = new Dictionary<string, List<(int Row, string Value)>>(StringComparer.Ordinal);
        var labelled = (bool[])labels.Labelled.Clone();
        foreach (var decision in decisions)
        {
            if (decision.Labels.Count == 0 || rows.Find(decision.Id) is not (>= 0 and var row) || !fits(row, decision))
                continue;
            foreach (var (name, value) in decision.Labels)
            {
                if (!labels.Table.Has(name))
                {
                    throw new FaceBiasException(
                        $"The review gives '{decision.Id}' the label '{name}', which the labels do not have; they have "
                        + $"{labels.Table.Columns.Take(40).Select(c => c.Name).Quoted()}.");
                }
                if (!changes.TryGetValue(name, out var list))
                    changes.Add(name, list = []);
                list.Add((row, value));
            }
            labelled[row] = true;
        }
        if (changes.Count == 0)
            return labels;
        return labels with
        {
            Labelled = labelled,
            Table = new(labels.Table.Columns.Select(
                c => changes.TryGetValue(c.Name, out var list) ? Change(c, list, files) : c)),
        };
    }

    private static Column Change(Column column, List<(int Row, string Value)> changes, IReadOnlyList<ImageFile> files)
    {
        if (column is TextColumn text)
        {
            var codes = (int[])text.Codes.Clone();
            foreach (var (row, value) in changes)
            {
                codes[row] = value.Length == 0 ? -1 : Array.IndexOf(text.Levels, value);
                // A class that nothing has is more likely a slip of the pen than a discovery.
                if (codes[row] < 0 && value.Length > 0)
                {
                    throw new FaceBiasException(
                        $"The review gives '{files[row].Id}' the {column.Name} '{value}', which no image has; "
                        + $"use one of {text.Levels.Take(40).Quoted()}.");
                }
            }
            return new TextColumn(text.Name, codes, text.Levels);
        }
        var values = (double[])((NumberColumn)column).Values.Clone();
        foreach (var (row, value) in changes)
        {
            values[row] = value.Length == 0 ? double.NaN
                : double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                    && double.IsFinite(number) ? number
                : throw new FaceBiasException(
                    $"The review gives '{files[row].Id}' the {column.Name} '{value}', which is no number; correct it.");
        }
        return new NumberColumn(column.Name, values);
    }
}
