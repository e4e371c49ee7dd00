namespace FaceBias.Primitives.Storage;

/// <summary>The rule for names of objects, which keeps them within their store.</summary>
internal static class ObjectName
{
    private const int LongestInBytes = 1024;

    /// <summary>The name, if it is one: parts between single '/', none of them '.' or '..', no '\', no control
    /// characters, and on Windows no ':'.</summary>
    /// <exception cref="FaceBiasException">It is none.</exception>
    public static string Check(string name) =>
        Problem(name) is { } problem
            ? throw new FaceBiasException($"'{name}' is no name for an object: {problem}.") : name;

    /// <summary>Why a name is refused, or null.</summary>
    public static string? Problem(string name) =>
        name.Length == 0 ? "it is empty"
        : name.Contains('\\', StringComparison.Ordinal) ? "it has a '\\'; put '/' between its parts"
        : name.Any(char.IsControl) ? "it has control characters"
        : OperatingSystem.IsWindows() && name.Contains(':', StringComparison.Ordinal) ? "it has a ':'"
        : name[0] == '/' ? "it is absolute"
        : name.Split('/').Any(p => p is "." or ".." or "") ? "a part of it is empty, '.' or '..'"
        : System.Text.Encoding.UTF8.GetByteCount(name) > LongestInBytes
            ? $"it is longer than {LongestInBytes} bytes" : null;
}
