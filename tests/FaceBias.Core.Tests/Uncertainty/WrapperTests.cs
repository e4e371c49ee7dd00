using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Choosing;
using FaceBias.Core.Uncertainty.LastLayers;
using FaceBias.Core.Uncertainty.Novelty;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Uncertainty;

public class WrapperTests
{
    public static TheoryData<string> Names => [.. UncertaintyWrappers.All.Select(w => w.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_wrapper_gives_finite_numbers_that_depend_on_nothing_but_the_row(string name)
    {
        var world = WrappedRows.Two;
        UncertainModel Wrap(int threads) =>
            new UncertainModel(world.Trained.Graph, world.Trained.Outputs, world.Rows with { Threads = threads })
            .With(UncertaintyWrappers.Parse([name])[0]);
        var (model, again) = (Wrap(1), Wrap(2));
        Assert.NotEmpty(model.Outputs);
        string[] outputs = [.. model.Outputs.Select(o => o.Name)];
        var (values, others) = (model.Run(WrappedRows.Test, outputs), again.Run(WrappedRows.Test, outputs));
        for (var o = 0; o < outputs.Length; o++)
        {
            Assert.Equal(model.Outputs[o].Width * WrappedRows.Test.Length, values[o].Length);
            Assert.All(values[o], v => Assert.True(float.IsFinite(v)));
            Assert.Equal(values[o], others[o]);
            // A set is of zeros and ones.
            Assert.True(model.Outputs[o].Kind == UncertaintyKind.Coverage || values[o].Distinct().Count() > 10,
                outputs[o]);
            if (model.Outputs[o].Kind is UncertaintyKind.Epistemic or UncertaintyKind.Aleatoric
                or UncertaintyKind.Probability)
                Assert.All(values[o], v => Assert.True(v >= 0));
        }
        // A batch of one.
        var alone = model.Run([WrappedRows.Test[3]], outputs);
        for (var o = 0; o < outputs.Length; o++)
            for (var k = 0; k < alone[o].Length; k++)
                Assert.Equal(values[o][3 * alone[o].Length + k], alone[o][k], 1e-4f * (1 + Math.Abs(alone[o][k])));
        // What is predicted stays; a temperature leaves the most likely class.
        var (before, after) = (world.Model.Run(WrappedRows.Test, "kind", "age"),
            model.Run(WrappedRows.Test, "kind", "age"));
        Assert.Equal(before[1], after[1]);
        for (var i = 0; i < before[0].Length; i += 2)
            Assert.Equal(before[0][i] > before[0][i + 1], after[0][i] > after[0][i + 1]);
        if (name != "temperature")
            Assert.Equal(before[0], after[0]);
    }

    [Fact]
    public void Parts_of_an_ensemble_add_up_and_members_that_agree_have_none()
    {
        var world = WrappedRows.Two;
        var model = world.Model.With(new Ensemble());
        var values = model.Run(WrappedRows.Test, "kind", "kind_uncertainty_ensemble",
            "kind_uncertainty_ensemble_aleatoric", "age_uncertainty_ensemble");
        for (var i = 0; i < WrappedRows.Test.Length; i++)
        {
            double[] p = [values[0][2 * i], values[0][2 * i + 1]];
            Assert.Equal(-p.Sum(v => v > 0 ? v * Math.Log(v) : 0), values[1][i] + values[2][i], 1e-5);
        }
        Assert.True(values[3].Average() > 0);
        // The second member becomes the first.
        var same = world.Trained.Graph.Clone();
        foreach (var tensor in same.Graph.Initializer.Where(t => t.Name.Contains(".1.", StringComparison.Ordinal)))
            tensor.RawData =
                same.Graph.Initializer.First(
                    t => t.Name == tensor.Name.Replace(".1.", ".0.", StringComparison.Ordinal)).RawData;
        var agreed = new UncertainModel(same, world.Trained.Outputs, world.Rows).With(new Ensemble())
            .Run(WrappedRows.Test, "kind_uncertainty_ensemble", "age_uncertainty_ensemble");
        Assert.All(agreed[0].Concat(agreed[1]), v => Assert.InRange(v, 0, 1e-5f));
        Assert.Contains("TrainOptions.Members",
            Assert.Throws<FaceBiasException>(() => WrappedRows.One.Model.With(new Ensemble())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Temperature_is_found_and_groups_with_few_rows_take_the_overall_one()
    {
        var random = new RandomSource(2).Stream("rows");
        var rows = new List<(Memory<float>, int)>();
        for (var i = 0; i < 4000; i++)
        {
            // Right with probability s(z), told with s(2.5 z).
            var z = 2 * random.NextNormal();
            rows.Add((new float[] { (float)(1 / (1 + Math.Exp(2.5 * z))), (float)(1 / (1 + Math.Exp(-2.5 * z))) },
                random.NextDouble() < 1 / (1 + Math.Exp(-z)) ? 1 : 0));
        }
        Assert.InRange(Temperature.Best(rows), 2.2, 2.8);
        var world = WrappedRows.Two;
        var model = world.Model.With(new Temperature { Group = "site" });
        Assert.Contains(model.Notices, n => n.Contains("unlawful", StringComparison.Ordinal));
        Assert.Contains(model.Notices, n => n.Contains("too few", StringComparison.Ordinal));
        Assert.Contains(model.Outputs, o => o.Name == "kind_temperature_site=a");
        Assert.Contains("'site'",
            Assert.Throws<FaceBiasException>(() => world.Model.With(new Temperature { Group = "colour" })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Predicted_noise_ranks_rows_whose_labels_were_made_noisy()
    {
        var random = new RandomSource(4).Stream("noise");
        const int Count = 1500, Width = 48;
        var values = new float[Count * Width];
        var (codes, numbers, noisy) = (new int[Count], new double[Count], new bool[Count]);
        for (var i = 0; i < Count; i++)
        {
            double[] hidden = [random.NextNormal(), random.NextNormal(), random.NextNormal()];
            for (var d = 0; d < Width; d++)
                values[i * Width + d] = (float)(hidden[d % 3] + (d < 3 ? 0 : 0.3 * random.NextNormal()));
            noisy[i] = values[i * Width] > 0.5;
            codes[i] = values[i * Width + 1] > 0 ? 1 : 0;
            if (noisy[i] && random.NextDouble() < 0.4)
                codes[i] = 1 - codes[i];
            numbers[i] = Math.Round(50 + 5 * values[i * Width + 2] + (noisy[i] ? 8 : 1) * random.NextNormal(), 1);
        }
        Target[] labels = [Target.Of("kind", ["a", "b"], codes), Target.Of("age", numbers)];
        var rows = new FittingRows
        {
            Features = i => values.AsSpan(i * Width, Width), Width = Width, Train = [.. Enumerable.Range(0, 1000)],
            Validation = [.. Enumerable.Range(1000, 200)], Targets = labels, Threads = 1,
        };
        var options = new TrainOptions { Hidden = 16, Members = 1, Epochs = 3 };
        var trained = HeadTrainer.Train(rows.Features, Width, rows.Train, rows.Validation,
            [.. labels.Select(t => TrainingTarget.Create(t, rows.Train, options))], options, 1);
        var model = new UncertainModel(trained.Graph, trained.Outputs, rows).With(new MeanVariance());
        int[] test = [.. Enumerable.Range(1200, 300)];
        var scores = model.Run(test, "age_uncertainty_mve", "kind_uncertainty_mve");
        Assert.InRange(Auc(scores[0], i => noisy[test[i]]), 0.8, 1);
        Assert.InRange(Auc(scores[1], i => noisy[test[i]]), 0.65, 1);
    }

    [Fact]
    public void Pictures_unlike_the_training_pictures_are_told_by_direction()
    {
        var world = WrappedRows.Two;
        var other = new float[WrappedRows.Width];
        other[6] = -3;
        foreach (var wrapper in new[] { NoveltyScore.Mahalanobis(), NoveltyScore.NearestNeighbours() })
        {
            // Usual rows point one way; an eighth coordinate tells nothing of others.
            var lifted = new Func<int, float[]>(i =>
            {
                float[] row = i < 0 ? [.. other] : world.Rows.Features(i).ToArray();
                if (i >= 0)
                    row[7] += 20;
                return row;
            });
            var rows = world.Rows with { Features = i => lifted(i) };
            var model = new UncertainModel(world.Trained.Graph, world.Trained.Outputs, rows).With(wrapper);
            var name = model.Outputs[0].Name;
            var usual = model.Run(WrappedRows.Test, name)[0];
            Assert.InRange(usual.Order().ElementAt(50), -0.3f, 0.3f);
            Assert.InRange(usual.Count(v => v > 1), 0, 5);
            Assert.True(model.Run([-1], name)[0][0] > 3, name);
            // Length says nothing.
            var tenfold = model.Rows with { Features = i => Array.ConvertAll(lifted(i), v => 10 * v) };
            Assert.Equal(usual[0],
                new UncertainModel(model.Heads, model.Targets, tenfold).Run(WrappedRows.Test, name)[0][0], 1e-3f);
        }
        var few = new UncertainModel(world.Trained.Graph, world.Trained.Outputs, world.Rows with { Train = [1, 2, 3] });
        Assert.Contains("at least 50",
            Assert.Throws<FaceBiasException>(() => few.With(NoveltyScore.Mahalanobis())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Few_pictures_of_many_features_do_not_make_all_others_novel()
    {
        // More features than pictures: those that the covariance was fitted on lie far nearer than any others do.
        const int Width = 200, Fresh = 180;
        var random = new RandomSource(5).Stream("rows");
        var values = new float[300 * Width];
        foreach (ref var value in values.AsSpan())
            value = (float)random.NextNormal();
        var labels = Target.Of("kind", ["a", "b"], [.. Enumerable.Range(0, 300).Select(i => i % 2)]);
        var rows = new FittingRows { Features = i => values.AsSpan(i * Width, Width), Width = Width, LastLayer = Width,
            Train = [.. Enumerable.Range(0, 100)], Validation = [.. Enumerable.Range(100, 20)],
            Targets = [labels], Threads = 1 };
        var options = new TrainOptions { Hidden = 4, Members = 1, Epochs = 1 };
        var heads = HeadTrainer.Train(rows.Features, Width, rows.Train, rows.Validation,
            [TrainingTarget.Create(labels, rows.Train, options)], options, 1);
        foreach (var wrapper in new[] { NoveltyScore.Mahalanobis(), NoveltyScore.NearestNeighbours() })
        {
            var model = new UncertainModel(heads.Graph, heads.Outputs, rows).With(wrapper);
            var fresh = model.Run([.. Enumerable.Range(120, Fresh)], model.Outputs[0].Name)[0];
            Assert.InRange(fresh.Count(v => v > 1), 0, Fresh / 20);
        }
    }

    [Fact]
    public void Unknown_and_repeated_names_are_refused()
    {
        Assert.Contains("laplace",
            Assert.Throws<FaceBiasException>(() => UncertaintyWrappers.Parse(["laplas"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("twice",
            Assert.Throws<FaceBiasException>(() => UncertaintyWrappers.Parse(["mve", "mve"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("no setting",
            Assert.Throws<FaceBiasException>(() => UncertaintyWrappers.Parse(["mve:race"])).Message,
            StringComparison.Ordinal);
        Assert.Equal("race", Assert.IsType<Temperature>(UncertaintyWrappers.Parse(["temperature:race"])[0]).Group);
    }

    /// <summary>How often a row of a kind has a larger score than another.</summary>
    internal static double Auc(IReadOnlyList<float> scores, Func<int, bool> isOfKind)
    {
        float[] of = [.. scores.Where((_, i) => isOfKind(i))], others = [.. scores.Where((_, i) => !isOfKind(i))];
        return of.Sum(a => others.Sum(b => a > b ? 1 : a == b ? 0.5 : 0)) / of.Length / others.Length;
    }
}
