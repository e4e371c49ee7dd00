using FaceBias.Auditing;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Auditing;

public class ForeignTableTests
{
    private static readonly Table Foreign = new([
        new TextColumn("label", ["cat", "dog", "cat"]), new TextColumn("answer", ["cat", "cat", "dog"]),
        new NumberColumn("score", [0.9, 0.6, 0.2]), new TextColumn("site", ["x", "y", "x"])]);

    [Fact]
    public void Columns_get_the_names_that_an_audit_reads()
    {
        var table = ForeignTable.Rename(Foreign, "label", "answer", ["cat=score"]);
        Assert.Equal(["site", "answer", "answer_true", "answer_p_cat", "answer_p_dog"],
            table.Columns.Select(c => c.Name));
        Assert.Equal([0.1, 0.4, 0.8], table.Number("answer_p_dog").Values.Select(v => Math.Round(v, 9)));
        var target = Auditor.Run(table,
            new() { BootstrapReplicates = 100, Permutations = 100, MinimumCount = 1 }).Targets.Single();
        Assert.Equal(1 / 3.0, target.Overall.Find("accuracy")!.Value!.Value, 12);
    }

    [Fact]
    public void Numbers_make_a_regression_audit()
    {
        var table = ForeignTable.Rename(new([new NumberColumn("years", [10, 20]), new NumberColumn("guess", [12, 19])]),
            "years", "guess");
        var target = Auditor.Run(table, new() { MinimumCount = 1 }).Targets.Single();
        Assert.Equal(TargetKind.Numeric, target.Kind);
        Assert.Equal(1.5, target.Overall.Find("mae")!.Value);
    }

    [Theory]
    [InlineData("label", "label", null, "both the truth and the prediction")]
    [InlineData("label", "guess", null, "no column 'guess'")]
    [InlineData("label", "answer", "cat=label", "named twice")]
    [InlineData("label", "answer", "cat=site", "must hold numbers")]
    public void Wrong_columns_are_named(string truth, string prediction, string? probability, string expected) =>
        Assert.Contains(expected,
        Assert.Throws<FaceBiasException>(
            () => ForeignTable.Rename(Foreign, truth, prediction, probability is null ? null : [probability])).Message,
        StringComparison.Ordinal);
}
