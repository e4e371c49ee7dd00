namespace FaceBias.Core.Curation.Quality;

/// <summary>Scores of a picture that need neither a model nor other pictures.</summary>
/// <param name="Shadows">5th percentile of the greys, 0 to 1.</param>
/// <param name="Lights">95th percentile of the greys, 0 to 1.</param>
/// <param name="Information">Shannon's entropy of the greys in bits, 0 (one grey) to 8.</param>
/// <param name="Blur">The blur of Crété-Roffet and others (2007) at a fixed size, 0 (sharp) to 1; NaN for a picture of
/// one grey, whose blur nobody can tell.</param>
/// <param name="Colour">Mean of max(R, G, B) - min(R, G, B), 0 to 1.</param>
/// <param name="Padding">Share of the area taken up by bars of one colour along the edges.</param>
internal readonly record struct PictureQuality(float Shadows, float Lights, float Information, float Blur, float Colour,
    float Padding)
{
    /// <summary>Number of scores.</summary>
    public const int Count = 6;

    /// <summary>The scores of a picture that could not be decoded.</summary>
    public static PictureQuality None { get; } = new(float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN);
}
