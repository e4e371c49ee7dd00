using System.Security.Cryptography;

namespace FaceBias.Core.Backbones;

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
}
