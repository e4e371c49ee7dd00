namespace FaceBias.Core.Curation.Faces;

/// <summary>Turns the outputs of RetinaFace (Deng and others, 2019) into faces. At every place of a grid stand two
/// square anchors; the network says per anchor how likely it is a face, and how its box and landmarks lie relative to
/// it.</summary>
internal static class RetinaAnchors
{
    private const int PerPlace = 2;
    private const float BaseCentre = 7.5f;

    /// <summary>Landmarks were learned in units of a fifth of the side.</summary>
    private const float LandmarkUnit = 0.2f;

    /// <summary>Strides of the grids with the sides of their anchors.</summary>
    public static IReadOnlyList<(int Stride, int[] Sides)> Levels
        { get; } = [(32, [512, 256]), (16, [128, 64]), (8, [32, 16])];

    /// <summary>Adds the faces of one grid.</summary>
    /// <param name="grid">Places in a row and in a column.</param>
    /// <param name="scores">[4, grid, grid]: background of both anchors, then face of both.</param>
    /// <param name="boxes">[8, grid, grid]: per anchor shift of the centre and logarithm of the size.</param>
    /// <param name="landmarks">[20, grid, grid]: per anchor x and y of five points.</param>
    public static void Decode(
        List<DetectedFace> faces, int level, int grid, ReadOnlySpan<float> scores, ReadOnlySpan<float> boxes,
        ReadOnlySpan<float> landmarks, float least)
    {
        var (stride, sides) = Levels[level];
        var places = grid * grid;
        for (var anchor = 0; anchor < PerPlace; anchor++)
        {
            var face = scores.Slice((PerPlace + anchor) * places, places);
            for (var place = 0; place < places; place++)
            {
                if (face[place] < least)
                    continue;
                float side = sides[anchor], x = place % grid * stride + BaseCentre,
                    y = place / grid * stride + BaseCentre;
                float At(ReadOnlySpan<float> values, int channel) => values[channel * places + place];
                var box = anchor * 4;
                float centreX = x + At(boxes, box) * side, centreY = y + At(boxes, box + 1) * side;
                float halfWidth = MathF.Exp(At(boxes, box + 2)) * side / 2,
                    halfHeight = MathF.Exp(At(boxes, box + 3)) * side / 2;
                var points = new float[DetectedFace.LandmarkValues];
                for (var p = 0; p < points.Length; p++)
                    points[p] = (p % 2 == 0 ? x : y)
                        + At(landmarks, anchor * DetectedFace.LandmarkValues + p) * LandmarkUnit * side;
                faces.Add(new(face[place], centreX - halfWidth, centreY - halfHeight, centreX + halfWidth,
                    centreY + halfHeight, points));
            }
        }
    }
}
