namespace FaceBias.Reporting;

internal static partial class HtmlReport
{
    private const int MostCurves = 8;

    /// <summary>Whether sets and intervals hold the truth as often as they should, and for whom.</summary>
    private static Html Coverage(ReportInput input, ReportPictures pictures)
    {
        TargetAudit[] covered = [.. input.Audit.Targets.Where(t => t.Coverage is not null)];
        return covered.Length == 0 ? Html.Empty : Html.Of($"""
            {Parts.Text("A prediction set names every label that may be true, an interval every number, and both promise to hold the truth at a nominal rate. A rate over all rows can be kept at the cost of some group.", "quiet")}
            {covered.Select(Target)}
            """);

        static Html Target(TargetAudit target) => Html.Of($"""
            {Parts.Heading(MetricText.Title(target.Name))}
            {Parts.Text(target.Coverage!.Sentence)}
            {Single(target).Where(g => g.Coverage.Count > 0).Take(MostPairs).Select(g => Chart(target, g))}
            {Parts.Fold("Crossed groups", CoverageTable(target, [.. target.Groupings.Where(g => g.Attributes.Count > 1)]))}
            """);

        static Html Chart(TargetAudit target, GroupingAudit grouping)
        {
            var coverage = target.Coverage!;
            var chart = new DotChart
            {
                Axis = $"Coverage of {target.Name} by {grouping.Attributes[0]}", IsRate = true,
                Reference = coverage.Level, ReferenceTitle = "nominal",
                Rows = [.. grouping.Groups.Zip(grouping.Coverage).Where(x => x.Second.Coverage.Denominator > 0)
                    .Take(Parts.LongestTable).Select(x => new DotRow(
                    x.First.Name(), $"n = {MetricText.Count(x.Second.Coverage.Denominator)}", x.Second.Coverage.Value,
                    x.Second.Coverage.Low, x.Second.Coverage.High,
                    x.Second.Coverage.Value is null ? "too few rows"
                        : $"{MetricText.Full(x.Second.Coverage)}, {Size(target, x.Second)}")
                {
                    Kind = x.Second.Verdict == CoverageVerdict.Below ? "worst" : "",
                    Chance = x.Second.Expected is { } e ? (e.Low, e.High) : null,
                })],
            };
            var gap = coverage.Gaps.FirstOrDefault(g => g.Attribute == grouping.Attributes[0])?.Mean is { } mean
                ? FormattableString.Invariant(
                    $" The groups are {100 * mean:0.0} points off the nominal coverage on average.") : "";
            var chance = grouping.Coverage.Any(c => c.Expected is not null)
                ? " The shade is where the coverage lies by the luck of so few calibration rows alone." : "";
            return Parts.Figure(chart.Draw(),
                $"Dots are shares of rows whose truth is inside, lines their exact intervals; a group in orange is covered less than promised.{chance}{gap}", CoverageTable(target, [grouping]));
        }
    }

    private static string Size(TargetAudit target, GroupCoverage c) =>
        c.Size.Value is not { } size ? "" : target.Coverage!.Kind == "set"
        ? FormattableString.Invariant($"{size:0.00} labels")
        : FormattableString.Invariant($"width {size:0.0}{(target.Unit is { } unit ? " " + unit : "")}");

    private static Html CoverageTable(TargetAudit target, GroupingAudit[] groupings)
    {
        var rows = groupings.SelectMany(
            g => g.Groups.Zip(g.Coverage, (a, c) => (Group: a, By: g.Attributes, Coverage: c)))
            .Where(x => x.Coverage.Coverage.Denominator > 0)
            .OrderBy(x => x.Coverage.AdjustedP ?? 2).ToArray();
        return rows.Length == 0 ? Html.Empty
            : Parts.Table(Parts.Shown($"Coverage of {target.Name}", rows.Length),
                ["Group", "By", "n", "Coverage", "Nominal", "p", target.Coverage!.Kind == "set" ? "Set size" : "Width",
                    "Empty", "Full"],
            rows.Take(Parts.LongestTable).Select(
                x => (string[])[x.Group.Name(), string.Join(" × ", x.By),
                    MetricText.Count(x.Coverage.Coverage.Denominator), MetricText.Full(x.Coverage.Coverage),
                x.Coverage.Verdict switch { CoverageVerdict.Nominal => "inside the interval",
                    CoverageVerdict.Below => "below nominal", CoverageVerdict.Above => "above nominal", _ => "–" },
                MetricText.P(x.Coverage.AdjustedP), MetricText.Full(x.Coverage.Size),
                MetricText.Count(x.Coverage.Empty),
                MetricText.Count(x.Coverage.Full)]), 2, 3, 5, 6, 7, 8);
    }

