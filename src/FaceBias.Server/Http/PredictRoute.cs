using FaceBias.Core.Imaging;
using FaceBias.Server.Batching;
using FaceBias.Server.Models;

namespace FaceBias.Server.Http;

/// <summary>The answer of POST /predict.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Sha256">SHA-256 of its file.</param>
/// <param name="Results">One per picture, in the order of the request.</param>
internal sealed record PredictResponse(string Model, string Sha256, IReadOnlyList<PictureAnswer> Results);

/// <summary>POST /predict.</summary>
internal static class PredictRoute
{
    public static async Task<PredictResponse> Answer(HttpContext http, ModelHost host, ServeOptions options,
        UploadBudget budget)
    {
        using var lease = host.Lease();
        var model = lease.Model;
        var rows = Pictures(model);
        if (rows.IsFull)
            throw RequestProblem.Busy(rows.ExpectedWait);
        using var body = new RequestBody(budget);
        var pictures = await PictureUpload.ReadAsync(http.Request, body, options, http.RequestAborted)
            .ConfigureAwait(false);
        var answers = await Ask(rows, [.. pictures.Select(p => p.Bytes)], [], options.Deadline, http.RequestAborted)
            .ConfigureAwait(false);
        if (answers.Count == 1 && answers[0].Outputs is null)
            throw Refusal(answers[0], options);
        return new(model.Name, model.Sha256, [.. answers.Select((a, i) => a.Outputs is { } outputs
            ? model.Answer(pictures[i].Name, outputs)
            : new PictureAnswer(pictures[i].Name, [], null, null, null, Refusal(a, options).Message))]);
    }

    /// <summary>Where the pictures of a model wait.</summary>
    public static RowQueue Pictures(ServedModel model) =>
        model.Rows ?? throw new RequestProblem(StatusCodes.Status501NotImplemented,
        $"'{model.Name}' was not trained by facebias: it does not say how pictures become its input and what its outputs stand for. "
        + $"It is served as plain tensors: POST /v2/models/{model.Name}/infer.");

    /// <summary>Rows through the queue, in time.</summary>
    public static async Task<IReadOnlyList<RowAnswer>> Ask(
        RowQueue queue, IReadOnlyList<byte[]> pictures, IReadOnlyList<float[]> values, double seconds,
        CancellationToken aborted)
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        var rows = queue.TryAccept(pictures, values, seconds, given.Token)
            ?? throw RequestProblem.Busy(queue.ExpectedWait);
        try
        {
            return await Task.WhenAll(rows.Select(r => r.Answer)).WaitAsync(TimeSpan.FromSeconds(seconds), aborted)
                .ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new RequestProblem(StatusCodes.Status504GatewayTimeout,
                FormattableString.Invariant(
                    $"The request was not answered within {seconds:0.###} seconds and was given up."));
        }
        finally
        {
            // What is left of it is not computed.
            await given.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Why a row has no answer.</summary>
    public static RequestProblem Refusal(RowAnswer answer, ServeOptions options)
    {
        if (answer.Failure is { } failure)
            return new(StatusCodes.Status500InternalServerError, failure);
        var decoded = answer.Decoded;
        var status = decoded.Format == ImageFormat.Unknown ? StatusCodes.Status415UnsupportedMediaType
            : (long)decoded.Width * decoded.Height > options.MaxPixels ? StatusCodes.Status413PayloadTooLarge
                : StatusCodes.Status422UnprocessableEntity;
        return new(status, $"The picture cannot be used: {decoded.Problem}.");
    }
}
