using FaceBias.Core.Heads.Model;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Uncertainty;

/// <summary>Prediction sets and intervals: scores, cutoffs, coverage, look-up, and what cannot be calibrated.</summary>
public class ConformalTests
{
    private static readonly CategoricalOutput Kind = new("kind", ["a", "b", "c"]);
    private static readonly NumericOutput Age = new("age", 0, 100, 101, "years");

    [Theory]
    [InlineData(9, 0.9, 9)]
    [InlineData(10, 0.9, 10)]
    [InlineData(8, 0.9, 9)] // more than there are: infinite
    [InlineData(19, 0.95, 19)]
    [InlineData(99, 0.9, 90)]
    [InlineData(999, 0.9, 900)]
    [InlineData(4, 0.8, 4)]
    [InlineData(1000, 0.9, 901)]
    public void Cutoffs_are_the_right_order_statistics(int n, double level, int rank) =>
        Assert.Equal(rank, ConformalQuantile.Rank(n, level));

    [Theory]
    [InlineData(0.8, 4)]
    [InlineData(0.9, 9)]
    [InlineData(0.95, 19)]
    [InlineData(0.5, 1)]
    [InlineData(0.99, 99)]
    public void The_fewest_rows_are_the_first_with_a_finite_cutoff(double level, int fewest) =>
        Assert.Equal(fewest, ConformalQuantile.FewestRows(level));

    [Fact]
    public void Fluctuation_has_the_standard_deviation_of_its_distribution()
    {
        // sqrt(a (1 - a) / (n + 2)): 0.95 points at n = 1000 and a = 0.1.
        var range = ConformalQuantile.Fluctuation(1000, 0.9, 0.6827);
        Assert.Equal(2 * 0.0095, range.High - range.Low, 2e-4);
        Assert.Equal(new Interval(1, 1), ConformalQuantile.Fluctuation(8, 0.9, 0.95));
    }

    [Fact]
    public void Scores_are_those_of_their_papers()
    {
        var scores = new double[3];
        ConformalScores.Classes(SetScore.Lac, [0.5f, 0.25f, 0.25f], 0, 0, scores);
        Assert.Equal([0.5, 0.75, 0.75], scores);
        ConformalScores.Classes(SetScore.Aps, [0.5f, 0.375f, 0.125f], 0, 0, scores);
        Assert.Equal([0.5, 0.875, 1], scores);
        ConformalScores.Classes(SetScore.Aps, [0.5f, 0.25f, 0.25f], 0, 0, scores); // equal ones count with each other
        Assert.Equal([0.5, 1, 1], scores);
        ConformalScores.Classes(SetScore.Raps, [0.5f, 0.375f, 0.125f], 0.25, 1, scores);
        Assert.Equal([0.5, 1.125, 1.5], scores);
        Assert.Equal(-2, ConformalScores.Number(25, 22, 27, 1));
        Assert.Equal(1.5, ConformalScores.Number(30, 22, 27, 2));
    }

