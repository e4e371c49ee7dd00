namespace FaceBias.Core.Curation.Persons;

/// <summary>Cuts a face out so that eyes, nose and mouth lie where networks that tell people apart expect them: the
/// similarity (turn, scale, shift) that brings five landmarks closest to fixed places in least squares (Umeyama, 1991,
/// in the plane).</summary>
internal readonly struct FaceAlignment
{
    /// <summary>Sides of an aligned face.</summary>
    public const int Side = 112;

    /// <summary>Where eyes, nose and corners of the mouth belong: ArcFace's places, which SFace was trained
    /// with.</summary>
    private static readonly float[] s_places = [38.2946f, 51.6963f, 73.5318f, 51.5014f, 56.0252f, 71.7366f, 41.5493f,
        92.3655f, 70.7299f, 92.2041f];

    /// <summary>Where both eyes, the nose and the corners of the mouth lie in an aligned face.</summary>
    public static IEnumerable<(float U, float V)> Places => s_places.Chunk(2).Select(p => (p[0], p[1]));

    // An aligned point (u, v) lies in the picture at (A u + B v + X, A v - B u + Y).
    private readonly double _a, _b, _x, _y;

    /// <summary>The alignment of a face with these landmarks: x and y of both eyes, the nose and both corners of the
    /// mouth.</summary>
    public FaceAlignment(ReadOnlySpan<float> landmarks)
    {
        var points = s_places.Length / 2;
        double fromX = 0, fromY = 0, toX = 0, toY = 0;
        for (var p = 0; p < points; p++)
        {
            (fromX, fromY) = (fromX + s_places[2 * p] / points, fromY + s_places[2 * p + 1] / points);
            (toX, toY) = (toX + (double)landmarks[2 * p] / points, toY + (double)landmarks[2 * p + 1] / points);
        }
        double along = 0, across = 0, size = 0;
        for (var p = 0; p < points; p++)
        {
            double u = s_places[2 * p] - fromX, v = s_places[2 * p + 1] - fromY, x = landmarks[2 * p] - toX,
                y = landmarks[2 * p + 1] - toY;
            (along, across, size) = (along + u * x + v * y, across + v * x - u * y, size + u * u + v * v);
        }
        (_a, _b) = (along / size, across / size);
        (_x, _y) = (toX - _a * fromX - _b * fromY, toY - _a * fromY + _b * fromX);
    }

    /// <summary>Where a point of the aligned face lies in the picture.</summary>
    public (double X, double Y) InPicture(double u, double v) => (_a * u + _b * v + _x, _a * v - _b * u + _y);

    /// <summary>Where a point of the picture lies in the aligned face: the inverse of <see cref="InPicture"/>.</summary>
    public (double U, double V) InFace(double x, double y)
    {
        var (dx, dy, size) = (x - _x, y - _y, _a * _a + _b * _b);
        return ((_a * dx - _b * dy) / size, (_b * dx + _a * dy) / size);
    }

    /// <summary>Writes the aligned face as planes of red, green and blue, 0 to 255. Between pixels it is linear, beyond
    /// the edge the pixel at the edge; where the picture is finer than the face, several points are averaged.</summary>
    public void Cut(ReadOnlySpan<byte> rgb, int width, int height, Span<float> planes)
    {
        var fine = Math.Clamp((int)Math.Round(Math.Sqrt(_a * _a + _b * _b)), 1, 8);
        planes[..(3 * Side * Side)].Clear();
        for (var v = 0; v < Side * fine; v++)
        {
            for (var u = 0; u < Side * fine; u++)
            {
                var (x, y) = InPicture((u + 0.5) / fine - 0.5, (v + 0.5) / fine - 0.5);
                (x, y) = (Math.Clamp(x, 0, width - 1), Math.Clamp(y, 0, height - 1));
                int left = (int)x, top = (int)y, right = Math.Min(left + 1, width - 1),
                    bottom = Math.Min(top + 1, height - 1);
                float h = (float)(x - left), w = (float)(y - top);
                var at = v / fine * Side + u / fine;
                for (var c = 0; c < 3; c++)
                {
                    float upper = rgb[3 * (top * width + left) + c] * (1 - h) + rgb[3 * (top * width + right) + c] * h;
                    float lower = rgb[3 * (bottom * width + left) + c] * (1 - h)
                        + rgb[3 * (bottom * width + right) + c] * h;
                    planes[c * Side * Side + at] += (upper * (1 - w) + lower * w) / (fine * fine);
                }
            }
        }
    }
}
