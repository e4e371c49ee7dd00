using FaceBias.Core.Heads.Model;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Uncertainty;

/// <summary>The graph of a calibrated model gives the sets and intervals that the library computes from the same
/// probabilities.</summary>
public class ConformalWrapperTests
{
    private static readonly CategoricalOutput Kind =
        (CategoricalOutput)WrappedRows.Two.Trained.Outputs.Single(o => o.Name == "kind");
    private static readonly NumericOutput Age =
        (NumericOutput)WrappedRows.Two.Trained.Outputs.Single(o => o.Name == "age");

    [Theory]
    [InlineData(SetScore.Lac, IntervalScore.Absolute, ConformalMethod.Split)]
    [InlineData(SetScore.Aps, IntervalScore.Normalized, ConformalMethod.Split)]
    [InlineData(SetScore.Raps, IntervalScore.Quantile, ConformalMethod.Split)]
    [InlineData(SetScore.Lac, IntervalScore.Quantile, ConformalMethod.ClassConditional)]
    public void Graph_and_library_agree(SetScore set, IntervalScore interval, ConformalMethod method)
    {
        var wrapped = WrappedRows.Two.Model.With(
            Conformal.With(new() { Level = 0.8, Classes = set, Numbers = interval, Method = method }));
        var read = ConformalModel.Read(wrapped.Heads, wrapped.Targets, "heads")!;
        var (kind, age) = (read.Targets.Single(t => t.Name == "kind"), read.Targets.Single(t => t.Name == "age"));
        var k = Kind.Classes.Count;
        var values = wrapped.Run(WrappedRows.Test, "kind", "kind_set", "age_low", "age_high",
            interval == IntervalScore.Absolute ? "age" : "age_basis");
        var rows = WrappedRows.Test.Length;
        var sets = (TextColumn)PredictionSets.Classes(kind, Kind, values[0], [], [])[0];
        for (var row = 0; row < rows; row++)
        {
            string[] inside = [.. Kind.Classes.Where((_, c) => values[1][(row * k) + c] == 1)];
            Assert.Equal(inside.Length == 0 ? PredictionSets.Empty : string.Join('|', inside), sets[row]);
        }
        Assert.True(sets.Levels.Length > 1);
        if (method != ConformalMethod.Split)
            return;
        IntervalBasis[] basis =
            [.. Enumerable.Range(0, rows).Select(
                i => interval == IntervalScore.Absolute ? new IntervalBasis(values[4][i], values[4][i], 1)
                    : new(values[4][3 * i], values[4][(3 * i) + 1], values[4][(3 * i) + 2]))];
        var columns = PredictionSets.Numbers(age, Age, basis, [], []);
        for (var row = 0; row < rows; row++)
        {
            Assert.Equal(((NumberColumn)columns[0])[row], values[2][row], 1e-3);
            Assert.Equal(((NumberColumn)columns[1])[row], values[3][row], 1e-3);
        }
    }

    [Fact]
    public void A_group_that_is_the_target_itself_serves_as_class_conditional_and_is_kept_with_the_model()
    {
        var model = WrappedRows.Two.Model;
        // <calibrate>
        var calibrated = model.With(Conformal.Overlapping("kind", "age"));
        // </calibrate>
        var wrapped = calibrated;
        var read = ConformalModel.Read(wrapped.Heads, wrapped.Targets, "heads")!;
        Assert.Equal(["kind", "age"], read.Targets[0].Table.Groups.Select(g => g.Name));
        Assert.Equal(["age"], read.Targets.Single(t => t.Name == "kind").KnownGroups.Select(g => g.Name));
        Assert.Contains(wrapped.Notices,
            n => n.Contains("calibrated on") && n.Contains("rows that the model was not trained on"));
        Assert.Contains(wrapped.Notices, n => n.Contains("also chose the epoch"));
        Assert.Contains("once", Assert.Throws<FaceBiasException>(() => wrapped.With(Conformal.Split())).Message);
    }
}
