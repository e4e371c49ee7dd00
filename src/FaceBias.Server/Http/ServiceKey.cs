using System.Security.Cryptography;
using System.Text;

namespace FaceBias.Server.Http;

/// <summary>The key that requests must carry, as <c>Authorization: Bearer KEY</c> or <c>X-Api-Key: KEY</c>. Hashes are
/// compared in constant time, so that neither the key nor its length shows in the time of an answer.</summary>
internal sealed class ServiceKey
{
    /// <summary>The environment variable that holds it where no file is named.</summary>
    public const string Variable = "FACEBIAS_API_KEY";

    private const int FewestCharacters = 16;

    /// <summary>What can be had without it: probes of an orchestrator, and the page, which asks for the key.</summary>
    private static readonly string[] s_open = ["/", "/page.css", "/page.js", "/health/live", "/health/ready",
        "/v2/health/live", "/v2/health/ready"];

    private readonly byte[]? _hash;

    private ServiceKey(byte[]? hash) => _hash = hash;

    public bool IsNeeded => _hash is not null;

    /// <exception cref="FaceBiasException">The file cannot be read, or the key is short.</exception>
    public static ServiceKey Of(ServeOptions options)
    {
        string? key;
        try
        {
            key = options.ApiKeyFile is { } file ? File.ReadAllText(file).Trim()
                : Environment.GetEnvironmentVariable(Variable);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"The key file '{options.ApiKeyFile}' cannot be read", e);
        }
        if (options.ApiKeyFile is null && string.IsNullOrEmpty(key))
            return new(null);
        return key!.Length >= FewestCharacters && !key.Any(char.IsControl) ? new(Hash(key))
            : throw new FaceBiasException(
            $"The API key must be one line of at least {FewestCharacters} characters; write a random one to the file "
                + $"of ‹ApiKeyFile›, or to {Variable}.");
    }

    public async Task Guard(HttpContext http, RequestDelegate next)
    {
        if (_hash is not null && !s_open.Contains(http.Request.Path.Value) && !Matches(http.Request))
            throw new RequestProblem(StatusCodes.Status401Unauthorized,
                "Send the service's key as 'Authorization: Bearer KEY'.") { Closes = true };
        await next(http).ConfigureAwait(false);
    }

    private bool Matches(HttpRequest request)
    {
        const string scheme = "Bearer ";
        string authorization = request.Headers.Authorization.ToString(), own = request.Headers["X-Api-Key"].ToString();
        var given = authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            ? authorization[scheme.Length..].Trim() : own;
        return CryptographicOperations.FixedTimeEquals(Hash(given), _hash);
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
