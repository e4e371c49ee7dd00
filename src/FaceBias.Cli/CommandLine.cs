using System.CommandLine;
using FaceBias.Cli.Commands;

namespace FaceBias.Cli;

/// <summary>The <c>facebias</c> command: its verbs, and what a failure looks like to the user.</summary>
internal static class CommandLine
{
    /// <summary>Exit code when the user's input is at fault.</summary>
    public const int InputError = 2;

    /// <summary>Exit code when the program is at fault.</summary>
    public const int Fault = 1;

    /// <summary>Exit code after Ctrl-C, as shells expect it.</summary>
    public const int Cancelled = 130;

    public static RootCommand Create()
    {
        var root = Verbs();
        NumberOptions.Guard(root);
        return root;
    }

    private static RootCommand Verbs() => new(
        "Trains face and image classifiers from pretrained ONNX backbones, finds out for whom they fail, and says so.")
    {
        CurateCommand.Create(),
        TrainCommand.Create(),
        PredictCommand.Create(),
        ServeCommand.Create(),
        QuickstartCommand.Create(),
        AuditCommand.Create(),
        ScoreCommand.Create(),
        ExportCommand.Create(),
        ModelsCommand.Create(),
        CacheCommand.Create(),
        SweepCommand.Create(),
        SynthCommand.Create(),
        MitigateCommand.Create(),
        DescribeCommand.Create(Create),
    };

    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Create().Parse(args);
        try
        {
            if (RenamedOptions.Sentence(parsed) is { } renamed)
                throw new FaceBiasException(renamed);
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                // A step ends at its next safe point; what is written stays whole.
                ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
            }).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            return Explain(e);
        }
    }

    /// <summary>Prints one sentence for a failure and returns the exit code.</summary>
    internal static int Explain(Exception failure)
    {
        while (failure is AggregateException { InnerExceptions.Count: >= 1 } many)
            failure = many.InnerExceptions.FirstOrDefault(e => e is FaceBiasException) ?? many.InnerExceptions[0];
        var (sentence, code) = failure switch
        {
            OperationCanceledException => ("Stopped. Nothing written is lost; run the same command again to resume.", Cancelled),
            FaceBiasException e => (Shortened(e.Message), InputError),
            IOException or UnauthorizedAccessException =>
                ($"{failure.Message.TrimEnd('.')}; check the path, its permissions and the free disk space.", InputError),
            OutOfMemoryException => ("Not enough memory; close other programs or use fewer images at once.", Fault),
            _ => ($"Unexpected failure, please report it: {failure.GetType().Name}: {FirstLine(failure.Message)} "
                + "(set FACEBIAS_TRACE=1 to see where).", Fault),
        };
        Console.Error.WriteLine($"facebias: {sentence}");
        if (Environment.GetEnvironmentVariable("FACEBIAS_TRACE") == "1")
            Console.Error.WriteLine(failure);
        return code;
    }

    /// <summary>A sentence may quote what a file holds, which may be of any length and have lines.</summary>
    private static string Shortened(string sentence)
    {
        const int Longest = 600;
        sentence = sentence.ReplaceLineEndings(" ");
        return sentence.Length <= Longest ? sentence : $"{sentence.AsSpan(0, Longest / 2)} ... {sentence.AsSpan(sentence.Length - Longest / 4)}";
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd('\r', '.');
}
