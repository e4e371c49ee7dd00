using System.Security.Cryptography;
using System.Text.Json;
using FaceBias.Primitives.Json;

namespace FaceBias.Primitives.Hashing;

/// <summary>SHA-256 sums as lower-case hex.</summary>
internal static class Sha256
{
    public static string OfFile(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FaceBiasException($"Cannot read '{path}': {e.Message.TrimEnd('.')}.", e);
        }
    }

    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string Of(string text) => Of(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>The first 32 digits of the sum of values by their JSON: a key of what a result depends on.</summary>
    public static string OfJson(IEnumerable<object?> values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var value in values)
        {
            hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(value, CoreJson.Compact));
            hash.AppendData([0]);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }
}
