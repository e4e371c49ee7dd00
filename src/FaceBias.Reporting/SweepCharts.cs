using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Reporting;

/// <summary>The drawings of a sweep's page.</summary>
internal static class SweepCharts
{
    /// <summary>How trials end, with the class of their marks: one meaning in all charts.</summary>
    private static readonly (string State, string Css)[] s_states =
        [("measured", "s0"), ("breaks a constraint", "s1"), ("ended early", "s4 faint"), ("failed", "s3")];

    /// <summary>The objective over the trials, and the best so far as a line.</summary>
    public static Html History(IReadOnlyList<Trial> trials, Func<double, double> readable, string title, bool isError)
    {
        Trial[] known = [.. trials.Where(t => double.IsFinite(t.Loss))];
        if (known.Length == 0)
            return Parts.Text("No trial has a value.");
        var plot = new Plot("The objective over the trials", Trials(known), Objective(known, readable, isError))
            { XTitle = "trial", YTitle = title };
        var best = double.PositiveInfinity;
        List<PlotPoint> line = [];
        foreach (var t in known)
        {
            best = t.IsFeasible ? Math.Min(best, t.Loss) : best;
            if (double.IsFinite(best))
                line.Add(new(t.Number, readable(best)));
        }
        ByState(plot, known, t => new(t.Number, readable(t.Loss)), legend: true);
        return plot.Line(line, "s0", "best so far", steps: true).Draw();
    }

    /// <summary>The axis of an objective. The worst tenth of the trials stands at the edge: one hopeless trial would
    /// press all others into a line.</summary>
    private static LinearAxis Objective(IReadOnlyCollection<Trial> trials, Func<double, double> readable, bool isError)
    {
        double[] losses = [.. trials.Select(t => t.Loss).Where(double.IsFinite).Order()];
        double best = losses[0], worst = Quantiles.Linear(losses, 0.9),
            margin = Math.Max(1e-6, 0.02 * (worst - best));
        return LinearAxis.Of([readable(best - margin), readable(worst + margin)]) with { IsRate = !isError };
    }

    private static LinearAxis Trials(IReadOnlyCollection<Trial> trials) =>
        LinearAxis.Of([trials.Min(t => t.Number), trials.Max(t => t.Number)], ticks: 8, whole: true);

    private static void ByState(Plot plot, IEnumerable<Trial> trials, Func<Trial, PlotPoint> at, bool legend)
    {
        foreach (var group in trials.GroupBy(State))
            plot.Points(group.Select(at), $"small {s_states.First(s => s.State == group.Key).Css}",
                legend ? group.Key : null);
    }

    /// <summary>A line per trial across an axis per parameter; the best tenth stands out.</summary>
    public static Html Parallel(IReadOnlyList<Trial> trials, IReadOnlyList<string> names)
    {
        var order = TrialOrder.Sort(trials.Where(t => t.Result is not null));
        var plot = new Plot("Each trial's values, low to high, across the parameters",
            LinearAxis.Of([0, names.Count - 1]), LinearAxis.Of([0, 1]))
        { XTicks = [.. names.Select((n, i) => ((double)i, $"{i + 1}"))], YTitle = "position in its range",
            Height = 16 };
        var tenth = Math.Max(1, order.Count / 10);
        for (var rank = order.Count - 1; rank >= 0; rank--)
        {
            var (configuration, positions) = (order[rank].Configuration, order[rank].Configuration.Positions());
            plot.Line(names.Select((n, i) => (Name: n, At: i)).Where(p => configuration.Has(p.Name))
                .Select(p => new PlotPoint(p.At, positions[configuration.Space.IndexOf(p.Name)])),
                rank < tenth ? "s0" : "thin s4 faint",
                rank == 0 ? "best tenth" : rank == order.Count - 1 && rank >= tenth ? "other trials" : null);
        }
        return plot.Draw();
    }

    /// <summary>A dot per parameter.</summary>
    public static DotChart Importance(IReadOnlyList<(string Name, double Share)> shares) => new()
    {
        Axis = "Share of the importance", IsRate = true, Include = [0], LineTitle = null,
        Rows = [.. shares.Select(
            s => new DotRow(s.Name, "", s.Share, 0, s.Share, s.Share.ToString("0.0%", CultureInfo.InvariantCulture)))],
    };

