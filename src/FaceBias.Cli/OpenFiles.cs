namespace FaceBias.Cli;

/// <summary>How many files a process may have open. The runtime alone keeps over a hundred, its own libraries; with
/// fewer it fails somewhere in the middle, with a stack trace.</summary>
internal static class OpenFiles
{
    /// <summary>What a run takes, with some to spare.</summary>
    private const int Fewest = 192;

    /// <summary>The sentence for the user where the limit is too low, or null; only Linux says it.</summary>
    public static string? TooFew()
    {
        const string Title = "Max open files";
        try
        {
            var line = OperatingSystem.IsLinux()
                ? File.ReadLines("/proc/self/limits").FirstOrDefault(l => l.StartsWith(Title, StringComparison.Ordinal))
                : null;
            return line?[Title.Length..].TrimStart().Split(' ')[0] is { } text
                && int.TryParse(text, CultureInfo.InvariantCulture, out var limit) && limit < Fewest
                ? $"Only {limit} files may be open at a time (ulimit -n), and facebias takes up to {Fewest}; allow "
                    + "more with: ulimit -n 1024" : null;
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            return null;
        }
    }
}
