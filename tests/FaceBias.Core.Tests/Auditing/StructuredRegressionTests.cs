using FaceBias.Auditing;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Auditing;

public class StructuredRegressionTests
{
    [Fact]
    public void A_lasso_of_one_term_by_hand()
    {
        // Half of the cells are 2 and half 0: 2 without a penalty; each unit of λ takes λ s / s² = 2 λ of it, and from
        // 1 on all.
        var lasso = new WeightedLasso(new double[,] { { 0 }, { 0 }, { 1 }, { 1 } }, [0, 0, 2, 2], [1, 1, 1, 1],
            _ => true);
        Assert.Equal(1, lasso.LargestPenalty, 1e-12);
        lasso.Fit(0.25);
        Assert.Equal(1.5, lasso.Predict(2) - lasso.Predict(0), 1e-5);
        lasso.Fit(1.01);
        Assert.Empty(lasso.Active);
    }

    [Fact]
    public void Cells_weigh_as_the_inverse_of_their_variance()
    {
        var lasso = new WeightedLasso(new double[,] { { 0 }, { 0 }, { 1 } }, [0, 3, 5], [1, 2, 1], _ => true);
        lasso.Fit(0);
        Assert.Equal(1, lasso.Predict(0), 1e-4);
        Assert.Equal(5, lasso.Predict(2), 1e-4);
    }

    [Fact]
    public void A_cell_left_out_is_predicted_from_its_levels()
    {
        double[,] terms = { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } };
        var lasso = new WeightedLasso(terms, [1, 2, 4, 99], [1, 1, 1, 1], i => i != 3);
        lasso.Fit(0);
        Assert.Equal(5, lasso.Predict(3), 1e-3);
    }

    [Fact]
    public void Where_levels_add_up_estimates_are_nearer_to_the_truth_than_raw_means()
    {
        double raw = 0, structured = 0, covered = 0, cells = 0;
        for (var seed = 1; seed <= 12; seed++)
        {
            var (audit, truth) = Audit(seed, (a, b) => 0.9 - (0.05 * a) - (0.04 * b));
            foreach (var g in audit.Groups)
            {
                var t = truth[g.Levels[0] + g.Levels[1]];
                (raw, structured) = (raw + Math.Pow(g.Raw - t, 2), structured + Math.Pow(g.Estimate - t, 2));
                (covered, cells) = (covered + (g.Low <= t && t <= g.High ? 1 : 0), cells + 1);
                Assert.InRange(g.Estimate, Math.Min(g.Raw, Math.Clamp(g.Model, 0, 1)) - 1e-9,
                    Math.Max(g.Raw, Math.Clamp(g.Model, 0, 1)) + 1e-9);
            }
        }
        Assert.True(structured < 0.4 * raw, $"{structured:0.000} of {raw:0.000}");
        Assert.InRange(covered / cells, 0.90, 0.99);
    }

    [Fact]
    public void A_group_that_is_worse_than_its_levels_add_up_to_is_named()
    {
        var (audit, _) = Audit(3, (a, b) => a == 2 && b == 1 ? 0.2 : 0.92, rows: 60);
        Assert.True(audit.Fit.P < 0.05);
        Assert.Contains("a2, b1", audit.Fit.Sentence, StringComparison.Ordinal);
        Assert.Equal("a2b1",
            audit.Groups.MinBy(g => g.ExcessP)!.Levels[0] + audit.Groups.MinBy(g => g.ExcessP)!.Levels[1]);
    }

    [Fact]
    public void Where_levels_add_up_the_test_seldom_says_otherwise()
    {
        var rejected = Enumerable.Range(1, 40).Count(
            seed => Audit(seed, (a, b) => 0.85 - (0.06 * a) - (0.03 * b), rows: 25).Audit.Fit.P <= 0.05);
        Assert.InRange(rejected, 0, 6);
    }

    [Fact]
    public void The_order_of_rows_changes_nothing()
    {
        var table = Make(5, (a, b) => 0.9 - (0.1 * a), 20).Table;
        var turned = new Table(
            table.Columns.Select(
                c => new TextColumn(c.Name,
                    [.. Enumerable.Range(0, table.RowCount).Reverse().Select(r => table.Text(c.Name)[r])])));
        Assert.Equal(Of(table).Groups.Select(g => (g.Estimate, g.Low, g.ExcessP)),
            Of(turned).Groups.Select(g => (g.Estimate, g.Low, g.ExcessP)));
    }

    [Fact]
    public void A_single_attribute_has_none() =>
        Assert.Null(Auditor.Run(Make(1, (_, _) => 0.9, 20).Table,
            Options with { Groups = ["a"] }).Targets[0].Groupings[0].Structured);

    private static readonly AuditOptions Options =
        new() { Groups = ["a", "b"], Resample = false, FindSlices = false, MinimumCount = 1 };

    private static StructuredEstimates Of(Table table) =>
        Auditor.Run(table, Options).Targets[0].Groupings.Single(g => g.Attributes.Count == 2).Structured!;

    private static (StructuredEstimates Audit, Dictionary<string, double> Truth) Audit(int seed,
        Func<int, int, double> rate, int? rows = null)
    {
        var (table, truth) = Make(seed, rate, rows);
        return (Of(table), truth);
    }

    private static (Table Table, Dictionary<string, double> Truth) Make(int seed, Func<int, int, double> rate,
        int? rows)
    {
        var random = new RandomSource(seed).Stream("cells", 0);
        var (a, b, y, p, id, truth) = (new List<string?>(), new List<string?>(), new List<string?>(),
            new List<string?>(), new List<string?>(), new Dictionary<string, double>());
        for (var i = 0; i < 6; i++)
            for (var j = 0; j < 5; j++)
            {
                truth[$"a{i}b{j}"] = rate(i, j);
                for (var n = rows ?? (5 + (int)(35 * random.NextDouble())); n > 0; n--)
                {
                    a.Add($"a{i}");
                    b.Add($"b{j}");
                    y.Add("yes");
                    p.Add(random.NextDouble() < rate(i, j) ? "yes" : "no");
                    id.Add($"row {id.Count:0000}");
                }
            }
        return (new Table([new TextColumn("id", id), new TextColumn("t_true", y), new TextColumn("t", p),
            new TextColumn("a", a), new TextColumn("b", b)]), truth);
    }
}
