using System.Security.Cryptography;
using FaceBias.Primitives.Json;
using System.Text.Json;
using System.Text;

namespace FaceBias.Primitives.Hashing;

/// <summary>SHA-256 sums as lower-case hex.</summary>
internal static class Sha256
{
    /// <exception cref="FaceBiasException">It cannot be read.</exception>
    public static string OfFile(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read '{path}'", e);
        }
    }

    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>A hash of values by their JSON, in 32 digits.</summary>
    public static string OfJson(IEnumerable<object?> values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var value in values)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(value, CoreJson.Compact)));
            hash.AppendData([0]);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }

    /// <summary>Of a text in UTF-8.</summary>
    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));
}
