namespace FaceBias.Synthesis;

/// <summary>Draws the file of an index: its bytes depend on the spec, the seed, the number of files and the index
/// only.</summary>
internal sealed class SynthPicture(SynthSpec spec, SynthPlan plan, long seed)
{
    private readonly FaceAttributeSampler _sampler = new(spec, seed);

    /// <summary>What the picture shows, or for a picture without a face what its labels pretend.</summary>
    public FaceAttributes Attributes(int index)
    {
        var source = plan.Source(index);
        return _sampler.Sample(source, plan.InRareGroup(source), plan.IsBalanced(source));
    }

    public byte[] Render(int index)
    {
        var kind = plan.Kind(index);
        var source = plan.Source(index);
        var face = Attributes(index);
        var svg = kind == SynthKind.NonFace
            ? NonFaceDrawing.ToSvg(seed, source, spec.Size)
            : FaceDrawing.ToSvg(face, spec.CueStrength, seed, source, spec.Size);
        var pixels = FaceRenderer.Rasterise(svg, spec.Size);
        FaceRenderer.Expose(pixels, spec.Size, face.Light);
        FaceRenderer.AddNoise(pixels, spec.Noise, new SynthRandom(seed, source, stream: 5));
        var quality = spec.Quality;
        if (kind == SynthKind.NearDuplicate)
        {
            foreach (ref var value in pixels.AsSpan())
                value = (byte)Math.Min(255, value * 1.03 + 0.5);
            quality = Math.Max(40, quality - 20);
        }
        var bytes = FaceRenderer.Encode(pixels, spec.Size, spec.Format, quality);
        // A third of the file: its header and the first rows of pixels.
        return kind == SynthKind.Unreadable ? bytes[..(bytes.Length / 3)] : bytes;
    }
}
