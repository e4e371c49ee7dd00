namespace FaceBias.Benchmarks.Robustness;

/// <summary>What became of a case.</summary>
internal enum Kind
{
    /// <summary>It was done.</summary>
    Ok,

    /// <summary>It was refused by one sentence.</summary>
    Sentence,

    /// <summary>Anything else: an unexpected exception, several lines, a message of a library, a process that died or
    /// hung.</summary>
    Other,
}

/// <summary>What became of a case, and what was said.</summary>
internal readonly record struct Outcome(Kind Kind, string Text)
{
    private const int Longest = 700;

    public static Outcome Ok => new(Kind.Ok, "");

    /// <summary>A refusal, if it is one sentence on one line in words of this project.</summary>
    public static Outcome Refused(string text) =>
        new(text.Length is 0 or > Longest || text.Contains('\n', StringComparison.Ordinal)
            || text.Contains("Unexpected failure", StringComparison.Ordinal)
            || text.Contains("ErrorCode", StringComparison.Ordinal) || text.Contains("   at ", StringComparison.Ordinal)
            ? Kind.Other : Kind.Sentence, text);

    public static Outcome Failed(Exception e) =>
        new(Kind.Other, $"{e.GetType().Name}: {e.Message}{Environment.NewLine}{e.StackTrace}");
}
