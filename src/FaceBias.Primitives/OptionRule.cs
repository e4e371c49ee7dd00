namespace FaceBias;

/// <summary>Refuses options that are out of their range.</summary>
internal static class OptionRule
{
    /// <summary>More threads than any machine has cores for help nobody, and thousands exhaust it.</summary>
    public const int MostThreads = 256;

    /// <summary>Refuses a number of threads that is none.</summary>
    public static void Threads(int threads) =>
        Require(threads is >= 0 and <= MostThreads, $"--threads must be from 0 (one per core) to {MostThreads}", threads);

    /// <summary>Ends with one sentence where a rule does not hold.</summary>
    /// <param name="holds">Whether it does.</param>
    /// <param name="rule">What must be, such as "--epochs must be at least 1".</param>
    /// <param name="value">What is.</param>
    public static void Require(bool holds, string rule, double value)
    {
        if (!holds)
            throw new FaceBiasException(FormattableString.Invariant($"{char.ToUpperInvariant(rule[0])}{rule[1..]}, not {value}."));
    }
}
