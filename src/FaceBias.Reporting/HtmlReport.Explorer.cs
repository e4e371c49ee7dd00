using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

internal static partial class HtmlReport
{
    /// <summary>The rows, for a reader's own questions: two attributes crossed, cohorts, thresholds. What it shows is
    /// made in the browser by <c>Assets/explorer.js</c>, offline.</summary>
    private static Html Explorer(ReportInput input, ReportPictures pictures)
    {
        if (input.Audit.Data is not { } data || data.Attributes.Count == 0)
            return Html.Empty;
        // It begins with what the first screen names.
        var gravest = input.Audit.Targets.OrderBy(t => t.Kind == TargetKind.Numeric)
            .Select((t, i) => (Target: t, Worst: Gravest(t))).FirstOrDefault(x => x.Worst is not null);
        string[] crossed =
            [.. (gravest.Worst?.Grouping.Attributes ?? []).Concat(
                FindingText.Ranked(input.Audit.Targets, []).Select(s => s.Finding.Attribute))
                .Concat(data.Attributes.Select(a => a.Name)).Distinct().Take(2)];
        int At(int i) => data.Attributes.ToList().FindIndex(a => a.Name == crossed[Math.Min(i, crossed.Length - 1)]);
        var target = Math.Max(0, input.Audit.Targets.ToList().IndexOf(gravest.Target!));
        return Html.Of($"""
            {Parts.Text("Estimates with 95% intervals of any part of the audited rows, not corrected for how many you look at: what you find here asks for new data to confirm it.", "quiet")}
            <noscript>{Parts.Text("This part needs scripts; without them the crossed groups stand as tables under All metrics.")}</noscript>
            <div id="explorer" class="screen" data-target="{target}" data-rows="{At(0)}" data-columns="{At(1)}"></div>
            {Html.Json("rows", ExplorerData.Of(input.Audit, data))}
            """);
    }
}
