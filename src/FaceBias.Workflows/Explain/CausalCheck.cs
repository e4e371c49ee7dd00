using FaceBias.Core.Explaining;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Statistics;
using FaceBias.Synthesis;
using MathNet.Numerics.Distributions;

namespace FaceBias.Workflows.Explain;

/// <summary>What one attribute alone does to an answer: faces are drawn twice, with everything else the same, and the
/// model is asked about both. A difference is the attribute's own effect, on drawings; it says what a model reacts to,
/// not how strongly it does on photographs.</summary>
internal static class CausalCheck
{
    private const double Confidence = 0.95;

    /// <summary>Drawn larger than the model takes, and scaled down as photographs are.</summary>
    private const int Size = 256;

    private static readonly (string Attribute, string From, string To, Func<FaceAttributes, FaceAttributes> Before,
        Func<FaceAttributes, FaceAttributes> After)[] s_changes =
    [
        ("skin tone", "monk_2", "monk_9", f => f with { SkinTone = 2 }, f => f with { SkinTone = 9 }),
        ("glasses", "no", "yes", f => f with { Glasses = false }, f => f with { Glasses = true }),
        ("background", "cool", "warm", f => f with { Background = SynthBackground.Cool },
            f => f with { Background = SynthBackground.Warm }),
        ("background", "cool", "indoor", f => f with { Background = SynthBackground.Cool },
            f => f with { Background = SynthBackground.Indoor }),
        ("background", "cool", "outdoor", f => f with { Background = SynthBackground.Cool },
            f => f with { Background = SynthBackground.Outdoor }),
        ("light", "soft", "dim", f => f with { Light = SynthLight.Soft }, f => f with { Light = SynthLight.Dim }),
    ];

    /// <param name="budget">Memory, threads, progress and cancellation.</param>
    public static IReadOnlyList<AttributeEffect> Run(ExplainedScore score, int faces, int seed, ScoreBudget budget)
    {
        var portrait = new FacePortrait(seed, Size);
        var decoder = new ImageDecoder();
        var pairs = 2 * s_changes.Length;
        var scores = ScoreBatches.Run(score, faces * pairs, (index, pixels) =>
        {
            var (face, change) = (index / pairs, s_changes[index % pairs / 2]);
            var attributes = portrait.Attributes(face);
            if (decoder.Decode(portrait.Png(face, (index % 2 == 0 ? change.Before : change.After)(attributes)),
                score.Spec, pixels).Problem is { } problem)
                throw new InvalidOperationException($"A drawn face cannot be decoded: {problem}.");
        }, budget, "drawn faces");
        return [.. s_changes.Select((c, k) =>
        {
            double[] differences =
                [.. Enumerable.Range(0, faces).Select(f => scores[f * pairs + 2 * k + 1] - scores[f * pairs + 2 * k])];
            var moments = Moments.Of(differences);
            // Bonferroni: with the confidence given, all intervals together hold their effects.
            var half = StudentT.InvCDF(0, 1, faces - 1, 1 - (1 - Confidence) / (2 * s_changes.Length))
                * Math.Sqrt(moments.Variance / faces);
            return new AttributeEffect(c.Attribute, c.From, c.To, moments.Mean, moments.Mean - half,
                moments.Mean + half, faces);
        })];
    }
}
