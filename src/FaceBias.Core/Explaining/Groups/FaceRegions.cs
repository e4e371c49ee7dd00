using FaceBias.Core.Curation.Persons;
using FaceBias.Core.Explaining.Superpixels;
using FaceBias.Core.Imaging;

namespace FaceBias.Core.Explaining.Groups;

/// <summary>Parts of a face, as boxes that are turned, scaled and moved to the face by its landmarks: both eyes, the
/// nose and both corners of the mouth.</summary>
internal static class FaceRegions
{
    /// <summary>Later boxes lie over earlier ones: left, top, right, bottom in the frame of
    /// <see cref="FaceAlignment"/>, in which the eyes are at height 52, 35 apart, and the mouth at 92.</summary>
    private static readonly (string Name, double Left, double Top, double Right, double Bottom)[] s_boxes =
    [
        ("background", double.NegativeInfinity, double.NegativeInfinity, double.PositiveInfinity,
            double.PositiveInfinity),
        ("neck and clothes", -4, 114, 116, double.PositiveInfinity), ("hair", 4, -28, 108, 6),
        ("sides of the head", 6, 2, 106, 100), ("forehead", 22, 4, 90, 37), ("cheeks", 18, 60, 94, 92),
        ("jaw and chin", 24, 88, 88, 116), ("eyes", 20, 37, 92, 62), ("nose", 46, 56, 66, 82),
        ("mouth", 35, 83, 77, 102),
    ];

    /// <summary>The window of the frame that a mean map shows: a head with some of its surroundings.</summary>
    private const double Left = -4, Top = -12, Side = 120;

    /// <summary>Mean landmarks of 1,500 aligned crops of UTKFace, as shares of the side.</summary>
    private static readonly float[] s_aligned =
        [0.293f, 0.288f, 0.693f, 0.293f, 0.485f, 0.516f, 0.317f, 0.684f, 0.663f, 0.688f];

    public static IReadOnlyList<string> Names { get; } = [.. s_boxes.Select(b => b.Name)];

    /// <summary>The share of a map's relevance, without regard to its sign, that lies in each part.</summary>
    /// <param name="map">[height x width].</param>
    /// <param name="landmarks">x and y of eyes, nose and corners of the mouth in pixels; null takes the picture for an
    /// aligned crop.</param>
    public static double[] Shares(ReadOnlySpan<float> map, ImageSpec spec, IReadOnlyList<float>? landmarks)
    {
        var face = Frame(spec, landmarks);
        var shares = new double[s_boxes.Length];
        double total = 0;
        for (var i = 0; i < map.Length; i++)
        {
            shares[Part(face, i % spec.Width, i / spec.Width)] += Math.Abs(map[i]);
            total += Math.Abs(map[i]);
        }
        return total > 0 ? [.. shares.Select(s => s / total)] : shares;
    }

    /// <summary>The part of the face that a pixel belongs to, as its place in <see cref="Names"/>.</summary>
    internal static int Part(FaceAlignment face, double x, double y)
    {
        var (u, v) = face.InFace(x, y);
        var box = s_boxes.Length - 1;
        while (u < s_boxes[box].Left || u >= s_boxes[box].Right || v < s_boxes[box].Top || v >= s_boxes[box].Bottom)
            box--;
        return box;
    }

    /// <summary>The map in the frame of the face, as means over a grid of places, row by row; 0 outside of the
    /// picture.</summary>
    internal static double[] Aligned(ReadOnlySpan<float> map, ImageSpec spec, IReadOnlyList<float>? landmarks,
        int cells)
    {
        const int Fine = 8;
        var face = Frame(spec, landmarks);
        var sampled = new float[cells * Fine * cells * Fine];
        for (var i = 0; i < sampled.Length; i++)
        {
            var (x, y) = face.InPicture(Left + Side * (i % (cells * Fine) + 0.5) / (cells * Fine),
                Top + Side * (i / (cells * Fine) + 0.5) / (cells * Fine));
            var (column, row) = ((int)Math.Round(x), (int)Math.Round(y));
            if (column >= 0 && row >= 0 && column < spec.Width && row < spec.Height)
                sampled[i] = map[row * spec.Width + column];
        }
        return Segmentation.Grid(cells * Fine, cells * Fine, cells).Mean(sampled);
    }

    /// <summary>Where the eyes, the nose and the corners of the mouth lie in a picture of <see cref="Aligned"/>.</summary>
    internal static IEnumerable<(int X, int Y)> Places(int side) => FaceAlignment.Places.Select(
        p => ((int)(side * (p.U - Left) / Side), (int)(side * (p.V - Top) / Side)));

    /// <summary>Where the face lies.</summary>
    internal static FaceAlignment Frame(ImageSpec spec, IReadOnlyList<float>? landmarks) => new(
        landmarks is not null ? [.. landmarks]
            : [.. s_aligned.Select((v, i) => v * (i % 2 == 0 ? spec.Width : spec.Height))]);
}
