namespace FaceBias.Synthesis;

/// <summary>Draws single faces, so that one attribute can be changed and everything else stays as it is.</summary>
internal sealed class FacePortrait
{
    private static readonly SynthSpec s_spec = new();

    private readonly FaceAttributeSampler _sampler;
    private readonly long _seed;
    private readonly int _size;

    /// <param name="seed">Decides the attributes and everything that they leave open, such as the shape of the
    /// head.</param>
    /// <param name="size">Width and height in pixels.</param>
    public FacePortrait(long seed, int size) => (_sampler, _seed, _size) = (new(s_spec, seed), seed, size);

    /// <summary>The attributes of a face, drawn from the default distributions, in which none goes with another but by
    /// age.</summary>
    public FaceAttributes Attributes(int index) => _sampler.Sample(index, null, balanced: true);

    /// <summary>A PNG of a face. The same index with other attributes is the same head, turned alike, under the same
    /// noise.</summary>
    /// <param name="attributes">Its attributes, which may be changed.</param>
    public byte[] Png(int index, FaceAttributes attributes)
    {
        var pixels = FaceRenderer.Rasterise(FaceDrawing.ToSvg(attributes, s_spec.CueStrength, _seed, index, _size),
            _size);
        FaceRenderer.Expose(pixels, _size, attributes.Light);
        FaceRenderer.AddNoise(pixels, s_spec.Noise, new SynthRandom(_seed, index, stream: 5));
        return FaceRenderer.Encode(pixels, _size, SynthFormat.Png, s_spec.Quality);
    }
}
