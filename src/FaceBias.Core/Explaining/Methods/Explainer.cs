using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Explaining.Superpixels;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>Explains a model's answers about pictures, one picture at a time.</summary>
internal static class Explainer
{
    /// <summary>Relevance below this share of the score is rounding.</summary>
    private const double Smallest = 1e-9;

    /// <summary>Explains an answer by a method that needs the model's answers alone.</summary>
    /// <param name="picture">Planes R, G, B, 0 to 255, of the size that the model takes.</param>
    /// <param name="budget">Memory, threads, progress and cancellation.</param>
    /// <exception cref="FaceBiasException">The picture or the answers are such that there is nothing to explain, or the
    /// method needs the model's graph (<see cref="GradientExplainer"/>).</exception>
    public static Explanation Explain(ExplainedScore score, ReadOnlySpan<float> picture, ExplainOptions options,
        ScoreBudget? budget = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(picture.Length, score.Spec.Length);
        options.Check();
        budget ??= new();
        var pixels = picture.ToArray();
        var spec = score.Spec;
        RefuseOneColour(pixels);
        var whole = score.Of(pixels, 1, budget.Cancel)[0];
        var fill = options.Fill
            ?? (options.Method == ExplanationMethod.Lime ? HiddenFill.SuperpixelMean : HiddenFill.PictureMean);
        var result = new Explanation(options.Method, [], whole, score.Words);
        switch (options.Method)
        {
            case ExplanationMethod.Lime or ExplanationMethod.KernelShap:
                var segments = Cut(pixels, options, score, budget.Threads);
                if (segments.Count < 2)
                    throw new FaceBiasException(
                        $"The picture is one superpixel under {options.Superpixels}, so no part of it can be told "
                            + "from another; use the superpixels 'grid', or occlusion.");
                var model = new SuperpixelScores(score, pixels, PictureFill.Make(fill, pixels, spec, segments),
                    segments, budget);
                var (surrogate, notes) = options.Method == ExplanationMethod.Lime
                    ? new Lime(options.Samples ?? 1000, options.KernelWidth, options.OffShare).Explain(model, segments,
                        options.Seed)
                    : new KernelShap(options.Samples ?? 1000).Explain(model, segments, options.Seed);
                List<string> all = [.. notes];
                if (model.Unchanged() is > 0 and var blank)
                {
                    all.Add(string.Create(CultureInfo.InvariantCulture,
                        $"{blank} of {segments.Count} superpixels look the same when they are hidden (fill {fill}), "
                            + $"so their weight says nothing; try another fill."));
                }
                return result with { Map = Varying(segments.Spread(surrogate.Weights), score, whole),
                    Segments = segments, Surrogate = surrogate, Notes = all };
            case ExplanationMethod.Occlusion:
                var occluded = new Occlusion(options.Window).Explain(score, pixels,
                    PictureFill.Make(fill, pixels, spec, null), whole, budget);
                return result with { Map = Varying(occluded, score, whole) };
            case ExplanationMethod.Rise:
                var rise = new Rise(options.Samples ?? 2000, options.Cells, options.Shown).Explain(score, pixels,
                    PictureFill.Make(fill, pixels, spec, null), options.Seed, budget);
                return result with { Map = Varying(rise, score, whole) };
            default:
                throw new ArgumentException(
                    $"{options.Method} needs the model's graph; use {nameof(GradientExplainer)}.", nameof(options));
        }
    }

    /// <summary>Cuts a picture into superpixels.</summary>
    internal static Segmentation Cut(float[] picture, ExplainOptions options, ExplainedScore score, int threads) =>
        options.Superpixels switch
    {
        SuperpixelMethod.Slic => Slic.Cut(picture, score.Spec.Width, score.Spec.Height, options.Segments),
        SuperpixelMethod.Grid =>
            Segmentation.Grid(score.Spec.Width, score.Spec.Height, (int)Math.Round(Math.Sqrt(options.Segments))),
        _ => Quickshift.Cut(picture, score.Spec.Width, score.Spec.Height, seed: options.Seed, threads: threads),
    };

    /// <summary>Refuses pictures that show nothing.</summary>
    internal static void RefuseOneColour(ReadOnlySpan<float> picture)
    {
        var size = picture.Length / 3;
        for (var c = 0; c < 3; c++)
            if (picture.Slice(c * size, size).ContainsAnyExcept(picture[c * size]))
                return;
        throw new FaceBiasException(
            "The picture is of one colour, so no part of it can be told from another and there is nothing to explain; "
                + "leave it out.");
    }

    private static float[] Varying(float[] map, ExplainedScore score, double whole) =>
        map.Max(Math.Abs) > Smallest * Math.Max(1, Math.Abs(whole)) ? map : throw Constant(score, whole);

    private static FaceBiasException Constant(ExplainedScore score, double whole) =>
        new(string.Create(CultureInfo.InvariantCulture,
        $"The model answers {whole:0.######} for '{score.Target}' whatever part of the picture is hidden, so there is "
            + $"nothing to explain; check the model, or choose another fill."));
}
