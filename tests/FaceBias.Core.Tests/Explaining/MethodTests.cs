using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Reliability;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Explaining.Superpixels;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Tests.Explaining;

/// <summary>Methods that need nothing but answers find what the answers hang on.</summary>
public class MethodTests
{
    private const int Side = 48;

    /// <summary>Brightness of a patch at (30..40, 8..18), of 1.</summary>
    private static double Patch(float[] picture)
    {
        double sum = 0;
        for (var c = 0; c < 3; c++)
            for (var y = 8; y < 18; y++)
                for (var x = 30; x < 40; x++)
                    sum += picture[c * Side * Side + y * Side + x];
        return sum / (300 * 255);
    }

    private static float[] Picture()
    {
        var picture = SuperpixelTests.Picture(Side, Side);
        for (var c = 0; c < 3; c++)
            for (var y = 8; y < 18; y++)
                for (var x = 30; x < 40; x++)
                    picture[c * Side * Side + y * Side + x] = (x + y) % 2 == 0 ? 255 : 200;
        return picture;
    }

    public static TheoryData<ExplanationMethod> Methods =>
        [ExplanationMethod.Lime, ExplanationMethod.KernelShap, ExplanationMethod.Occlusion, ExplanationMethod.Rise];

    private static ExplainOptions Options(ExplanationMethod method) => new()
    {
        Method = method,
        Samples = 250,
        Superpixels = SuperpixelMethod.Grid,
        Segments = 36,
        Fill = HiddenFill.PictureMean,
        Seed = 3,
    };

    [Theory, MemberData(nameof(Methods))]
    public void The_patch_that_decides_is_first_for_a_class_and_for_a_number(ExplanationMethod method)
    {
        foreach (var classes in new[] { true, false })
        {
            using var model = new FunctionPredictor(Side, p => classes ? Patch(p) : 20 + 50 * Patch(p), classes);
            var score = ExplainedScore.Of(model, null, classes ? "yes" : null);
            var explanation = Explainer.Explain(score, Picture(), Options(method));
            var top = Array.IndexOf(explanation.Map, explanation.Map.Max());
            Assert.InRange(top % Side, 26, 42);
            Assert.InRange(top / Side, 4, 22);
            Assert.Equal(classes ? "probability of yes" : "age in years", explanation.Explained);
            var reliability = ExplanationReliability.Of(score, Picture(), explanation,
                s => Explainer.Explain(score, Picture(), Options(method) with { Seed = s }), 2, 8, true, 1);
            Assert.True(reliability.Curves!.DeletionArea < reliability.Curves.RandomDeletionArea);
            Assert.True(reliability.Curves.InsertionArea > reliability.Curves.RandomInsertionArea);
            Assert.True(reliability.Road!.Combined > 0);
            Assert.DoesNotContain(reliability.Warnings, w => w.Contains("relevant"));
        }
    }

    [Theory, MemberData(nameof(Methods))]
    public void Threads_and_memory_change_nothing_and_memory_is_bounded(ExplanationMethod method)
    {
        using var model = new FunctionPredictor(Side, Patch, classes: true);
        using var small = new FunctionPredictor(Side, Patch, classes: true);
        var one = Explainer.Explain(ExplainedScore.Of(model, null, "yes"), Picture(), Options(method), new(Threads: 1));
        var many = Explainer.Explain(ExplainedScore.Of(small, null, "yes"), Picture(), Options(method),
            new(MemoryMegabytes: 4, Threads: 3));
        Assert.Equal(one.Map, many.Map);
        Assert.InRange(small.MostRows, 1, 2);
        Assert.Equal(16, model.MostRows);
    }

    [Fact]
    public void It_can_be_cancelled_and_reports_progress()
    {
        using var stop = new CancellationTokenSource();
        using var model = new FunctionPredictor(Side, p =>
        {
            stop.Cancel();
            return Patch(p);
        });
        Assert.ThrowsAny<OperationCanceledException>(
            () => Explainer.Explain(ExplainedScore.Of(model, "age", null), Picture(), Options(ExplanationMethod.Rise),
                new(Cancel: stop.Token)));
    }

