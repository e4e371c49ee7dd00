using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using FaceBias.Workflows.Mitigate;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Mitigation;

/// <summary>The methods' formulas by numbers computed by hand.</summary>
public class FormulaTests
{
    [Fact]
    public void GroupDro_moves_its_weights_towards_the_group_that_loses_most()
    {
        // Two groups of one sample each, logits (0, 0) and (ln 3, 0), truth 0 and 1: losses ln 2 and ln 4.
        var g = new GraphBuilder("dro");
        g.Input("x", DataType.Float, 2, 1);
        g.Input("truth", DataType.Int64, 2);
        g.Initializer(Tensors.Float("w", [(float)Math.Log(3), 0], 1, 2));
        var logits = g.Add("MatMul", "x", "w");
        var loss = GroupDro.Loss(
            new HeadValues(g, 2, 2, false, new Dictionary<string, (string, string)> { [""] = ("x", logits) }), 2, 1,
            out var next);
        using var session = new TrainingSession(g.Model, loss, ["w"], new Sgd(), new() { Fetch = [next], Threads = 1 });
        session.Input<float>("x")[1] = 1;
        session.Input<long>("truth")[1] = 1;
        session.Input<float>("q").Fill(0.5f);
        session.Input<float>("membership")[0] = session.Input<float>("membership")[3] = 1;
        var value = session.Step(1);
        // q = (.5 · 2, .5 · 4) / 3 = (1/3, 2/3); loss = ln 2 / 3 + 2 ln 4 / 3 = 5/3 ln 2.
        Assert.Equal([1 / 3f, 2 / 3f], session.Output<float>(next).ToArray().Select(v => MathF.Round(v, 6)),
            new Near(1e-5f));
        Assert.Equal(5 / 3.0 * Math.Log(2), value, 1e-5);
        // q is a constant: dL/dw = 2/3 · (p - truth) x with p = (3/4, 1/4), so w moves by -2/3 · (3/4, -3/4).
        Assert.Equal([(float)(Math.Log(3) - 0.5), 0.5f], session.GetParameter("w"), new Near(1e-5f));
    }

    [Fact]
    public void The_error_set_of_JTT_is_what_is_misclassified() => Assert.Equal(
        [false, true, true, false], Jtt.ErrorSet([2, 1, 2, 1, 1, 1, 0, 3], [0, 1, 1, 1], 2));

    [Fact]
    public void A_weighting_gives_every_group_its_share() => Assert.Equal(
        [1 / 3.0, 1 / 3.0, 1 / 3.0, 2, 0], CrossFit.Weights([0, 0, 0, 1, 1], [1, 2], i => i != 4));

    [Fact]
    public void The_shares_of_DFR_with_GroupDRO_move_towards_the_group_that_errs_most()
    {
        // q · exp(4 ln 3 · error): .5 · 9, .25 · 3 and .25 · 3, of 6.
        var shares = DfrDro.Next([0.5, 0.25, 0.25], [0.5, 0.25, 0.25], 4 * Math.Log(3));
        Assert.Equal([6 / 8.0, 1 / 8.0, 1 / 8.0], shares.Select(s => Math.Round(s, 12)));
    }

    [Fact]
    public void Halves_hold_the_same_number_of_each_group()
    {
        var half = CrossFit.Halves([0, 1, 0, 1, 1, 1, 2, 2], 3, 7);
        Assert.All(half, h => Assert.InRange(h, 0, 1));
        Assert.Equal((1, 2, 1), (half[0] + half[2], half[1] + half[3] + half[4] + half[5], half[6] + half[7]));
    }

    [Fact]
    public void Averages_are_what_their_names_say()
    {
        var metrics = GroupMetrics.Of([1, 1, 1, 0, 1, 0], [0, 0, 0, 0, 1, 1], 3, isError: false);
        Assert.Equal([0.75, 0.5, double.NaN], metrics.Values);
        Assert.Equal((0.5, 0.75, 0.625), (metrics.Worst, metrics.Best, metrics.GroupAverage));
        Assert.Equal(4 / 6.0, metrics.RowAverage, 12);
        Assert.Equal(0.1 * 0.75 + 0.9 * 0.5, metrics.Weighted([1, 9, 5]), 12);
        var errors = GroupMetrics.Of([1, 3, 5], [0, 1, 1], 2, isError: true);
        Assert.Equal((4.0, 1.0, 1), (errors.Worst, errors.Best, errors.WorstGroup));
    }

