using FaceBias.Core.Explaining;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Explaining.Superpixels;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Server.Models;

namespace FaceBias.Server.Http;

/// <summary>The answer of POST /explain.</summary>
/// <param name="Class">The class whose probability is explained; null of a number.</param>
/// <param name="Score">The explained number for the picture as it is.</param>
/// <param name="Description">Where in the picture the answer comes from, in words.</param>
/// <param name="Grid">Mean relevance of each of 8 x 8 fields, row by row: above zero raises the score.</param>
/// <param name="Overlay">A PNG in base64: the picture in grey, red where it raises the score, blue where it lowers
/// it.</param>
/// <param name="Notes">What a reader must know about it.</param>
internal sealed record ExplainResponse(
    string Target, string? Class, string Method, double Score, string Description, IReadOnlyList<double> Grid,
    string Overlay, IReadOnlyList<string> Notes);

/// <summary>POST /explain: which parts of a picture an answer comes from. It asks the model hundreds of times, so one
/// request at a time does, on one core, and the others wait their turn.</summary>
internal sealed class ExplainRoute(ModelHost host, ServeOptions options, UploadBudget budget) : IDisposable
{
    private const int GridCells = 8, MostSamples = 2000, MostWaiting = 8, Megabytes = 256;

    private const double DefaultWindow = 0.25;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _turn = new(1);
    private int _waiting;

    public void Dispose() => _turn.Dispose();

    public async Task<ExplainResponse> Answer(HttpContext http, string? target, string? label, string? method,
        double? window, int? samples)
    {
        using var lease = host.Lease();
        PredictRoute.Pictures(lease.Model);
        target = Target(lease.Model.Predictor!, target);
        var how = Options(method, window, samples);
        using var body = new RequestBody(budget);
        var pictures = await PictureUpload.ReadAsync(http.Request, body, options, http.RequestAborted)
            .ConfigureAwait(false);
        if (pictures.Count > 1)
            throw new RequestProblem(StatusCodes.Status400BadRequest, "One picture is explained at a time.");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        cancel.CancelAfter(s_deadline);
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw RequestProblem.Busy(s_deadline.TotalSeconds / 2);
        }
        try
        {
            await _turn.WaitAsync(cancel.Token).ConfigureAwait(false);
            try
            {
                return await Task.Run(
                    () => Explain(lease.Model.Predictor!, pictures[0].Bytes, target, label, how, cancel.Token),
                    CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            throw new RequestProblem(StatusCodes.Status504GatewayTimeout,
                $"The explanation took longer than {s_deadline.TotalSeconds} seconds and was given up.");
        }
        catch (FaceBiasException e)
        {
            throw new RequestProblem(StatusCodes.Status422UnprocessableEntity, e.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private ExplainResponse Explain(IPredictor predictor, byte[] bytes, string? target, string? label,
        ExplainOptions how, CancellationToken cancel)
    {
        var spec = predictor.Image!;
        var pixels = new float[spec.Length];
        var decoded = new ImageDecoder { MaxPixels = options.MaxPixels }.Decode(bytes, spec, pixels);
        if (!decoded.Ok)
            throw PredictRoute.Refusal(new(null, decoded), options);
        var score = label is null ? ExplainedScore.Predicted(predictor, target, pixels)
            : ExplainedScore.Of(predictor, target, label);
        var explanation = Explainer.Explain(score, pixels, how, new ScoreBudget(Megabytes, Threads: 1, Cancel: cancel));
        var grid = Segmentation.Grid(spec.Width, spec.Height, GridCells).Mean(explanation.Map);
        return new(score.Target, score.Class, how.Method.Word(), explanation.Score, Describe(explanation, spec),
            [.. grid],
            Convert.ToBase64String(HeatMap.Png(pixels, explanation.Map, spec)), explanation.Notes);
    }

    /// <summary>The target to explain, which may be left out where there is only one.</summary>
    private static string Target(IPredictor predictor, string? asked)
    {
        string[] known = [.. predictor.Outputs.Where(o => o.Target is not null).Select(o => o.Name)];
        return asked is null && known.Length == 1 ? known[0]
            : predictor.Outputs.FirstOrDefault(o => o.Name == asked)?.Name
            ?? throw new RequestProblem(StatusCodes.Status422UnprocessableEntity,
                $"The model predicts {string.Join(", ", known)}; "
                    + (asked is null ? $"say which of them to explain, as in ?target={known[0]}." : $"there is no "
                    + $"target '{asked}'."));
    }

    private static ExplainOptions Options(string? method, double? window, int? samples)
    {
        var known = new[] { ExplanationMethod.Occlusion, ExplanationMethod.Rise, ExplanationMethod.Lime,
            ExplanationMethod.KernelShap };
        var word = method?.ToLowerInvariant() ?? "occlusion";
        if (Array.FindIndex(known, m => m.Word() == word) is not (>= 0 and var chosen))
            throw new RequestProblem(StatusCodes.Status400BadRequest,
                $"The method must be one of {string.Join(", ", known.Select(m => m.Word()))}, not '{method}'.");
        if (samples is < 10 or > MostSamples)
            throw new RequestProblem(StatusCodes.Status400BadRequest, $"samples must be from 10 to {MostSamples}.");
        if (window is not null and not (>= 0.05 and <= 0.5))
            throw new RequestProblem(StatusCodes.Status400BadRequest,
                "window must be from 0.05 to 0.5, a share of the picture's side.");
        return new() { Method = known[chosen], Window = window ?? DefaultWindow,
            Samples = samples ?? (known[chosen] == ExplanationMethod.Occlusion ? null : 500) };
    }

    /// <summary>For those who do not see the picture: the thirds of it that matter most.</summary>
    private static string Describe(Explanation explanation, ImageSpec spec)
    {
        var thirds = Segmentation.Grid(spec.Width, spec.Height, 3).Mean(explanation.Map);
        string[] places = ["upper left", "upper middle", "upper right", "middle left", "centre", "middle right",
            "lower left", "lower middle", "lower right"];
        var order = Enumerable.Range(0, thirds.Length).OrderByDescending(i => thirds[i]).ToArray();
        var lowest = order[^1];
        return string.Create(CultureInfo.InvariantCulture,
            $"{explanation.Explained} {explanation.Score:0.###}: raised most by the {places[order[0]]} of the "
                + $"picture, then by the {places[order[1]]}; ")
            + (thirds[lowest] < 0 ? $"lowered most by the {places[lowest]}." : "no part lowers it.");
    }
}
