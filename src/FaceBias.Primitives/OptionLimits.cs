namespace FaceBias;

/// <summary>Bounds that several options share.</summary>
internal static class OptionLimits
{
    /// <summary>More threads than any machine has cores for help nobody, and thousands exhaust it.</summary>
    public const int Threads = 256;

    /// <summary>More epochs than anybody waits for.</summary>
    public const int Epochs = 100_000;

    /// <summary>The sentence of the option, in every job alike.</summary>
    public const string ThreadsHelp = "Threads; 0 for one per core.";

    /// <summary>Refuses a number of threads that is none, where there is no options record.</summary>
    public static void CheckThreads(int threads)
    {
        if (threads is < 0 or > Threads)
            throw new FaceBiasException($"‹Threads› must be from 0 to {Threads}, not {threads}.");
    }
}
