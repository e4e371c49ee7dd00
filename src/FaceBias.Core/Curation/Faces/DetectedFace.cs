namespace FaceBias.Core.Curation.Faces;

/// <summary>A face in a picture.</summary>
/// <param name="Score">Probability that it is one, 0 to 1.</param>
/// <param name="Left">Left edge of its box in pixels.</param>
/// <param name="Top">Upper edge.</param>
/// <param name="Landmarks">x and y of both eyes, the nose and both corners of the mouth, left to right in the
/// picture.</param>
internal sealed record DetectedFace(float Score, float Left, float Top, float Right, float Bottom,
    IReadOnlyList<float> Landmarks)
{
    /// <summary>Number of landmark coordinates.</summary>
    public const int LandmarkValues = 10;

    /// <summary>Area of the box.</summary>
    public float Area => Math.Max(0, Right - Left) * Math.Max(0, Bottom - Top);

    /// <summary>Intersection over union of two boxes.</summary>
    public float Overlap(DetectedFace other)
    {
        var width = Math.Min(Right, other.Right) - Math.Max(Left, other.Left);
        var height = Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top);
        if (width <= 0 || height <= 0)
            return 0;
        var both = width * height;
        return both / (Area + other.Area - both);
    }

    /// <summary>The same face where the picture was scaled and moved before it was searched.</summary>
    internal DetectedFace Restore(double scale, double left, double top)
    {
        float X(float x) => (float)((x - left) / scale);
        float Y(float y) => (float)((y - top) / scale);
        return new(Score, X(Left), Y(Top), X(Right), Y(Bottom),
            [.. Landmarks.Select((v, i) => i % 2 == 0 ? X(v) : Y(v))]);
    }

    /// <summary>Leaves out every face that overlaps a better one too much, best first (greedy non-maximum
    /// suppression).</summary>
    public static IReadOnlyList<DetectedFace> Best(IEnumerable<DetectedFace> faces, float maxOverlap)
    {
        var kept = new List<DetectedFace>();
        foreach (var face in faces.OrderByDescending(f => f.Score))
        {
            if (kept.TrueForAll(k => k.Overlap(face) <= maxOverlap))
                kept.Add(face);
        }
        return kept;
    }
}
