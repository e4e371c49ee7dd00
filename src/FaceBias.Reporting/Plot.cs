using System.Text;

namespace FaceBias.Reporting;

/// <summary>A point of a drawing; with an interval where one is known.</summary>
internal readonly record struct PlotPoint(double X, double Y, double? Low = null, double? High = null);

/// <summary>
/// A drawing over two axes: curves, points, bars, areas. The marks are one SVG that stretches with the page while
/// strokes and points keep their size; names and ticks are text beside it, so they stay readable at every width. No
/// script is needed.
/// </summary>
/// <param name="name">What it shows, for those who cannot see it.</param>
internal sealed class Plot(string name, LinearAxis x, LinearAxis y)
{
    private const double Scale = 10;
    private readonly StringBuilder _marks = new();
    private readonly List<(string Css, string Title)> _legend = [];

    public string XTitle { get; init; } = "";

    public string YTitle { get; init; } = "";

    /// <summary>Names for places on the horizontal axis, instead of numbers.</summary>
    public IReadOnlyList<(double At, string Text)>? XTicks { get; init; }

    /// <summary>Height in rem.</summary>
    public double Height { get; init; } = 14;

    /// <summary>The class of the n-th of several series: six colours that stay apart for all kinds of colour vision,
    /// then again dashed.</summary>
    public static string Series(int index) => $"s{index % 6}{(index / 6 % 2 == 1 ? " dashed" : "")}";

    public Plot Line(IEnumerable<PlotPoint> points, string css, string? title = null, bool steps = false)
    {
        var path = new StringBuilder();
        foreach (var p in points)
            path.Append(path.Length == 0 ? $"M{X(p.X)} {Y(p.Y)}" : steps
                ? $"H{X(p.X)}V{Y(p.Y)}" : $"L{X(p.X)} {Y(p.Y)}");
        return Mark(path, $"line {css}", title);
    }

    public Plot Points(IEnumerable<PlotPoint> points, string css, string? title = null)
    {
        var path = new StringBuilder();
        foreach (var p in points)
            path.Append($"M{X(p.X)} {Y(p.Y)}h.01");
        return Mark(path, $"point {css}", title);
    }

    /// <summary>A line per point from the lower to the upper end of its interval.</summary>
    public Plot Intervals(IEnumerable<PlotPoint> points, string css) => Mark(points.Where(p => p.Low is not null)
        .Aggregate(new StringBuilder(), (path, p) => path.Append($"M{X(p.X)} {Y(p.Low!.Value)}V{Y(p.High!.Value)}")),
        $"interval {css}", null);

    public Plot Area(IReadOnlyList<PlotPoint> points, string css)
    {
        PlotPoint[] known = [.. points.Where(p => p.Low is not null)];
        if (known.Length < 2)
            return this;
        var path = new StringBuilder("M").AppendJoin('L',
            known.Select(p => $"{X(p.X)} {Y(p.High!.Value)}").Concat(
                known.Reverse().Select(p => $"{X(p.X)} {Y(p.Low!.Value)}"))).Append('Z');
        return Mark(path, $"area {css}", null);
    }

    public Plot Bars(IEnumerable<(double From, double To, double Height)> bars, string css, string? title = null) =>
        Mark(bars
        .Aggregate(new StringBuilder(),
            (path, b) => path.Append($"M{X(b.From)} {Y(0)}V{Y(b.Height)}H{X(b.To)}V{Y(0)}Z")), $"box {css}", title);

    /// <summary>A straight line between two places, such as where two values are equal.</summary>
    public Plot Rule(double x1, double y1, double x2, double y2, string css = "reference", string? title = null) =>
        Mark(new StringBuilder($"M{X(x1)} {Y(y1)}L{X(x2)} {Y(y2)}"), css, title);

    public Html Draw() => Html.Of($"""
        <div class="plot" role="img" aria-label="{name}">{(_legend.Count == 0 ? Html.Empty : Html.Of($"<p class=\"legend\">{_legend.Select(l => Html.Of($"<span><i class=\"{l.Css}\"></i>{l.Title}</span>"))}</p>"))}
        <p class="yname">{YTitle}</p>
        <div class="field" style="height:{Height:0.#}rem"><div class="yticks">{y.Ticks.Select(v => Html.Of($"<span style=\"bottom:{y.Percent(v):0.##}%\">{y.Text(v)}</span>"))}</div>
        <div class="marks"><svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true"><path class="grid" d="{new Html(Grid())}"/>{new Html(_marks.ToString())}</svg></div>
        <div class="xticks">{(XTicks ?? [.. x.Ticks.Select(v => (v, x.Text(v)))]).Select(t => Html.Of($"<span style=\"left:{x.Percent(t.At):0.##}%\">{t.Text}</span>"))}</div></div>
        <p class="xname">{XTitle}</p></div>
        """);

    private Plot Mark(StringBuilder path, string css, string? title)
    {
        if (path.Length > 0)
            _marks.Append("<path class=\"").Append(css).Append("\" d=\"").Append(path).Append("\"/>");
        if (title is not null && path.Length > 0)
            _legend.Add((css, title));
        return this;
    }

    private string Grid() => string.Concat(y.Ticks.Select(v => $"M0 {Y(v)}H1000"));

    private string X(double value) => Number(Scale * x.Percent(Math.Clamp(value, x.Low, x.High)));

    private string Y(double value) => Number(1000 - (Scale * y.Percent(Math.Clamp(value, y.Low, y.High))));

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