    [Theory]
    [InlineData(ConformalMethod.Split, SetScore.Lac)]
    [InlineData(ConformalMethod.Split, SetScore.Aps)]
    [InlineData(ConformalMethod.Split, SetScore.Raps)]
    [InlineData(ConformalMethod.ClassConditional, SetScore.Lac)]
    [InlineData(ConformalMethod.Mondrian, SetScore.Lac)]
    [InlineData(ConformalMethod.Overlapping, SetScore.Lac)]
    public void Sets_cover_at_their_level(ConformalMethod method, SetScore score)
    {
        const int Calibration = 300, Test = 300, Repeats = 40;
        var options = new ConformalOptions
        {
            Level = 0.9, Method = method, Classes = score,
            Groups = method is ConformalMethod.Mondrian ? ["g"]
                : method is ConformalMethod.Overlapping ? ["g", "kind"] : [],
        };
        var (hit, all) = (new double[5], new double[5]);
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            var (p, truth, group) = Draw(repeat, Calibration + Test);
            var target = ConformalCalibration.Classes(Kind, p.AsSpan(0, 3 * Calibration),
                Rows(truth[..Calibration], group[..Calibration]), options);
            var set = new bool[3];
            for (var row = Calibration; row < truth.Length; row++)
            {
                target.Set(p.AsSpan(3 * row, 3), Levels(target, group[row]), set);
                foreach (var cell in new[] { group[row], 2 + truth[row] })
                    (hit[cell], all[cell]) = (hit[cell] + (set[truth[row]] ? 1 : 0), all[cell] + 1);
            }
        }
        int[] guaranteed = method switch { ConformalMethod.ClassConditional => [2, 3, 4],
            ConformalMethod.Mondrian => [0, 1], ConformalMethod.Overlapping => [0, 1, 2, 3, 4], _ => [] };
        foreach (var cell in guaranteed)
            Assert.InRange(hit[cell] / all[cell], 0.885, 0.96);
        Assert.InRange((hit[0] + hit[1]) / (all[0] + all[1]), 0.89, 0.96);
        if (method == ConformalMethod.Split && score == SetScore.Lac) // what the guarantees are for
            Assert.True(hit[1] / all[1] < 0.88);
    }

    [Fact]
    public void Intervals_of_a_band_of_the_target_itself_hold_every_value_that_its_own_cutoff_admits()
    {
        var table = CutoffTable.Of([new("age", ["0-49", "50+"], [0, 50])],
            new Dictionary<int, (int, double)> { [0] = (20, 5), [1] = (20, 20) });
        var target = new ConformalTarget { Name = "age",
            Options = new() { Method = ConformalMethod.Mondrian, Groups = ["age"] }, Rows = 40, Table = table };
        var (low, high) = target.Interval(new(40, 40, 1), [2]);
        Assert.Equal(35, low, 1e-5); // 50 to 60 are admitted by the second cutoff, 45 to 50 by neither
        Assert.Equal(60, high, 1e-5);
        (low, high) = target.Interval(new(10, 10, 1), [2]);
        Assert.Equal((5, 15), (Math.Round(low, 4), Math.Round(high, 4)));
    }

    [Theory]
    [InlineData(IntervalScore.Absolute)]
    [InlineData(IntervalScore.Normalized)]
    [InlineData(IntervalScore.Quantile)]
    public void Intervals_cover_at_their_level(IntervalScore score)
    {
        var random = new RandomSource(9).Stream("ages");
        const int N = 4000;
        var (truth, basis) = (new double[N], new IntervalBasis[N]);
        for (var i = 0; i < N; i++)
        {
            double centre = 20 + (60 * random.NextDouble()), spread = 1 + (centre / 10);
            truth[i] = centre + (spread * random.NextNormal());
            basis[i] = score switch
            {
                IntervalScore.Absolute => new(centre, centre, 1),
                IntervalScore.Normalized => new(centre, centre, spread),
                _ => new(centre - spread, centre + (2 * spread), 1),
            };
        }
        var target = ConformalCalibration.Numbers(Age, basis[..2000], new(Target.Of("age", truth[..2000]), []),
            new() { Level = 0.8, Numbers = score });
        var columns = PredictionSets.Numbers(target, Age, basis[2000..], [], []);
        var (low, high) = ((NumberColumn)columns[0], (NumberColumn)columns[1]);
        var covered = Enumerable.Range(0, 2000).Count(i => truth[2000 + i] >= low[i] && truth[2000 + i] <= high[i]);
        Assert.InRange(covered / 2000.0, 0.77, 0.83);
        Assert.Equal(score == IntervalScore.Absolute,
            high.Values.Zip(low.Values, (h, l) => Math.Round(h - l, 6)).Distinct().Count() == 1);
    }

    [Fact]
    public void Unknown_groups_get_the_safest_cutoff_and_the_output_says_so()
    {
        var table = CutoffTable.Of([new("g", ["x", "y"])],
            new Dictionary<int, (int, double)> { [0] = (50, 0.3), [1] = (60, 0.8) });
        var target = new ConformalTarget { Name = "kind",
            Options = new() { Method = ConformalMethod.Mondrian, Groups = ["g"] }, Rows = 110, Table = table };
        float[] p = [0.75f, 0.25f, 0, 0.75f, 0.25f, 0, 0.75f, 0.25f, 0, 0.75f, 0.25f, 0];
        var notices = new List<string>();
        var columns = PredictionSets.Classes(target, Kind, p, [new TextColumn("g", ["x", "y", null, "z"])], notices);
        Assert.Equal(["a", "a|b", "a|b", "a|b"], Enumerable.Range(0, 4).Select(i => ((TextColumn)columns[0])[i]));
        Assert.Contains("2 of 4 rows have no g", Assert.Single(notices));
        Assert.Equal([50, 60, 110, 110], ((NumberColumn)columns[^1]).Values);
        notices.Clear();
        columns = PredictionSets.Classes(target, Kind, p, [], notices);
        Assert.Equal("a|b", ((TextColumn)columns[0])[0]);
        Assert.Contains("not known", Assert.Single(notices));
    }

    [Fact]
    public void A_group_with_too_few_rows_gets_every_class_and_a_sentence()
    {
        var (p, truth, group) = Draw(0, 100);
        for (var i = 0; i < 100; i++)
            group[i] = i < 5 ? 1 : 0;
        foreach (var method in new[] { ConformalMethod.Mondrian, ConformalMethod.Overlapping })
        {
            var target = ConformalCalibration.Classes(Kind, p, Rows(truth, group),
                new() { Method = method, Groups = ["g"] });
            var set = new bool[3];
            target.Set(p.AsSpan(0, 3), [1], set);
            Assert.All(set, Assert.True);
            Assert.Contains(target.Notices,
                n => n.Contains("g1") && n.Contains("5 calibration rows are too few") && n.Contains("at least 9"));
            target.Set(p.AsSpan(0, 3), [0], set);
            Assert.Contains(false, set);
        }
    }

    [Fact]
    public void Empty_sets_and_classes_that_hold_the_separator_are_written_apart()
    {
        var output = new CategoricalOutput("kind", ["a|x", "b"]);
        var target = new ConformalTarget { Name = "kind", Options = new(), Rows = 10, Marginal = 0.2,
            Table = new([], [0.2], [10]) };
        var column = (TextColumn)PredictionSets.Classes(target, output, [0.5f, 0.5f, 0.9f, 0.1f, float.NaN, float.NaN],
            [], [])[0];
        Assert.Equal(["{}", "a|x", null], Enumerable.Range(0, 3).Select(i => column[i]));
        Assert.Equal(';', PredictionSets.Separator(output.Classes));
    }

    [Fact]
    public void A_model_keeps_its_cutoffs_infinite_ones_too()
    {
        var (p, truth, group) = Draw(1, 200);
        group[0] = 1;
        var target = ConformalCalibration.Classes(Kind, p, Rows(truth, [.. group.Select((_, i) => i == 0 ? 1 : 0)]),
            new() { Method = ConformalMethod.Overlapping, Groups = ["g", "kind"] });
        var model = new ModelProto { Graph = new() };
        new ConformalModel(1, [target]).WriteTo(model);
        var read = ConformalModel.Read(model, [Kind], "m.onnx")!.Targets[0];
        Assert.Equal(target.Table.Cutoffs, read.Table.Cutoffs);
        Assert.Contains(null, read.Table.Cutoffs);
        Assert.Equal(target.Options.Groups, read.Options.Groups);
        Assert.Contains("do not fit",
            Assert.Throws<FaceBiasException>(
                () => ConformalModel.Read(model, [new CategoricalOutput("kind", ["a", "b"])], "m.onnx")).Message);
        model.SetMetadata(ConformalModel.Key,
            """{"version":1,"targets":[{"name":"kind","options":{},"rows":3,"table":{"groups":[],"cutoffs":[],"rows":[]}}]}""");
        Assert.Contains("damaged",
            Assert.Throws<FaceBiasException>(() => ConformalModel.Read(model, [Kind], "m.onnx")).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    [InlineData(-0.1)]
    public void Levels_that_guarantee_nothing_are_refused(double level)
    {
        var (p, truth, group) = Draw(0, 50);
        Assert.Contains("above 0 and below 1",
            Assert.Throws<FaceBiasException>(
                () => ConformalCalibration.Classes(Kind, p, Rows(truth, group), new() { Level = level })).Message);
    }

    [Fact]
    public void What_cannot_be_calibrated_is_refused_with_a_sentence()
    {
        var (p, truth, group) = Draw(0, 50);
        string Message(Action act) => Assert.Throws<FaceBiasException>(act).Message;
        Assert.Contains("no column 'race'",
            Message(() => ConformalCalibration.Classes(Kind, p, Rows(truth, group),
                new() { Method = ConformalMethod.Mondrian, Groups = ["race"] })));
        Assert.Contains("needs ConformalOptions.Groups",
            Message(() => ConformalCalibration.Classes(Kind, p, Rows(truth, group),
                new() { Method = ConformalMethod.Mondrian })));
        Assert.Contains("No calibration row",
            Message(() => ConformalCalibration.Classes(Kind, p, Rows([.. truth.Select(_ => -1)], group), new())));
        float[] wrong = [.. p];
        wrong[4] += 0.2f;
        Assert.Contains("row 2 sum to 1.2",
            Message(() => ConformalCalibration.Classes(Kind, wrong, Rows(truth, group), new())));
        wrong[4] = float.NaN;
        Assert.Contains("probability NaN",
            Message(() => ConformalCalibration.Classes(Kind, wrong, Rows(truth, group), new())));
        Assert.Contains("NaN",
            Message(() => ConformalCalibration.Numbers(Age, [new(double.NaN, 1, 1)], new(Target.Of("age", [3]), []),
                new())));
        Assert.Contains("no spread",
            Message(() => ConformalCalibration.Numbers(Age, [new(1, 1, 0)], new(Target.Of("age", [3]), []),
                new() { Numbers = IntervalScore.Normalized })));
        Assert.Contains("has no classes",
            Message(() => ConformalCalibration.Numbers(Age, [new(1, 1, 1)], new(Target.Of("age", [3]), []),
                new() { Method = ConformalMethod.ClassConditional })));
    }

    /// <summary>Three classes, and a group of which the second half is harder.</summary>
    private static (float[] P, int[] Truth, int[] Group) Draw(int seed, int n)
    {
        var random = new RandomSource(21).Stream("classes", seed);
        var (p, truth, group) = (new float[3 * n], new int[n], new int[n]);
        for (var i = 0; i < n; i++)
        {
            group[i] = random.NextDouble() < 0.3 ? 1 : 0;
            truth[i] = random.NextInt(3);
            double sum = 0;
            for (var k = 0; k < 3; k++)
                sum += p[(3 * i) + k] =
                    (float)Math.Exp((k == truth[i] ? group[i] == 1 ? 0.7 : 2.5 : 0) + random.NextNormal());
            for (var k = 0; k < 3; k++)
                p[(3 * i) + k] /= (float)sum;
        }
        return (p, truth, group);
    }

    private static CalibrationRows Rows(int[] truth, int[] group) =>
        new(Target.Of("kind", ["a", "b", "c"], truth), [Target.Of("g", ["g0", "g1"], group)]);

    private static int[] Levels(ConformalTarget target, int group) =>
        [.. target.Table.Groups.Select(g => g.Name == "g" ? group : g.Unknown)];
}
