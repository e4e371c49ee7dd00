using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Uncertainty.Conformal;

/// <summary>The columns that a calibrated model adds to its predictions.</summary>
internal static class ConformalColumns
{
    private static readonly string[] s_basis = ["low", "high", "scale"];

    /// <summary>The outputs that intervals are built around, where that is not the prediction itself: three numbers per
    /// row each.</summary>
    public static IReadOnlyList<CategoricalOutput> Bases(ConformalModel? model) =>
        [.. (model?.Targets ?? []).Where(HasBasis).Select(
            t => new CategoricalOutput(t.Name + Conformal.Basis, s_basis))];

    /// <summary>Sets and intervals of all rows.</summary>
    /// <param name="outputs">The model's targets.</param>
    /// <param name="values">The numbers of an output by its name, row-major: of a target, or of one of
    /// <see cref="Bases"/>.</param>
    /// <param name="groups">Columns of the rows, among them the groups where they are known.</param>
    /// <param name="notices">Takes a sentence where groups are unknown.</param>
    public static IEnumerable<Column> Of(
        ConformalModel model, IReadOnlyList<OutputSpec> outputs, Func<string, float[]> values,
        IReadOnlyList<Column> groups, ICollection<string> notices) =>
        model.Targets.SelectMany(target => outputs.First(o => o.Name == target.Name) switch
        {
            CategoricalOutput c => PredictionSets.Classes(target, c, values(c.Name), groups, notices),
            var n => PredictionSets.Numbers(target, (NumericOutput)n, Around(target, values), groups, notices),
        });

    private static bool HasBasis(ConformalTarget target) =>
        target.IsNumber && target.Options.Numbers != IntervalScore.Absolute;

    private static IntervalBasis[] Around(ConformalTarget target, Func<string, float[]> values)
    {
        if (!HasBasis(target))
            return [.. values(target.Name).Select(v => new IntervalBasis(v, v, 1))];
        var basis = values(target.Name + Conformal.Basis);
        return [.. Enumerable.Range(0, basis.Length / 3).Select(
            r => new IntervalBasis(basis[3 * r], basis[(3 * r) + 1], basis[(3 * r) + 2]))];
    }
}
