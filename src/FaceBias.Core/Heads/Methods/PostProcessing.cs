using System.Numerics.Tensors;
using FaceBias.Auditing;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Rules on ERM's outputs that need the bias attribute of every picture that is predicted, fitted on the
/// validation rows. They change decisions, not the head.</summary>
internal abstract class PostProcessing(string name, string title, string source, string deviation = "")
    : MitigationMethod(name, title, source, deviation, GroupUse.Fitting | GroupUse.Prediction)
{
    internal override IReadOnlyList<Parameter> Space => Common();

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        var erm = new Erm().Train(task, settings);
        return erm with { Decide = Rule(task, erm.Predict(task.Data.Validation)) };
    }

    /// <summary>The rule, from the probabilities of the validation rows.</summary>
    private protected abstract Func<float[], int, int> Rule(MitigationTask task, float[] probabilities);

    /// <summary>Accuracy of every group under a rule.</summary>
    private protected static GroupMetrics Accuracies(MitigationTask task, float[] probabilities,
        Func<float[], int, int> rule)
    {
        var (part, width) = (task.Data.Validation, task.Data.Outputs);
        var outcomes = new double[part.Rows];
        for (var i = 0; i < outcomes.Length; i++)
            outcomes[i] = rule(probabilities.AsSpan(i * width, width).ToArray(), part.Bias![i]) == part.Target[i] ? 1
                : 0;
        return GroupMetrics.Of(outcomes, task.ValidationGroups, task.Data.GroupCount, false);
    }
}

/// <summary>A threshold per level of the bias attribute (for more than two classes a factor per class and level) that
/// makes its classes equally accurate.</summary>
internal sealed class Thresholds() : PostProcessing("thresholds", "Threshold per group",
    "Hardt, Price, Srebro 2016, without randomisation")
{
    private protected override Func<float[], int, int> Rule(MitigationTask task, float[] probabilities)
    {
        var (classes, levels) = (task.Data.Outputs, task.Data.Levels.Count);
        var logFactor = new double[levels, classes];
        int Decide(float[] p, int level)
        {
            var best = 0;
            for (var c = 1; c < classes; c++)
                if (Value(c) > Value(best))
                    best = c;
            return best;

            double Value(int c) => Math.Log(Math.Max(p[c], 1e-30)) + logFactor[level, c];
        }
        // The class that a level serves worst gets more, the best-served less, in smaller and smaller steps.
        var best = (Worst: -1.0, Factors: (double[,])logFactor.Clone());
        for (var round = 0; round < 60; round++)
        {
            var metrics = Accuracies(task, probabilities, Decide);
            if (metrics.Worst > best.Worst)
                best = (metrics.Worst, (double[,])logFactor.Clone());
            for (var l = 0; l < levels; l++)
            {
                var accuracies = Enumerable.Range(0, classes).Select(c => metrics.Values[c * levels + l]).ToArray();
                var step = 1.5 * Math.Pow(0.94, round);
                logFactor[l, Array.IndexOf(accuracies, accuracies.Min())] += step;
                logFactor[l, Array.IndexOf(accuracies, accuracies.Max())] -= step;
            }
        }
        logFactor = best.Factors;
        return Decide;
    }
}

/// <summary>Reject option: where the head is unsure, a level's rows get the class that it is worst at.</summary>
internal sealed class RejectOption() : PostProcessing("reject-option", "Reject option", "Kamiran, Karim, Zhang 2012",
    deviation: "Which class an unsure row gets is learnt per level instead of being given as the favourable outcome "
        + "of the deprived group.")
{
    private protected override Func<float[], int, int> Rule(MitigationTask task, float[] probabilities)
    {
        var levels = task.Data.Levels.Count;
        var plain = Accuracies(task, probabilities, (p, _) => TensorPrimitives.IndexOfMax(p));
        int[] disfavoured = [.. Enumerable.Range(0, levels).Select(l =>
            Enumerable.Range(0, task.Data.Outputs).MinBy(c => plain.Values[c * levels + l]))];
        Func<float[], int, int> With(double limit) => (p, level) =>
            p[TensorPrimitives.IndexOfMax(p)] < limit ? disfavoured[level] : TensorPrimitives.IndexOfMax(p);
        var low = 1.0 / task.Data.Outputs;
        var limit = Enumerable.Range(0, 40).Select(i => low + (1 - low) * i / 40)
            .MaxBy(l => Accuracies(task, probabilities, With(l)).Worst);
        return With(limit);
    }
}