    [Fact]
    public void What_cannot_be_explained_is_said()
    {
        using var model = new FunctionPredictor(Side, Patch, classes: true);
        using var constant = new FunctionPredictor(Side, _ => 30);
        string Say(Action act) => Assert.Throws<FaceBiasException>(act).Message;
        Assert.Contains("does not answer 'race'", Say(() => ExplainedScore.Of(model, "race", "yes")));
        Assert.Contains("has no class 'maybe'; it has no, yes", Say(() => ExplainedScore.Of(model, null, "maybe")));
        Assert.Contains("is of one colour",
            Say(() => Explainer.Explain(ExplainedScore.Of(model, null, "yes"), new float[3 * Side * Side],
                Options(ExplanationMethod.Lime))));
        foreach (var method in Methods)
            Assert.Contains("answers 30 for 'age' whatever part",
                Say(() => Explainer.Explain(ExplainedScore.Of(constant, null, null), Picture(), Options(method))));
        Assert.Contains("OffShare",
            Say(() => Explainer.Explain(ExplainedScore.Of(model, null, "yes"), Picture(),
                Options(ExplanationMethod.Lime) with { OffShare = 0.9 })));
    }

    [Fact]
    public void Lime_says_that_its_kernel_is_flat_and_which_superpixels_say_nothing()
    {
        using var model = new FunctionPredictor(Side, Patch, classes: true);
        var explanation = Explainer.Explain(ExplainedScore.Of(model, null, "yes"), Picture(),
            Options(ExplanationMethod.Lime) with { Fill = null, Superpixels = SuperpixelMethod.Slic });
        Assert.Contains(explanation.Notes, n => n.Contains("published kernel"));
        Assert.DoesNotContain(
            Explainer.Explain(ExplainedScore.Of(model, null, "yes"), Picture(),
                Options(ExplanationMethod.Lime) with { OffShare = 0.2 }).Notes, n => n.Contains("published kernel"));
    }

    [Fact]
    public void Road_fills_a_hole_in_a_ramp_with_the_ramp()
    {
        var spec = new Core.Imaging.ImageSpec(20, 20);
        float[] ramp = [.. Enumerable.Range(0, spec.Length).Select(i => 5f + 10 * (i % 20))];
        var gone = new bool[400];
        for (var y = 6; y < 14; y++)
            for (var x = 6; x < 14; x++)
                gone[y * 20 + x] = true;
        var filled = new float[spec.Length];
        Road.Impute(ramp, spec, gone, 1, filled);
        Assert.All(filled.Zip(ramp), p => Assert.InRange(p.First - p.Second, -12, 12));
        Assert.InRange(filled.Zip(ramp).Average(p => p.First - p.Second), -0.5, 0.5);
        Assert.Contains(filled.Zip(ramp), p => p.First != p.Second);
    }

    [Theory]
    [InlineData(33, 21, 0.8)]
    [InlineData(64, 64, 0.2)]
    [InlineData(5, 70, 0.95)]
    public void Filled_pixels_are_the_weighted_means_of_their_neighbours(int width, int height, double share)
    {
        var random = new RandomSource(3).Stream("hole");
        bool[] gone = [.. Enumerable.Range(0, width * height).Select(_ => random.NextDouble() < share)];
        gone[0] = false;
        // A large hole beside single pixels.
        for (var y = height / 3; y < height; y++)
            for (var x = width / 3; x < width - 1; x++)
                gone[y * width + x] = true;
        float[] plane = [.. gone.Select((g, i) => g ? float.NaN
            : 128 + 60 * MathF.Sin(i % width * 0.2f) + 60 * MathF.Cos(i / width * 0.15f))];
        new LinearImputation(width, height, gone).Fill(plane);
        for (var i = 0; i < plane.Length; i++)
        {
            if (!gone[i])
                continue;
            double sum = 0, weights = 0;
            for (var dy = -1; dy <= 1; dy++)
                for (var dx = -1; dx <= 1; dx++)
                {
                    var (x, y) = (i % width + dx, i / width + dy);
                    if ((dx == 0 && dy == 0) || x < 0 || y < 0 || x >= width || y >= height)
                        continue;
                    var weight = dx == 0 || dy == 0 ? 1 / 6.0 : 1 / 12.0;
                    (sum, weights) = (sum + weight * plane[y * width + x], weights + weight);
                }
            Assert.InRange(plane[i] - sum / weights, -0.5, 0.5);
        }
    }

    [Fact]
    public void Curves_and_ranks_have_their_published_values()
    {
        Assert.Equal(0.5, DeletionCurves.Area([1, 0.5, 0]), 12);
        Assert.Equal(0.625, DeletionCurves.Area([1, 0.5, 0.5, 0.75, 0.5]), 12);
        Assert.Equal([0, 2.5, 1, 2.5], Ranks.Of([1, 3, 2, 3]));
        Assert.Equal(1, Ranks.Correlation([1, 2, 3], [2, 4, 9])!.Value, 12);
        Assert.Equal(-1, Ranks.Correlation([1, 2, 3], [3, 2, 1])!.Value, 12);
        Assert.Null(Ranks.Correlation([1, 1, 1], [3, 2, 1]));
    }
}
