using Microsoft.AspNetCore.Mvc;

namespace FaceBias.Server.Requests;

/// <summary>A request that cannot be answered: problem+json (RFC 9457) on the own routes, <c>{"error": ...}</c> under
/// /v2.</summary>
internal sealed class RequestProblem(int status, string sentence) : Exception(sentence)
{
    public int Status => status;

    /// <summary>Seconds after which to ask again; null where that would not help.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Whether the rest of the request is not read, so that the connection must end with the answer.</summary>
    public bool Closes { get; init; }

    /// <summary>The methods that a route takes, of one that does not take the request's.</summary>
    public string? Allow { get; init; }

    public static RequestProblem Busy(double seconds) =>
        new(StatusCodes.Status429TooManyRequests, "The queue is full; ask again later.")
    {
        RetryAfter = (int)Math.Clamp(Math.Ceiling(seconds), 1, 60),
    };

    public async Task WriteAsync(HttpContext http)
    {
        var response = http.Response;
        if (response.HasStarted)
            return;
        response.Clear();
        response.StatusCode = status;
        if (RetryAfter is { } seconds)
            response.Headers.RetryAfter = $"{seconds}";
        if (!string.IsNullOrEmpty(Allow))
            response.Headers.Allow = Allow;
        if (Closes)
            response.Headers.Connection = "close";
        if (status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        if (http.Request.Path.StartsWithSegments("/v2", StringComparison.Ordinal))
            await response.WriteAsJsonAsync(new { error = Message }, CancellationToken.None).ConfigureAwait(false);
        else
            await response.WriteAsJsonAsync(Details(), options: null, "application/problem+json",
                CancellationToken.None).ConfigureAwait(false);
    }

    public ProblemDetails Details() => new()
    {
        Type = "about:blank",
        Title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
        Status = status,
        Detail = Message,
    };
}
