using FaceBias.Core.Heads.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Heads.Results;
using FaceBias.Tests;
using FaceBias.Workflows.Mitigate;

namespace FaceBias.Core.Tests.Mitigation;

/// <summary>What a method's weights amount to, and choosing without group labels.</summary>
public class EffectTests
{
    private static readonly HeadData Data =
        SyntheticBias.Create(new() { Train = 600, Width = 12, Validation = 50, Test = 60, Correlation = 0.95 });

    [Fact]
    public void Effective_rows_and_shares_by_hand()
    {
        // (1 + 1 + 2 + 4)² / (1 + 1 + 4 + 16) = 64 / 22.
        var weights = new RowWeights([1, 1, 2, 0], [4]);
        Assert.Equal(4, weights.Rows);
        Assert.Equal(64 / 22.0, weights.EffectiveRows, 1e-12);
        Assert.Equal([2 / 8.0, 6 / 8.0], weights.Shares([0, 0, 1, 1], [1], 2));
        Assert.Equal(5, new RowWeights([3, 3, 3, 3, 3]).EffectiveRows, 1e-12);
    }

    [Theory]
    [InlineData("group-reweighting")]
    [InlineData("group-resampling")]
    [InlineData("dfr")]
    [InlineData("dpe-groups")]
    public void A_method_that_balances_groups_has_equal_shares(string name)
    {
        var head = Train(name);
        Assert.All(Shares(head), s => Assert.Equal(0.25, s, name == "dfr" || name == "dpe-groups" ? 1e-9 : 0.03));
    }

    [Fact]
    public void ERM_has_the_shares_of_its_rows()
    {
        var sizes = Data.GroupSizes(Data.Train);
        var shares = Shares(Train("erm"));
        for (var g = 0; g < shares.Length; g++)
            Assert.Equal(sizes[g] / 600.0, shares[g], 0.02);
    }

    [Theory]
    [InlineData("tab")]
    [InlineData("fg-ccdb")]
    [InlineData("jtt")]
    [InlineData("group-dro")]
    [InlineData("lff")]
    public void A_method_without_group_labels_moves_weight_to_the_rare_groups(string name)
    {
        var (sizes, shares) = (Data.GroupSizes(Data.Train), Shares(Train(name)));
        foreach (var rare in Enumerable.Range(0, 4).Where(g => sizes[g] < 60))
            Assert.True(shares[rare] > sizes[rare] / 600.0,
                $"{name}: {shares[rare]:0.000} of the weight for {sizes[rare] / 600.0:0.000} of the rows");
    }

    [Fact]
    public void DPE_chooses_on_rows_that_it_does_not_fit()
    {
        var weights = Train("dpe").Weights!;
        var half = CrossFit.Halves(Data.Validation.Target, 2, MitigationTask.Prepare(Data).Seed);
        Assert.Null(weights.Training);
        for (var i = 0; i < half.Length; i++)
            Assert.True(half[i] == 0 || weights.Validation![i] == 0);
        Assert.InRange(weights.Rows, 2, half.Count(h => h == 0));
    }

    [Fact]
    public void The_graph_of_prototypes_gives_the_mean_of_its_members()
    {
        var task = MitigationTask.Prepare(Data);
        var unit = Prototypes.Unit(task.Scaling.Apply(Data.Test));
        PrototypeMember[] members = [new([.. Enumerable.Range(0, 24).Select(i => MathF.Sin(i))], -1.5f),
            new([.. Enumerable.Range(0, 24).Select(i => MathF.Cos(3 * i))], 0.8f)];
        using var session = new Prototypes(12, 2, 8, 30);
        var (a, b) = (session.Probabilities(unit, members[0]), session.Probabilities(unit, members[1]));
        var head = TrainedHead.Of(task, (g, x) => Prototypes.AddEnsemble(g, x, members, 12, 2), new([], 0));
        var given = head.Predict(Data.Test);
        for (var i = 0; i < given.Length; i++)
            Assert.Equal((a[i] + b[i]) / 2, given[i], 1e-5);
    }

    [Fact]
    public void Prototypes_are_pushed_away_from_those_before_them()
    {
        var unit = Prototypes.Unit(MitigationTask.Prepare(Data).Train);
        float[] start = [.. Enumerable.Range(0, 24).Select(i => 0.01f * MathF.Sin(i + 1))];
        double Overlap(double diversity)
        {
            using var session = new Prototypes(12, 2, 64, 10);
            session.Begin(start, start, diversity);
            for (var step = 0; step < 30; step++)
                session.Step(unit, [.. Enumerable.Range(0, 64)], 1e-3);
            return Math.Abs(session.Member().Points.Zip(start, (x, y) => x * y).Sum());
        }
        Assert.True(Overlap(50) < 0.5 * Overlap(0));
    }

    [Fact]
    public void The_odds_of_TAB_bring_both_clusters_of_a_class_to_the_size_of_the_larger() =>
        Assert.Equal([1, 1, 1, 3, 2, 1, 1], Tab.Odds([0, 0, 0, 1, 3, 2, 2]));

