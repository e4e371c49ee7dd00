using System.Text;

namespace FaceBias.Synthesis;

/// <summary>A drawing of 200 x 200 units as SVG text. Whatever is drawn later lies on top.</summary>
internal sealed class SvgCanvas
{
    public const int Size = 200;

    private readonly StringBuilder _body = new(16_384);
    private readonly StringBuilder _definitions = new(4_096);
    private int _ids;

    public void Fill(SvgPath path, string paint, double opacity = 1) =>
        _body.Append(CultureInfo.InvariantCulture, $"<path d=\"{path}\" fill=\"{paint}\"{Opacity("fill", opacity)}/>");

    public void Fill(SvgPath path, Rgb colour, double opacity = 1) => Fill(path, colour.ToString(), opacity);

    public void Stroke(SvgPath path, Rgb colour, double width, double opacity = 1) =>
        _body.Append(CultureInfo.InvariantCulture,
            $"<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width:0.##}\" "
                + $"stroke-linecap=\"round\" stroke-linejoin=\"round\"{Opacity("stroke", opacity)}/>");

    public void Ellipse(double x, double y, double rx, double ry, string paint, double opacity = 1) =>
        _body.Append(CultureInfo.InvariantCulture,
            $"<ellipse cx=\"{x:0.##}\" cy=\"{y:0.##}\" rx=\"{Math.Max(rx, 0):0.##}\" ry=\"{Math.Max(ry, 0):0.##}\" "
                + $"fill=\"{paint}\"{Opacity("fill", opacity)}/>");

    public void Ellipse(double x, double y, double rx, double ry, Rgb colour, double opacity = 1) =>
        Ellipse(x, y, rx, ry, colour.ToString(), opacity);

    public void Rect(double x, double y, double width, double height, string paint, double opacity = 1,
        double round = 0) =>
        _body.Append(CultureInfo.InvariantCulture,
            $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\" rx=\"{round:0.##}\" "
                + $"fill=\"{paint}\"{Opacity("fill", opacity)}/>");

    public void Rect(double x, double y, double width, double height, Rgb colour, double opacity = 1,
        double round = 0) =>
        Rect(x, y, width, height, colour.ToString(), opacity, round);

    /// <summary>A radial gradient in drawing units; returns the paint that uses it.</summary>
    public string Radial(double x, double y, double r,
        params ReadOnlySpan<(double At, Rgb Colour, double Opacity)> stops)
    {
        var id = NextId();
        _definitions.Append(CultureInfo.InvariantCulture,
            $"<radialGradient id=\"{id}\" gradientUnits=\"userSpaceOnUse\" cx=\"{x:0.##}\" cy=\"{y:0.##}\" "
                + $"r=\"{r:0.##}\">");
        Stops(stops);
        _definitions.Append("</radialGradient>");
        return $"url(#{id})";
    }

    /// <summary>A linear gradient in drawing units; returns the paint that uses it.</summary>
    public string Linear(
        double x1, double y1, double x2, double y2, params ReadOnlySpan<(double At, Rgb Colour, double Opacity)> stops)
    {
        var id = NextId();
        _definitions.Append(CultureInfo.InvariantCulture,
            $"<linearGradient id=\"{id}\" gradientUnits=\"userSpaceOnUse\" x1=\"{x1:0.##}\" y1=\"{y1:0.##}\" "
                + $"x2=\"{x2:0.##}\" y2=\"{y2:0.##}\">");
        Stops(stops);
        _definitions.Append("</linearGradient>");
        return $"url(#{id})";
    }

    /// <summary>What is drawn until the result is disposed is cut at the outline.</summary>
    public IDisposable Clip(SvgPath outline)
    {
        var id = NextId();
        _definitions.Append(CultureInfo.InvariantCulture, $"<clipPath id=\"{id}\"><path d=\"{outline}\"/></clipPath>");
        return Open($"clip-path=\"url(#{id})\"");
    }

    /// <summary>An ellipse that fades to nothing at its edge: soft light or shadow, many times cheaper than a
    /// blur.</summary>
    public void Soft(double x, double y, double rx, double ry, Rgb colour, double opacity)
    {
        var id = NextId();
        _definitions.Append(CultureInfo.InvariantCulture, $"<radialGradient id=\"{id}\">");
        Stops([(0, colour, opacity), (0.35, colour, opacity * 0.78), (0.7, colour, opacity * 0.25), (1, colour, 0)]);
        _definitions.Append("</radialGradient>");
        Ellipse(x, y, rx, ry, $"url(#{id})");
    }

    /// <summary>What is drawn until the result is disposed is turned about a point, scaled and shifted.</summary>
    public IDisposable Transform(double dx, double dy, double degrees, double scale, double aboutX, double aboutY) =>
        Open(string.Create(CultureInfo.InvariantCulture,
            $"transform=\"translate({aboutX + dx:0.##} {aboutY + dy:0.##}) rotate({degrees:0.##}) "
                + $"scale({scale:0.###}) translate({-aboutX:0.##} {-aboutY:0.##})\""));

    public string ToSvg(int pixels) => string.Create(CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{pixels}\" height=\"{pixels}\" viewBox=\"0 0 {Size} "
            + $"{Size}\"><defs>{_definitions}</defs>{_body}</svg>");

    private Group Open(string attributes)
    {
        _body.Append("<g ").Append(attributes).Append('>');
        return new Group(_body);
    }

    private void Stops(ReadOnlySpan<(double At, Rgb Colour, double Opacity)> stops)
    {
        foreach (var (at, colour, opacity) in stops)
            _definitions.Append(CultureInfo.InvariantCulture,
                $"<stop offset=\"{at:0.###}\" stop-color=\"{colour}\" stop-opacity=\"{opacity:0.###}\"/>");
    }

    private string NextId() => string.Create(CultureInfo.InvariantCulture, $"d{++_ids}");

    /// <summary>The opacity of a fill or stroke. The attribute "opacity" would do too, but makes the renderer draw each
    /// element on a layer of its own.</summary>
    private static string Opacity(string kind, double opacity) =>
        opacity >= 1 ? ""
            : string.Create(CultureInfo.InvariantCulture, $" {kind}-opacity=\"{Math.Max(opacity, 0):0.###}\"");

    private sealed class Group(StringBuilder body) : IDisposable
    {
        public void Dispose() => body.Append("</g>");
    }
}
