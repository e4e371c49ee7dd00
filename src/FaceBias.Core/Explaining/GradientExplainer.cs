using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Explaining;

/// <summary>Explains by the gradients of a model's own graph: integrated gradients and Grad-CAM. The gradient graph is built once per class.</summary>
/// <param name="model">The graph: pictures [N, 3, H, W], 0 to 255, to <paramref name="output"/>.</param>
/// <param name="output">The graph's value with the answer [N, width].</param>
/// <param name="target">What the answer stands for; null for a number as it is.</param>
/// <param name="spec">The pictures.</param>
/// <param name="options">How.</param>
/// <param name="budget">Memory, threads, progress and cancellation.</param>
public sealed class GradientExplainer(ModelProto model, string output, OutputSpec? target, ImageSpec spec, ExplainOptions options, ScoreBudget? budget = null) : IDisposable
{
    private readonly ScoreBudget _budget = budget ?? new();
    private readonly Dictionary<int, IDisposable> _made = [];

    /// <summary>Explains an answer.</summary>
    /// <param name="picture">Planes R, G, B.</param>
    /// <param name="column">The class; 0 for a number.</param>
    /// <exception cref="FaceBiasException">An operator has no gradient, the gradient vanishes, or there is no layer with places.</exception>
    public Explanation Explain(ReadOnlySpan<float> picture, int column)
    {
        options.Check();
        var pixels = picture.ToArray();
        Explainer.RefuseOneColour(pixels);
        if (options.Method == ExplanationMethod.GradCam)
        {
            var cam = (GradCam)Made(column, () => new GradCam(Score(column, 1), options.Layer, _budget.Threads));
            var (map, score, notes) = cam.Explain(pixels);
            return new(ExplanationMethod.GradCam, GradCam.Enlarge(map, spec), score, _explained[column]) { Layer = map, Notes = notes };
        }
        if (options.Method != ExplanationMethod.IntegratedGradients)
            throw new ArgumentException($"{options.Method} needs no graph; use {nameof(Explainer)}.", nameof(picture));
        var steps = (IntegratedGradients)Made(column, () => new IntegratedGradients(Score(column, Math.Max(2, ScoreBatches.BatchSize(spec.Length, _budget) / 2)), _budget.Threads));
        var (ig, value, error) = steps.Explain(pixels, PictureFill.Make(options.Fill ?? HiddenFill.PictureMean, pixels, spec, null), spec, options.Steps, _budget);
        return new(ExplanationMethod.IntegratedGradients, ig, value, _explained[column])
        {
            CompletenessError = error,
            Notes = error > 0.01 ? [FormattableString.Invariant($"The map adds up to the difference of the scores only to {100 * error:0.0}%; take more steps.")] : [],
        };
    }

    private readonly Dictionary<int, string> _explained = [];

    private IDisposable Made(int column, Func<IDisposable> make)
    {
        if (!_made.TryGetValue(column, out var made))
            _made[column] = made = make();
        return made;
    }

    private DifferentiableScore Score(int column, int batch)
    {
        var score = DifferentiableScore.Of(model, output, target, column, batch);
        _explained[column] = score.Explained;
        return score;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var made in _made.Values)
            made.Dispose();
    }
}