    [Fact]
    public void A_comparison_begins_with_the_published_values_and_its_draws_depend_on_method_seed_and_trial_alone()
    {
        MitigationRunOptions options = new() { Methods = [], Out = "", Seeds = 2, Trials = 40 };
        List<(MitigationMethod Method, ulong Seed, Settings Settings)> Plan(IReadOnlyList<MitigationMethod> methods,
            MitigationRunOptions o)
        {
            var plan = new ComparisonPlan(methods, o);
            return [.. plan.Trials.Select(plan.Read)];
        }
        var all = Plan([new Erm(), new Jtt()], options);
        Assert.Equal(new Erm().Name, all[0].Method.Name);
        var jtt = all.Where(t => t.Method is Jtt).ToList();
        Assert.Equal(80, jtt.Count);
        Assert.Equal(Settings.Defaults(new Jtt().Space).ToString(), jtt[0].Settings.ToString());
        // Neither further methods nor seeds nor trials change what is drawn.
        Assert.Equal(
            jtt.Where(t => t.Seed == 1).Take(10).Select(t => t.Settings.ToString()),
            Plan([new Jtt()], options with { Seeds = 1, Trials = 10 }).Select(t => t.Settings.ToString()));
        Assert.NotEqual(jtt[1].Settings.ToString(), jtt[41].Settings.ToString());
        foreach (var h in new Jtt().Space.OfType<NumberParameter>())
            Assert.All(jtt, t => Assert.InRange(t.Settings[h.Name], h.Low, h.High));
        Assert.All(jtt, t => Assert.Contains(t.Settings.Count("first-epochs"), new[] { 1, 2, 5, 10, 20 }));
    }

    [Fact]
    public void A_hyperparameter_that_is_not_searched_may_have_any_value_and_repeats_are_tried_once()
    {
        var plan = new ComparisonPlan([new Erm()], new()
        {
            Methods = [], Out = "", Seeds = 1, Trials = 5,
            Fixed = new Dictionary<string, double> { ["hidden"] = 64, ["rate"] = 0.02, ["decay"] = 0 },
        });
        Assert.Equal("decay 0, hidden 64, rate 0.02", plan.Read(Assert.Single(plan.Trials)).Settings.ToString());
    }

    [Fact]
    public void LfF_weighs_samples_by_their_relative_difficulty()
    {
        // Two samples of class 0 with logits (0, 0) and (ln 3, 0) in the biased head, both (0, 0) in the other.
        var g = new GraphBuilder("lff");
        g.Input("x", DataType.Float, 2, 1);
        g.Input("truth", DataType.Int64, 2);
        g.Initializer(Tensors.Float("b", [(float)Math.Log(3), 0], 1, 2));
        g.Initializer(Tensors.Float("d", [0, 0], 1, 2));
        var heads = new Dictionary<string, (string, string)>
            { ["biased."] = ("x", g.Add("MatMul", "x", "b")), ["debiased."] = ("x", g.Add("MatMul", "x", "d")) };
        var loss = Lff.Loss(new HeadValues(g, 2, 2, false, heads), 0.7, out var names);
        using var session = new TrainingSession(g.Model, loss, ["b", "d"], new Sgd(),
            new() { Fetch = [names.Biased, names.Weights], Threads = 1 });
        session.Input<float>("x")[1] = 1;
        session.Input<float>("keep")[1] = 0.7f;
        session.Input<float>("before.0")[1] = 1;
        session.Input<float>("before.1")[1] = (float)Math.Log(2);
        session.Input<float>("largest.0")[0] = 2;
        var value = session.Step(0);
        // First visit: ln 2. Second: .7 · 1 + .3 · ln(4/3). The largest outside the batch, 2, divides both.
        var (b0, b1) = (Math.Log(2), 0.7 + 0.3 * Math.Log(4 / 3.0));
        Assert.Equal([(float)b0, (float)b1], session.Output<float>(names.Biased).ToArray(), new Near(1e-5f));
        // The other head loses ln 2 on both, which is its largest: Ld = 1.
        var (w0, w1) = (b0 / 2 / (b0 / 2 + 1), b1 / 2 / (b1 / 2 + 1));
        Assert.Equal([(float)w0, (float)w1], session.Output<float>(names.Weights).ToArray(), new Near(1e-5f));
        var easy = ((1 - Math.Pow(0.5, 0.7)) / 0.7 + (1 - Math.Pow(0.75, 0.7)) / 0.7) / 2;
        Assert.Equal(easy + (w0 + w1) / 2 * Math.Log(2), value, 1e-5);
    }

    [Fact]
    public void The_gradient_of_generalized_cross_entropy_is_that_of_cross_entropy_times_p_to_the_q()
    {
        var g = new GraphBuilder("gce");
        g.Input("truth", DataType.Int64, 1);
        g.Initializer(Tensors.Float("z", [(float)Math.Log(3), 0], 1, 2));
        using var session = new TrainingSession(g.Model, Losses.GeneralizedCrossEntropy(g, "z", "truth", 2), ["z"],
            new Sgd(), new() { Threads = 1 });
        session.Step(1);
        // p = 3/4: dL/dz = p^.7 · (p - 1, 1 - p).
        var step = Math.Pow(0.75, 0.7) * 0.25;
        Assert.Equal([(float)(Math.Log(3) + step), (float)-step], session.GetParameter("z"), new Near(1e-5f));
    }

