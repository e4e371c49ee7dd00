using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Imaging;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>Explains by the gradients of a model's own graph: integrated gradients and Grad-CAM. The gradient graph is
/// built once per class.</summary>
/// <param name="budget">Memory, threads, progress and cancellation.</param>
internal sealed class GradientExplainer(GraphAnswer answer, ImageSpec spec, ExplainOptions options,
    ScoreBudget? budget = null) : IDisposable
{
    /// <summary>What the map's sum may miss of the difference of the scores.</summary>
    private const double Completeness = 0.01;

    private const int MostTimes = 16;

    private readonly ScoreBudget _budget = budget ?? new();
    private readonly Dictionary<int, IDisposable> _made = [];
    private readonly Dictionary<int, string> _explained = [];

    /// <summary>Explains an answer.</summary>
    /// <param name="picture">Planes R, G, B.</param>
    /// <param name="column">The class; 0 for a number.</param>
    /// <exception cref="FaceBiasException">An operator has no gradient, the gradient vanishes, or there is no layer
    /// with places.</exception>
    public Explanation Explain(ReadOnlySpan<float> picture, int column)
    {
        options.Check();
        var pixels = picture.ToArray();
        Explainer.RefuseOneColour(pixels);
        if (options.Method == ExplanationMethod.GradCam)
        {
            var cam = (GradCam)Made(column, () => new GradCam(Score(column, 1), options.Layer, _budget.Threads));
            var (map, score, notes) = cam.Explain(pixels);
            return new(ExplanationMethod.GradCam, GradCam.Enlarge(map, spec), score, _explained[column])
                { Layer = map, Notes = notes };
        }
        if (options.Method != ExplanationMethod.IntegratedGradients)
            throw new ArgumentException($"{options.Method} needs no graph; use {nameof(Explainer)}.", nameof(picture));
        var steps = (IntegratedGradients)Made(column,
            () => new IntegratedGradients(Score(column, Math.Max(2, ScoreBatches.BatchSize(spec.Length, _budget) / 2)),
                _budget.Threads));
        var blank = PictureFill.Make(options.Fill ?? HiddenFill.PictureMean, pixels, spec, null);
        var (ig, value, error) = steps.Explain(pixels, blank, spec, options.Steps, _budget);
        // Rectifiers make the gradient jump along the way, and some pictures need more points than others.
        // The error falls about as the number of points grows, so that number is taken at once which would do.
        for (int taken = options.Steps, most = MostTimes * options.Steps; error > Completeness && taken < most;)
        {
            taken = (int)Math.Min(most, taken * Math.Max(2, Math.Ceiling(1.25 * error / Completeness)));
            (ig, value, error) = steps.Explain(pixels, blank, spec, taken, _budget);
        }
        return new(ExplanationMethod.IntegratedGradients, ig, value, _explained[column])
        {
            CompletenessError = error,
            Notes = error > Completeness
                ? [FormattableString.Invariant(
                    $"The map adds up to the difference of the scores only to {100 * error:0.0}%; take more steps.")]
                    : [],
        };
    }

    private IDisposable Made(int column, Func<IDisposable> make)
    {
        if (!_made.TryGetValue(column, out var made))
            _made[column] = made = make();
        return made;
    }

    private DifferentiableScore Score(int column, int batch)
    {
        var score = DifferentiableScore.Of(answer, column, batch);
        _explained[column] = score.Explained;
        return score;
    }

    public void Dispose()
    {
        foreach (var made in _made.Values)
            made.Dispose();
    }
}