    /// <summary>What abstaining on unsure rows does to each group.</summary>
    private static Html Abstaining(ReportInput input, ReportPictures pictures)
    {
        TargetAudit[] targets = [.. input.Audit.Targets.Where(t => t.Selective.Count > 0)];
        return targets.Length == 0 ? Html.Empty : Html.Of($"""
            {Parts.Text("Where a model gives no answer to the pictures it is least sure of, fewer answers are wrong; but the gap between groups can widen, and the answers for a group can get worse. Each line is a group's risk where one limit of certainty holds for all: further to the left, fewer pictures are answered.", "quiet")}
            {targets.SelectMany(t => t.Selective.Select(s => Target(t, s)))}
            """);

        static Html Target(TargetAudit target, SelectiveAudit selective) => Html.Of($"""
            {Parts.Heading($"{MetricText.Title(target.Name)}, by {selective.Column.Replace('_', ' ')}")}
            {Parts.List(selective.Verdicts.Select(v => MetricText.Title(v.Sentence)))}
            <div class="plots">{selective.Groups.GroupBy(g => g.Attribute).Take(MostPairs).Select(g => Panel(target, selective, [.. g]))}</div>
            {Parts.Fold("The numbers", SelectiveTable(target, selective))}
            """);

        static Html Panel(TargetAudit target, SelectiveAudit selective, SelectiveCurve[] curves)
        {
            var rate = selective.Risk == "error";
            SelectiveCurve[] shown = [.. curves.OrderByDescending(c => c.N).Take(MostCurves)];
            PlotPoint[][] lines =
                [.. shown.Select(
                    c => c.Points.Where(p => p.Risk is not null).Select(p => new PlotPoint(p.Coverage, p.Risk!.Value))
                        .ToArray())];
            var y = LinearAxis.Of([0, .. lines.SelectMany(l => l.Select(p => p.Y))], rate ? (0, 1) : null);
            var plot = new Plot($"Risk over coverage of {target.Name} by {curves[0].Attribute}",
                LinearAxis.Of([0, 1], (0, 1)), y)
            { XTitle = "share of all pictures that is answered",
                YTitle = $"{(rate ? "share wrong" : $"mean absolute error{(target.Unit is { } unit ? " in " + unit : "")}")}, by {curves[0].Attribute}" };
            for (var i = 0; i < lines.Length; i++)
                plot.Line(lines[i], Plot.Series(i), $"{shown[i].Group} (n = {MetricText.Count(shown[i].N)})")
                    .Points(lines[i], $"small {Plot.Series(i)}");
            return Parts.Figure(plot.Draw(),
                shown.Length < curves.Length
                    ? $"The {MostCurves} largest of {curves.Length} groups." : $"Risk over coverage by {curves[0].Attribute}.");
        }
    }

    private static Html SelectiveTable(TargetAudit target, SelectiveAudit selective)
    {
        var share = selective.Verdicts.Count > 0 ? selective.Verdicts[0].Coverage : 0.8;
        string Text(double? v) => v is not { } x ? "–"
            : selective.Risk == "error" ? FormattableString.Invariant($"{100 * x:0.0}%")
                : FormattableString.Invariant($"{x:0.00}");
        return Parts.Table(
            Parts.Shown(FormattableString.Invariant(
                $"Risk of {target.Name} with all pictures answered and with the surest {100 * share:0}%"),
                selective.Groups.Count + 1),
            ["Group", "By", "n", "AURC", "AUGRC", "Excess AURC", "All answered", "Surest answered", "Group-agnostic",
                "Robin Hood", "Share of the group answered"],
            selective.Groups.Prepend(selective.Overall).Take(Parts.LongestTable).Select(
                c => (c, At: c.Points.FirstOrDefault(p => p.Coverage <= share + 1e-9) ?? c.Points[^1]))
                .Select(x => (string[])[x.c.Group, x.c.Attribute.Length == 0 ? "–" : x.c.Attribute,
                MetricText.Count(x.c.N), FormattableString.Invariant($"{x.c.Aurc:0.0000}"),
                FormattableString.Invariant($"{x.c.Augrc:0.0000}"),
                FormattableString.Invariant($"{x.c.ExcessAurc:0.0000}"),
                Text(x.c.Points[0].Risk), Text(x.At.Risk), Text(x.At.Agnostic), Text(x.At.RobinHood),
                FormattableString.Invariant($"{100 * x.At.Answered:0.0}%")]), 2, 3, 4, 5, 6, 7, 8, 9, 10);
    }
}
