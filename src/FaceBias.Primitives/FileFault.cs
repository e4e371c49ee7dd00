namespace FaceBias;

/// <summary>What the file system refuses: a file that is missing, in use or forbidden, a disk that is full.</summary>
internal static class FileFault
{
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>The sentence for the user: what failed, the system's reason, and what to do.</summary>
    public static FaceBiasException Of(string failure, Exception e, string? advice = null,
        ErrorKind kind = ErrorKind.BadInput) =>
        new($"{failure}: {Reason(e)}{(advice is null ? "" : "; " + advice)}.", e, kind);

    /// <summary>The system's reason as the end of a sentence.</summary>
    public static string Reason(Exception e) => e.Message.TrimEnd('.');
}
