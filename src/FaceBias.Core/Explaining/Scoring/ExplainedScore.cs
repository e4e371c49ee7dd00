using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;

namespace FaceBias.Core.Explaining.Scoring;

/// <summary>The one number of a model's answer that is explained: the probability of a class, or the value of a
/// regression. Nothing but answers is needed, so it may be anybody's model.</summary>
internal sealed class ExplainedScore
{
    private readonly IPredictor _model;
    private readonly int _output, _column;

    private ExplainedScore(IPredictor model, int output, int column)
    {
        (_model, _output, _column) = (model, output, column);
        Spec = model.Image ?? throw new FaceBiasException(
            $"'{model.Name}' takes rows of features, not pictures, and only answers about pictures have a heat map; "
                + "give a model that goes from pixels to answers.");
    }

    /// <summary>The pictures that the model takes.</summary>
    public ImageSpec Spec { get; }

    /// <summary>The name of the output, such as "gender".</summary>
    public string Target => _model.Outputs[_output].Name;

    /// <summary>The class whose probability it is; null for a number.</summary>
    public string? Class => _model.Outputs[_output].Target is CategoricalOutput c ? c.Classes[_column] : null;

    /// <summary>The place of the class in the output; 0 for a number.</summary>
    public int Column => _column;

    /// <summary>The unit of a number, such as "years"; null where it has none.</summary>
    public string? Unit => _model.Outputs[_output].Target is NumericOutput n ? n.Unit : null;

    /// <summary>The number in words: "probability of female", "age in years".</summary>
    public string Words =>
        Class is { } name ? $"probability of {name}" : $"{Target}{(Unit is { } unit ? $" in {unit}" : "")}";

    /// <summary>What a model can be asked to explain.</summary>
    public static IReadOnlyList<string> Targets(IPredictor model)
    {
        string[] named = [.. model.Outputs.Where(o => o.Target is not null).Select(o => o.Name)];
        return named.Length > 0 ? named : [.. model.Outputs.Where(IsNumber).Select(o => o.Name)];
    }

    /// <summary>The score of a class, or the value of a number.</summary>
    /// <param name="target">The output's name; null for the only one.</param>
    /// <param name="class">The class; null for a number.</param>
    /// <exception cref="FaceBiasException">The model has no such output or class.</exception>
    public static ExplainedScore Of(IPredictor model, string? target, string? @class)
    {
        var output = Find(model, target);
        if (model.Outputs[output].Target is not CategoricalOutput classes)
        {
            return @class is null ? new(model, output, 0) : throw new FaceBiasException(
                $"'{model.Outputs[output].Name}' of '{model.Name}' is a number and has no class '{@class}'; leave the "
                    + "class out.");
        }
        var column = classes.Classes.ToList().FindIndex(c => c.Equals(@class, StringComparison.OrdinalIgnoreCase));
        return column >= 0 ? new(model, output, column) : throw new FaceBiasException(
            $"'{classes.Name}' of '{model.Name}' has no class '{@class}'; it has "
                + $"{string.Join(", ", classes.Classes.Take(20))}.");
    }

    /// <summary>The score of the class that the model answers for a picture, or the value of a number.</summary>
    /// <param name="target">The output's name; null for the only one.</param>
    /// <param name="picture">Planes R, G, B.</param>
    public static ExplainedScore Predicted(IPredictor model, string? target, ReadOnlySpan<float> picture)
    {
        var output = Find(model, target);
        if (model.Outputs[output].Target is not CategoricalOutput)
            return new(model, output, 0);
        var scores = model.Predict(picture, 1)[output];
        return new(model, output, Array.IndexOf(scores, scores.Max()));
    }

    /// <summary>The first class of an output; null for a number.</summary>
    internal static string? FirstClass(IPredictor model, string target) =>
        model.Outputs[Find(model, target)].Target is CategoricalOutput c ? c.Classes[0] : null;

    private static int Find(IPredictor model, string? target)
    {
        var targets = Targets(model);
        var name = target ?? (targets.Count == 1 ? targets[0] : throw new FaceBiasException(
            $"'{model.Name}' answers {string.Join(", ", targets)}; say by ‹Target› which one is to be explained."));
        // Uncertainties and the like are numbers too, and explained where they are named.
        return targets.Contains(name) || model.Outputs.Any(o => o.Name == name && IsNumber(o))
            ? model.Outputs.ToList().FindIndex(o => o.Name == name) : throw new FaceBiasException(
            $"'{model.Name}' does not answer '{name}', so there is nothing to explain; it answers "
                + $"{string.Join(", ", targets)}.");
    }

    private static bool IsNumber(PredictorOutput output) => output is { Target: null, Width: 1 };

    /// <summary>The scores of pictures that are laid end to end.</summary>
    public double[] Of(ReadOnlySpan<float> pictures, int count, CancellationToken cancel = default)
    {
        var values = _model.Predict(pictures, count, cancel)[_output];
        var width = _model.Outputs[_output].Width;
        var scores = new double[count];
        for (var i = 0; i < count; i++)
        {
            scores[i] = values[i * width + _column];
            if (!double.IsFinite(scores[i]))
                throw new FaceBiasException(
                    $"'{_model.Name}' answers {scores[i]} as '{Target}' for a changed picture, which cannot be "
                        + "explained; check the model with 'facebias predict'.");
        }
        return scores;
    }
}
