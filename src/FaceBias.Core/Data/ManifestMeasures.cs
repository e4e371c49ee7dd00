namespace FaceBias.Core.Data;

/// <summary>Names of the numbers that a manifest may hold per image beside its fixed columns; a number that was not
/// measured is NaN, and a column of which nothing was measured is left out.</summary>
internal static class ManifestMeasures
{
    /// <summary>5th percentile of the greys, 0 to 1.</summary>
    public const string Shadows = "shadows";

    /// <summary>95th percentile of the greys, 0 to 1.</summary>
    public const string Lights = "lights";

    /// <summary>Entropy of the greys in bits, 0 to 8.</summary>
    public const string Information = "information";

    /// <summary>Blur of the picture scaled to a fixed size, 0 (sharp) to 1.</summary>
    public const string Blur = "blur";

    /// <summary>Mean difference between the largest and the smallest of red, green and blue, 0 to 1.</summary>
    public const string Colour = "colour";

    /// <summary>Longer side over shorter side.</summary>
    public const string Aspect = "aspect";

    /// <summary>Share of the area that bars of one colour along the edges take up.</summary>
    public const string Padding = "padding";

    /// <summary>Number of faces found.</summary>
    public const string Faces = "faces";

    /// <summary>Score of the largest face, 0 to 1.</summary>
    public const string FaceScore = "face_score";

    /// <summary>Distance to the images of the set in the space of a backbone's features.</summary>
    public const string FeatureDistance = "feature_distance";

    /// <summary>How suspicious the most suspicious label is; 0 is not at all.</summary>
    public const string Suspicion = "suspicion";

    /// <summary>Highest cosine of the face's features to those of an image in another split.</summary>
    public const string PersonSimilarity = "person_similarity";

    /// <summary>Corners of the largest face's box in pixels of the upright picture.</summary>
    public static IReadOnlyList<string> FaceBox { get; } = ["face_left", "face_top", "face_right", "face_bottom"];

    /// <summary>Landmarks of the largest face: x and y of left eye, right eye, nose and corners of the mouth, as seen
    /// in the picture.</summary>
    public static IReadOnlyList<string> Landmarks { get; } =
    [
        "eye_left_x", "eye_left_y", "eye_right_x", "eye_right_y", "nose_x", "nose_y", "mouth_left_x", "mouth_left_y",
        "mouth_right_x", "mouth_right_y",
    ];

    public static IReadOnlyList<string> All { get; } =
    [
        Shadows, Lights, Information, Blur, Colour, Aspect, Padding, Faces, FaceScore, .. FaceBox, .. Landmarks,
        FeatureDistance, Suspicion, PersonSimilarity,
    ];
}