    [Fact]
    public void The_margin_of_CAML_turns_the_angle_and_goes_straight_where_it_would_pass_the_half_circle()
    {
        var g = new GraphBuilder("caml");
        g.Input("truth", DataType.Int64, 2);
        // cos θ = .6 and .8 in the first row; in the second -.9 is beyond cos(π - 1) = -.5403.
        g.Initializer(Tensors.Float("cos", [0.6f, 0.8f, -0.9f, 0f], 2, 2));
        var loss = Caml.Loss(
            new HeadValues(g, 2, 2, false, new Dictionary<string, (string, string)> { [""] = ("", "cos") }), 8);
        using var session = new TrainingSession(g.Model, loss, ["cos"], new Sgd(), new() { Threads = 1 });
        new[] { 0.5f, 0f, 1f, 0.25f }.CopyTo(session.Input<float>("margin"));
        Caml.FillMargins(session);
        var value = session.Evaluate();
        double[] phi =
        [
            0.6 * Math.Cos(0.5) - 0.8 * Math.Sin(0.5), 0.8,
            -0.9 - 1 * Math.Sin(Math.PI - 1), -Math.Sin(0.25),
        ];
        double Loss(int row) => Math.Log(Math.Exp(8 * phi[2 * row]) + Math.Exp(8 * phi[2 * row + 1]))
            - 8 * phi[2 * row];
        Assert.Equal((Loss(0) + Loss(1)) / 2, value, 1e-4);
        Assert.Equal(new double[,] { { 2 / 3.0, 1 / 3.0 }, { 0, 1 } }, Caml.Shares([0, 0, 0, 1], [0, 0, 1, 1], 2));
    }

    [Fact]
    public void BPA_weighs_clusters_by_rarity_and_share_of_the_loss() =>
        Assert.Equal([10 / 8.0 * 0.25, 10 / 2.0 * 0.75], Bpa.Weights([1, 3], [8, 2]));

    [Fact]
    public void DebiAN_weighs_the_part_with_the_lower_probability_more()
    {
        // Class 0: the part s = 1 has p = .9, so s is turned round; class 1: the part s = 1 has p = .2.
        var weights = Debian.Weights([0.9f, 0.3f, 0.2f, 0.8f], [1, 0, 1, 0], [0, 0, 1, 1], 2);
        Assert.Equal([1f, 2f, 2f, 1f], weights);
    }

    [Fact]
    public void DebiAN_discovers_by_the_difference_between_the_parts_and_their_balance()
    {
        // One class, p = (.9, .1), s = σ(0) = .5 each: no difference, perfect balance; then s = (σ(ln 3), .5).
        var g = new GraphBuilder("debian");
        g.Input("truth", DataType.Int64, 2);
        g.Initializer(Tensors.Float("z", [(float)Math.Log(3), 0], 2, 1));
        var loss = Debian.Discovery(
            new HeadValues(g, 2, 1, false, new Dictionary<string, (string, string)> { [""] = ("", "z") }), 1, 1, out _);
        using var session = new TrainingSession(g.Model, loss, ["z"], new Sgd(), new() { Threads = 1 });
        new[] { 0.9f, 0.1f }.CopyTo(session.Input<float>("p"));
        // P+ = (.75 · .9 + .5 · .1) / 1.25 = .58, P- = (.25 · .9 + .5 · .1) / .75 = .36667; mean s - mean (1 - s) =
        // .25.
        Assert.Equal(-Math.Log(0.58 - 0.275 / 0.75) - Math.Log(0.75), session.Evaluate(), 1e-4);
    }

    [Fact]
    public void AFR_weighs_rows_down_by_the_probability_of_their_truth()
    {
        var weights = Afr.Weights([0, 0, (float)Math.Log(3), 0, 0, 0], [0, 0, 1], 2, 2);
        double[] raw = [Math.Exp(-1) / 2, Math.Exp(-1.5) / 2, Math.Exp(-1)];
        Assert.Equal(raw.Select(r => Math.Round(r / raw.Sum(), 6)), weights.Select(w => Math.Round(w, 6)));
    }

    [Fact]
    public void SELF_takes_the_rows_of_each_class_that_changed_their_mind_most() => Assert.Equal(
        [0, 1, 1, 0], Self.Chosen([0, 0, 3, 0, 0, 3, 1, 0], [0, 0, 0, 0, 0, 0, 1, 0], [0, 0, 1, 1], 2, 2));

    private sealed class Near(float tolerance) : IEqualityComparer<float>
    {
        public bool Equals(float x, float y) => Math.Abs(x - y) <= tolerance;

        public int GetHashCode(float value) => 0;
    }
}
