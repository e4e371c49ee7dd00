using FaceBias.Core.Imaging;
using FaceBias.Primitives.Randomness;
using FaceBias.Synthesis;

namespace FaceBias.Benchmarks.Explaining;

/// <summary>Rendered faces with a badge at a random place, whose colour is the label and nothing else is.</summary>
internal sealed class BadgeFaces(int side)
{
    public const int Badge = 12;

    private static readonly (float R, float G, float B)[] s_colours = [(220, 40, 40), (40, 60, 220)];

    private readonly FacePortrait _portrait = new(7, side);
    private readonly ImageDecoder _decoder = new();

    public ImageSpec Spec { get; } = new(side, side);

    /// <summary>A face; its label and where its badge is.</summary>
    public (int Label, int X, int Y) Draw(int index, Span<float> pixels)
    {
        if (_decoder.Decode(_portrait.Png(index, _portrait.Attributes(index)), Spec, pixels).Problem is { } problem)
            throw new InvalidOperationException(problem);
        var random = new RandomSource(11).Counter(index, 0);
        var (label, x, y, size) = (random.Uniform(0) < 0.5 ? 0 : 1, (int)(random.Uniform(1) * (side - Badge)),
            (int)(random.Uniform(2) * (side - Badge)), side * side);
        var colour = s_colours[label];
        for (var j = y; j < y + Badge; j++)
        {
            for (var i = x; i < x + Badge; i++)
            {
                var edge = i == x || j == y || i == x + Badge - 1 || j == y + Badge - 1;
                (pixels[j * side + i], pixels[size + j * side + i], pixels[2 * size + j * side + i]) =
                    edge ? (250, 250, 250) : colour;
            }
        }
        return (label, x, y);
    }
}
