namespace FaceBias.Synthesis;

/// <summary>A colour with components 0 to 255, mixed in sRGB as a painter would on screen.</summary>
internal readonly record struct Rgb(double R, double G, double B)
{
    public static Rgb Black => new(0, 0, 0);

    public static Rgb White => new(255, 255, 255);

    /// <summary>0 for black to 1 for white: the mean weighted as the eye does (Rec. 601).</summary>
    public double Luma => (0.299 * R + 0.587 * G + 0.114 * B) / 255;

    public static Rgb Hex(string hex) => new(Part(hex, 1), Part(hex, 3), Part(hex, 5));

    public Rgb Mix(Rgb other, double share) =>
        new(R + (other.R - R) * share, G + (other.G - G) * share, B + (other.B - B) * share);

    public Rgb Times(double r, double g, double b) =>
        new(Math.Clamp(R * r, 0, 255), Math.Clamp(G * g, 0, 255), Math.Clamp(B * b, 0, 255));

    public Rgb Times(double factor) => Times(factor, factor, factor);

    public override string ToString() => $"#{(byte)Math.Round(R):x2}{(byte)Math.Round(G):x2}{(byte)Math.Round(B):x2}";

    private static double Part(string hex, int at) =>
        byte.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
