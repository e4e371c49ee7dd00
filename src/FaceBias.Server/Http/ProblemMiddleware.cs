using System.Text.RegularExpressions;
using FaceBias.Server.Monitoring;
using Microsoft.Extensions.Logging;

namespace FaceBias.Server.Http;

/// <summary>Every failure becomes a sentence in the shape of its route; what a request holds is neither shown nor
/// logged.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ServerMetrics metrics,
    ILogger<ProblemMiddleware> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        RequestProblem problem;
        try
        {
            await next(http).ConfigureAwait(false);
            if (http.Response.HasStarted || http.Response.StatusCode < 400 || http.Response.ContentLength > 0
                || http.Response.ContentType is not null)
                return;
            problem = new(http.Response.StatusCode, http.Response.StatusCode switch
            {
                StatusCodes.Status404NotFound => "There is no such route; GET /openapi.json lists them.",
                StatusCodes.Status405MethodNotAllowed =>
                    $"{http.Request.Path} takes {http.Response.Headers.Allow}, not {http.Request.Method}.",
                _ => "The request cannot be answered.",
            }) { Allow = http.Response.Headers.Allow };
        }
        catch (RequestProblem e)
        {
            problem = e;
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody reads an answer.
            metrics.Refused("disconnected");
            return;
        }
        catch (BadHttpRequestException e) when (UnreadParameter().Match(e.Message) is { Success: true } parameter)
        {
            problem = new(StatusCodes.Status400BadRequest,
                $"'{parameter.Groups[1].Value}' cannot be '{parameter.Groups[2].Value}'; GET /openapi.json says what "
                    + "it takes.")
                { Closes = true };
        }
        catch (BadHttpRequestException e)
        {
            problem = new(e.StatusCode,
                e.StatusCode == StatusCodes.Status413PayloadTooLarge ? "The request is larger than the service accepts."
                : e.StatusCode == StatusCodes.Status408RequestTimeout ? "The request came too slowly."
                    : "The request is malformed.") { Closes = true };
        }
        catch (IOException) when (http.RequestAborted.IsCancellationRequested)
        {
            metrics.Refused("disconnected");
            return;
        }
        catch (IOException)
        {
            problem = new(StatusCodes.Status400BadRequest, "The request ended before it was complete.")
                { Closes = true };
        }
        catch (FaceBiasException e)
        {
            problem = new(StatusCodes.Status500InternalServerError, e.Message);
        }
        catch (Exception e)
        {
            log.LogError("A request to {Path} failed: {Kind}: {Message}", http.Request.Path, e.GetType().Name,
                e.Message);
            problem = new(StatusCodes.Status500InternalServerError, "The service failed; its log says where.");
        }
        metrics.Refused(problem.Status switch
        {
            StatusCodes.Status429TooManyRequests => "busy",
            StatusCodes.Status504GatewayTimeout => "deadline",
            StatusCodes.Status413PayloadTooLarge => "too_large",
            StatusCodes.Status401Unauthorized => "key",
            >= 500 => "failed",
            _ => "bad_request",
        });
        await problem.WriteAsync(http).ConfigureAwait(false);
    }

    /// <summary>What ASP.NET Core says of a query's parameter that has the wrong type.</summary>
    [GeneratedRegex("""^Failed to bind parameter "\S+ (\w+)" from "([^"]{0,60})""")]
    private static partial Regex UnreadParameter();
}
