using FaceBias.Core.Heads.Model;

namespace FaceBias.Reporting;

/// <summary>One chart of a training history: a line per series.</summary>
internal static class TrainingChart
{
    public static Html Of(IGrouping<string, TrainingPoint> chart)
    {
        var plot = new Plot($"{chart.Key} by epoch",
            LinearAxis.Of([.. chart.Select(p => (double)p.Epoch)], whole: true),
            LinearAxis.Of([.. chart.Select(p => p.Value)])) { XTitle = "epoch", Height = 10 };
        foreach (var (series, i) in chart.GroupBy(p => p.Series).Select((s, i) => (s, i)))
        {
            PlotPoint[] points = [.. series.OrderBy(p => p.Epoch).Select(p => new PlotPoint(p.Epoch, p.Value))];
            plot.Line(points, Plot.Series(i), series.Key[(series.Key.IndexOf('/', StringComparison.Ordinal) + 1)..]);
            if (points.Length <= 30)
                plot.Points(points, $"small {Plot.Series(i)}");
        }
        return Html.Of($"<figure><h3>{MetricText.Title(chart.Key)}</h3>{plot.Draw()}</figure>");
    }
}
