namespace FaceBias.Reporting;

/// <summary>A group in a chart of dots.</summary>
/// <param name="N">What it rests on: "n = 312".</param>
/// <param name="Value">Where the dot stands; null for a group too small for a point estimate.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="Text">The value and its interval in words, or the reason why there is none.</param>
internal sealed record DotRow(string Label, string N, double? Value, double? Low, double? High, string Text)
{
    /// <summary>What a group of this size would show by chance if it were like all rows.</summary>
    public (double Low, double High)? Chance { get; init; }

    /// <summary>A second value to compare with, drawn hollow: before a repair, or the reference of a bin.</summary>
    public double? Hollow { get; init; }

    /// <summary>"worst", "best", "chosen" or "quiet".</summary>
    public string Kind { get; init; } = "";
}

/// <summary>The one form in which groups are compared, of rates, errors, gaps, coverage, before and after: a line per
/// group with its dot, its interval and n, the margin as a band, what chance alone would show as a shade. It is text
/// and boxes, so that it is read without scripts, wraps on a phone and prints.</summary>
internal sealed record DotChart
{
    /// <summary>The name of the axis, with its unit.</summary>
    public required string Axis { get; init; }

    /// <summary>The groups, in their natural order.</summary>
    public required IReadOnlyList<DotRow> Rows { get; init; }

    /// <summary>Whether the axis is a share of one.</summary>
    public bool IsRate { get; init; }

    /// <summary>Values that differ by less than matters from the best.</summary>
    public (double Low, double High)? Band { get; init; }

    /// <summary>What the band is, for the legend.</summary>
    public string BandTitle { get; init; } = "within the margin of the best";

    /// <summary>The value of all rows, or of what is compared with: a dashed line.</summary>
    public double? Reference { get; init; }

    /// <summary>What the dashed line is.</summary>
    public string ReferenceTitle { get; init; } = "all rows";

    /// <summary>What the lines are; null where they only lead to their dots.</summary>
    public string? LineTitle { get; init; } = "interval";

    public string? HollowTitle { get; init; }

    /// <summary>Where the axis must at least reach.</summary>
    public IReadOnlyList<double> Include { get; init; } = [];

    public Html Draw()
    {
        double[] all = [
            .. Rows.SelectMany(r => new[] { r.Value, r.Low, r.High, r.Hollow }).Append(Reference).OfType<double>()
                .Concat(Include)];
        if (all.Length == 0)
            return Parts.List(Rows.Select(r => $"{r.Label}: {r.Text}"));
        var axis = LinearAxis.Of(all, IsRate ? (0, 1) : null);
        return Html.Of($"""
            <div class="dots"><ul>
            {Rows.Select(Row)}
            <li class="axis" aria-hidden="true"><span></span><div class="track">{axis.Ticks.Select(Tick)}</div><span></span></li></ul>
            <p class="legend"><b>{Axis}</b>{Legend()}</p></div>
            """);

        double At(double value) => axis.Percent(Math.Clamp(value, axis.Low, axis.High));
        Html Tick(double value) => Html.Of($"<span style=\"left:{At(value):0.##}%\">{axis.Text(value)}</span>");
        Html Span(string css, double low, double high) =>
            Html.Of($"<i class=\"{css}\" style=\"left:{At(low):0.##}%;width:{At(high) - At(low):0.##}%\"></i>");
        Html Point(string css, double? at) =>
            at is { } v ? Html.Of($"<i class=\"{css}\" style=\"left:{At(v):0.##}%\"></i>") : Html.Empty;

        Html Row(DotRow row) => Html.Of($"""
            <li{Parts.Class(row.Value is null ? "quiet " + row.Kind : row.Kind)}><span class="label">{row.Label} <small>{row.N}</small></span><div class="track" aria-hidden="true">{(Band is { } b ? Span("band", b.Low, b.High) : Html.Empty)}{(row.Chance is { } c ? Span("chance", c.Low, c.High) : Html.Empty)}{Point("reference", Reference)}{(row is { Low: { } low, High: { } high } ? Span("bar", low, high) : Html.Empty)}{Point("hollow", row.Hollow)}{Point("dot", row.Value)}</div><span class="value">{row.Text}</span></li>
            """);

        IEnumerable<Html> Legend()
        {
            Html Key(string css, string text) => Html.Of($"<span><i class=\"{css}\"></i>{text}</span>");
            if (HollowTitle is { } hollow)
                yield return Key("hollow", hollow);
            if (LineTitle is { } line && Rows.Any(r => r.Low is not null))
                yield return Key("bar", line);
            if (Reference is not null)
                yield return Key("reference", ReferenceTitle);
            if (Rows.Any(r => r.Chance is not null))
                yield return Key("chance", "what chance alone shows in a group of this size");
            if (Band is not null)
                yield return Key("band", BandTitle);
        }
    }
}

/// <summary>An axis with round ticks that holds all values.</summary>
internal sealed record LinearAxis(double Low, double High, double Step, bool IsRate)
{
    public IEnumerable<double> Ticks =>
        Enumerable.Range(0, 1 + (int)Math.Floor((High - First) / Step + 1e-9)).Select(i => First + (i * Step));

    private double First => Math.Ceiling((Low / Step) - 1e-9) * Step;

    /// <param name="limits">The limits of a rate; null for other numbers.</param>
    /// <param name="ticks">About how many ticks.</param>
    /// <param name="whole">Whether it counts, so that ticks are whole numbers.</param>
    public static LinearAxis Of(IReadOnlyCollection<double> values, (double Low, double High)? limits = null,
        int ticks = 5, bool whole = false)
    {
        double low = values.Min(), high = values.Max(), span = high - low;
        // Sums in another order differ in their last digits.
        if (span <= 1e-9 * Math.Max(1, Math.Abs(high)))
            span = limits is null ? Math.Max(Math.Abs(high), 1) : 0.1;
        (low, high) = (low - (0.04 * span), high + (0.04 * span));
        if (limits is { } l)
            (low, high) = (Math.Max(low, l.Low - (0.01 * span)), Math.Min(high, l.High + (0.01 * span)));
        var rough = (high - low) / ticks;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * new[] { 1, 2, 2.5, 5, 10 }.First(f => f * power >= rough * 0.999);
        return new(low, high, whole ? Math.Max(1, Math.Ceiling(step)) : step, limits is not null);
    }

    public double Percent(double value) => 100 * (value - Low) / (High - Low);

    public string Text(double value)
    {
        var (scaled, step) = IsRate ? (100 * value, 100 * Step) : (value, Step);
        var digits = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9) + (step is 2.5 or 0.25 or 0.025 ? 1 : 0), 0,
            8);
        // Adding zero takes the sign from a zero that was a little below.
        return (Math.Round(scaled, digits) + 0.0).ToString(
            (digits == 0 && Math.Abs(scaled) >= 10_000 ? "N" : "F") + digits, CultureInfo.InvariantCulture)
            + (IsRate ? "%" : "");
    }
}