    /// <summary>The objective against single parameters, one panel each.</summary>
    public static IEnumerable<Html> Slices(IReadOnlyList<Trial> trials, IReadOnlyList<Parameter> parameters,
        Func<double, double> readable, string title, bool isError)
    {
        foreach (var p in parameters)
        {
            Trial[] known = [.. trials.Where(t => double.IsFinite(t.Loss) && t.Configuration.Has(p.Name))];
            if (known.Length == 0)
                continue;
            var log = p is NumberParameter { Log: true };
            string[] choices = p is ChoiceParameter
                ? [.. known.Select(t => t.Configuration.Text(p.Name)).Distinct().Order(StringComparer.Ordinal)] : [];
            double At(Trial t) => p is ChoiceParameter ? Array.IndexOf(choices, t.Configuration.Text(p.Name))
                : log ? Math.Log10(t.Configuration.Number(p.Name)) : t.Configuration.Number(p.Name);
            // Long names would lie over each other.
            var numbered = choices.Length > 4 || choices.Sum(c => c.Length) > 20;
            var x = LinearAxis.Of([.. known.Select(At)], ticks: 3);
            if (log && x.Step < 1)
                x = x with { Step = x.High - x.Low >= 1 ? 1 : x.Step };
            var plot = new Plot($"{title} against {p.Name}", x, Objective(known, readable, isError))
            {
                Height = 9, YTitle = title,
                XTitle = numbered ? $"{p.Name}: {string.Join(", ", choices.Select((c, i) => $"{i + 1} {c}"))}" : p.Name,
                XTicks = p is ChoiceParameter ? [.. choices.Select((c, i) => ((double)i, numbered ? $"{i + 1}" : c))]
                    : log ? [.. x.Ticks.Select(
                        v => (v, Math.Pow(10, v).ToString("0.#####", CultureInfo.InvariantCulture)))] : null,
            };
            ByState(plot, known, t => new(At(t), readable(t.Loss)), legend: false);
            yield return Html.Of($"<figure>{plot.Draw()}</figure>");
        }
    }

    /// <summary>Average against gap, with intervals for the trials that none dominates.</summary>
    public static Html Frontier(IReadOnlyList<FrontierPoint> points, bool isError, int winner)
    {
        FrontierPoint[] front = [.. points.Where(p => p.OnFront)];
        var x = LinearAxis.Of([.. points.Select(p => p.Average.Value),
            .. front.SelectMany(p => new[] { p.Average.Low, p.Average.High })]) with { IsRate = !isError };
        var y = LinearAxis.Of(
            [.. points.Select(p => p.Gap.Value), .. front.SelectMany(p => new[] { p.Gap.Low, p.Gap.High })]) with
                { IsRate = !isError };
        var plot = new Plot("Average against gap for every measured trial", x, y)
        {
            XTitle = isError ? "mean absolute error over all validation images" : "accuracy over all validation images",
            YTitle = "gap between best and worst group", Height = 18,
        };
        PlotPoint Point(FrontierPoint p) => new(p.Average.Value, p.Gap.Value, p.Gap.Low, p.Gap.High);
        plot.Points(points.Where(p => !p.OnFront).Select(Point), "small s4 faint", "dominated: another is better in both");
        plot.Intervals(front.Select(Point), "s0");
        foreach (var p in front)
            plot.Rule(p.Average.Low, p.Gap.Value, p.Average.High, p.Gap.Value, "interval s0");
        plot.Points(front.Select(Point), "s0", "on the frontier");
        if (points.FirstOrDefault(p => p.Trial == winner) is { } best)
            plot.Points([Point(best)], "s1", "winner");
        return plot.Draw();
    }

    /// <summary>Time of each trial.</summary>
    public static Html Cost(IReadOnlyList<Trial> trials)
    {
        if (trials.Count == 0)
            return Html.Empty;
        var plot = new Plot("Seconds of each trial",
            LinearAxis.Of([trials.Min(t => t.Number) - 0.5, trials.Max(t => t.Number) + 0.5], ticks: 8, whole: true),
            LinearAxis.Of([0, trials.Max(t => t.Seconds)])) { XTitle = "trial", YTitle = "seconds", Height = 9 };
        foreach (var group in trials.GroupBy(State))
            plot.Bars(group.Select(t => (t.Number - 0.4, t.Number + 0.4, t.Seconds)),
                s_states.First(s => s.State == group.Key).Css, group.Key);
        return plot.Draw();
    }

    /// <summary>How a trial ended, in words.</summary>
    public static string State(Trial t) => t.State switch
    {
        TrialState.Pruned => "ended early",
        TrialState.Failed => "failed",
        _ => t.IsFeasible ? "measured" : "breaks a constraint",
    };
}
