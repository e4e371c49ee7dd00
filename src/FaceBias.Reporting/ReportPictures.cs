using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

/// <summary>The pictures of a report, within a budget of bytes; each is in the file once.</summary>
internal sealed class ReportPictures(IReadOnlyDictionary<string, byte[]> thumbnails, int budget)
{
    private readonly HashSet<string> _shown = [];
    private int _left = budget;

    /// <summary>Ids whose pictures a report shows: of the worst predictions, of the wrong ones in the group that fails
    /// most, and of typical ones of slices.</summary>
    public static IReadOnlyCollection<string> Wanted(AuditResult audit)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var target in audit.Targets)
        {
            wanted.UnionWith(target.Worst.Select(w => w.Id));
            if (HtmlReport.Gravest(target) is { } gravest)
                wanted.UnionWith(WrongOf(audit, target, gravest.Grouping, gravest.Gap.Worst));
        }
        wanted.UnionWith(audit.Slices.Where(s => s.Confirmed).SelectMany(s => s.Examples ?? []));
        return wanted;
    }

    /// <summary>Ids of a few rows of a group that the model got wrong, the first of them; of numbers those with the
    /// largest errors.</summary>
    public static IReadOnlyList<string> WrongOf(AuditResult audit, TargetAudit target, GroupingAudit grouping,
        string? group, int most = 5)
    {
        if (audit.Data is not { } data || target.NoTruth
            || grouping.Groups.FirstOrDefault(g => g.Name() == group) is not { } worst)
            return [];
        var values = data.Targets.First(t => t.Name == target.Name);
        AttributeData[] attributes = [.. grouping.Attributes.Select(a => data.Attributes.First(x => x.Name == a))];
        int[] levels = [.. attributes.Select((a, i) => Array.IndexOf(a.Levels, worst.Levels[i]))];
        var rows = Enumerable.Range(0, data.RowCount).Where(
            r => values.HasTruth(r) && values.HasPrediction(r)
                && attributes.Select((a, i) => a.Codes[r] == levels[i]).All(x => x));
        rows = target.Kind == TargetKind.Numeric
            ? rows.OrderByDescending(r => Math.Abs(values.PredictedValue[r] - values.TruthValue[r]))
            : rows.Where(r => values.Truth[r] != values.Predicted[r]);
        return [.. rows.Take(most).Select(data.Id)];
    }

    /// <summary>A list of pictures; empty where none is at hand.</summary>
    /// <param name="items">Ids with what is said of them: in the alternative text, and visibly where
    /// <paramref name="captions"/>.</param>
    /// <param name="captions">Whether the words stand below the pictures.</param>
    public Html List(IEnumerable<(string Id, string Text, string Note)> items, bool captions = true)
    {
        var shown = new List<Html>();
        foreach (var (id, text, note) in items)
        {
            if (!thumbnails.TryGetValue(id, out var jpeg)
                || (!_shown.Contains(id) && (_left -= jpeg.Length * 4 / 3) < 0))
                continue;
            // A picture is in the file once; where it is shown again, the page's script takes it from there.
            var source = _shown.Add(id)
                ? $"src=\"data:image/jpeg;base64,{Convert.ToBase64String(jpeg)}\"" : "src=\"data:,\" data-again";
            shown.Add(Html.Of(
                $"<li><img {new Html(source)} data-id=\"{id}\" alt=\"Face {id}: "
                    + $"{text}\">{(captions ? Html.Of($"<b>{text}</b>{note}") : Html.Empty)}</li>"));
        }
        return shown.Count == 0 ? Html.Empty
            : Html.Of($"<ul class=\"faces{new Html(captions ? "" : " few")}\">{shown}</ul>");
    }
}
