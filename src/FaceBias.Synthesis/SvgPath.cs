using System.Text;

namespace FaceBias.Synthesis;

/// <summary>Path data of SVG, written as it is drawn.</summary>
internal sealed class SvgPath
{
    private readonly StringBuilder _data = new();

    public SvgPath Move(double x, double y) => Add('M', x, y);

    public SvgPath Line(double x, double y) => Add('L', x, y);

    public SvgPath Quad(double x1, double y1, double x, double y) => Add('Q', x1, y1, x, y);

    public SvgPath Curve(double x1, double y1, double x2, double y2, double x, double y) =>
        Add('C', x1, y1, x2, y2, x, y);

    public SvgPath Close()
    {
        _data.Append('Z');
        return this;
    }

    /// <summary>A smooth closed outline through points (Catmull-Rom as cubic curves).</summary>
    public static SvgPath Through(ReadOnlySpan<(double X, double Y)> points)
    {
        var n = points.Length;
        var path = new SvgPath().Move(points[0].X, points[0].Y);
        for (var i = 0; i < n; i++)
        {
            var (a, b, c, d) = (points[(i + n - 1) % n], points[i], points[(i + 1) % n], points[(i + 2) % n]);
            path.Curve(
                b.X + (c.X - a.X) / 6, b.Y + (c.Y - a.Y) / 6, c.X - (d.X - b.X) / 6, c.Y - (d.Y - b.Y) / 6, c.X, c.Y);
        }
        return path.Close();
    }

    public override string ToString() => _data.ToString();

    private SvgPath Add(char command, params ReadOnlySpan<double> numbers)
    {
        _data.Append(command);
        for (var i = 0; i < numbers.Length; i++)
        {
            if (i > 0)
                _data.Append(' ');
            // Hundredths of a pixel: below what can be seen, and the same text on every platform.
            _data.Append(Math.Round(numbers[i], 2).ToString(CultureInfo.InvariantCulture));
        }
        return this;
    }
}