    [Fact]
    public void FG_CCDB_makes_predictions_alike_in_every_class()
    {
        int[] truth = [.. Enumerable.Repeat(0, 4000), .. Enumerable.Repeat(1, 2000)];
        int[] predicted = [.. truth.Select((y, i) => i % 10 == 0 ? 1 - y : y)];
        var weights = FgCcdb.Weights(truth, predicted, 2);
        double Share(int y) =>
            Enumerable.Range(0, truth.Length).Where(i => truth[i] == y && predicted[i] == 0).Sum(i => weights[i])
            / Enumerable.Range(0, truth.Length).Where(i => truth[i] == y).Sum(i => weights[i]);
        // 4,000 · .9 + 2,000 · .1 of 6,000 are predicted 0, in each class then too, but for the one row that a cell
        // counts more.
        Assert.Equal(3800 / 6000.0, Share(0), 0.003);
        Assert.Equal(3800 / 6000.0, Share(1), 0.003);
        Assert.Equal(1, weights.Average(), 1e-12);
    }

    [Fact]
    public void Environments_of_two_classes_are_where_ERM_is_right_and_where_it_is_wrong()
    {
        var part = new HeadPart(new float[4], 1, [0, 1, 1, 0], [], null);
        Assert.Equal([0, 0, 1, 1], Environments.Split([2, 1, -1, 3, 0.5f, 0, 1, 4], part));
        // Numbers: too far from the middle on the truth's side, or on the wrong side; and too near the middle.
        var numbers = new HeadPart(new float[3], 1, [], [1, 1, 1], null);
        Assert.Equal([1, 0, 1], Environments.Split([2, 0.5f, -1], numbers));
    }

    [Fact]
    public void Environments_make_the_invariance_penalty_largest()
    {
        var random = new Random(3);
        float[] logits = [.. Enumerable.Range(0, 36).Select(_ => (float)(4 * random.NextDouble() - 2))];
        var part = new HeadPart(new float[12], 1, [.. Enumerable.Range(0, 12).Select(i => i % 3)], [], null);
        double[] slope = [.. Enumerable.Range(0, 12).Select(i =>
        {
            double Loss(double s) =>
                -Math.Log(LastLayer.Softmax([.. logits[(3 * i)..(3 * i + 3)].Select(l => (float)(s * l))])[i % 3]);
            return (Loss(1.001) - Loss(0.999)) / 0.002;
        })];
        double Penalty(Func<int, bool> first) => Math.Pow(Enumerable.Range(0, 12).Where(first).Sum(i => slope[i]), 2)
            + Math.Pow(Enumerable.Range(0, 12).Where(i => !first(i)).Sum(i => slope[i]), 2);
        var found = Environments.Split(logits, part);
        var largest = Enumerable.Range(0, 1 << 12).Max(mask => Penalty(i => (mask >> i & 1) == 1));
        Assert.Equal(largest, Penalty(i => found[i] == 1), 1e-3);
    }

    [Fact]
    public void Choosing_by_environments_sees_no_group()
    {
        static HeadPart Blind(HeadPart p) => new(p.Features, p.Width, p.Target, p.Values, null);
        var blind = Data with { Train = Blind(Data.Train), Validation = Blind(Data.Validation), Test = Blind(Data.Test),
            Bias = "", Levels = [] };
        MitigationRunOptions Options() => new()
        { Methods = ["erm", "jtt"], Out = TestPaths.NewFolder(), Seeds = 1, Trials = 2,
            Epochs = 5, BatchSize = 64, Rule = SelectionRule.Environments };
        var (unknown, known) = (MitigationRun.Execute(blind, Options()), MitigationRun.Execute(Data, Options()));
        Assert.Equal(known.Methods.Select(m => m.Seeds[0].Score), unknown.Methods.Select(m => m.Seeds[0].Score));
        Assert.All(unknown.Methods, m => Assert.Equal("nowhere", m.GroupLabels));
        Assert.Contains("without group labels", unknown.Selection, StringComparison.Ordinal);
    }

    [Fact]
    public void Moved_rows_are_those_whose_prediction_changed()
    {
        var options = new MitigationRunOptions { Methods = ["erm", "group-reweighting"],
            Out = TestPaths.NewFolder(), Seeds = 1, Trials = 1, Epochs = 8, BatchSize = 64 };
        var result = MitigationRun.Execute(Data, options);
        var moved = result.Methods[1].Moved!;
        double[] Outcomes(int m) =>
            GroupMetrics.Outcomes(Data.Test,
                TrainedHead.Read(Path.Combine(options.Out, result.Methods[m].Seeds[0].Head), Data).Predict(Data.Test),
                2);
        var (erm, own) = (Outcomes(0), Outcomes(1));
        Assert.Equal(erm.Zip(own, (a, b) => b > a ? 1 : 0).Sum(), moved.Groups.Sum(g => g.Better));
        Assert.Equal(erm.Zip(own, (a, b) => b < a ? 1 : 0).Sum(), moved.Groups.Sum(g => g.Worse));
        Assert.Null(result.Methods[0].Moved);
        // These arrays name no rows, so their numbers do.
        Assert.All(moved.Better,
            id => Assert.True(
                int.Parse(id["row ".Length..], System.Globalization.CultureInfo.InvariantCulture) is var row
                    && own[row] > erm[row]));
        Assert.NotEmpty(moved.Better);
    }

    private static TrainedModel Train(string name)
    {
        var method = MitigationMethods.Find([name])[0];
        return method.Train(MitigationTask.Prepare(Data).With(epochs: 12, batch: 64), Settings.Defaults(method.Space));
    }

    private static double[] Shares(TrainedModel head) =>
        head.Weights!.Shares(Data.Groups(Data.Train), Data.Groups(Data.Validation), Data.GroupCount);
}
