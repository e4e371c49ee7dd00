namespace FaceBias.Reporting;

/// <summary>A cell of a heat map; strength 0 to 1 is how bad it is, null for a cell without a value.</summary>
internal sealed record HeatCell(string Row, string Column, string Value, string Note, double? Strength);

/// <summary>A table whose cells are the more orange the worse they are, and grey where nothing can be said: one meaning
/// of colour in all of them. Each cell has its value as text.</summary>
internal static class HeatTable
{
    private const int Shades = 9;

    public static Html Draw(string caption, string corner, IEnumerable<HeatCell> cells)
    {
        HeatCell[] all = [.. cells];
        string[] columns = [.. all.Select(c => c.Column).Distinct()];
        return Html.Of($"""
            <div class="scroll" tabindex="0" role="group" aria-label="{caption}"><table class="heat"><caption><span>{caption}</span></caption>
            <thead><tr><th scope="col">{corner}</th>{columns.Select(c => Html.Of($"<th scope=\"col\">{c}</th>"))}</tr></thead>
            <tbody>{all.GroupBy(c => c.Row).Select(row => Html.Of($"<tr><th scope=\"row\">{row.Key}</th>{columns.Select(c => Cell(row.FirstOrDefault(x => x.Column == c)))}</tr>"))}</tbody></table></div>
            """);
    }

    private static Html Cell(HeatCell? cell) => cell is null ? new("<td></td>")
        : Html.Of($"<td class=\"{Shade(cell.Strength)}\">{cell.Value}<small>{cell.Note}</small></td>");

    /// <summary>The class of a shade: h0 to h8, or hx where there is no value.</summary>
    public static string Shade(double? strength) =>
        strength is { } s ? $"h{(int)Math.Round(Math.Clamp(s, 0, 1) * (Shades - 1))}" : "hx";
}
