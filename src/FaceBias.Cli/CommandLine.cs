using System.CommandLine.Parsing;
using System.Text.Json;
using FaceBias.Cli.Commands;
using FaceBias.Primitives.Json;

namespace FaceBias.Cli;

/// <summary>The <c>facebias</c> command: its verbs, and what a failure looks like to the user.</summary>
internal static class CommandLine
{
    /// <summary>Exit code when the user's input is at fault.</summary>
    public const int InputError = 2;

    /// <summary>Exit code when the program is at fault.</summary>
    public const int Fault = 1;

    /// <summary>Exit code when a check that was asked for failed, such as --fail-on gap.</summary>
    public const int CheckFailed = 3;

    /// <summary>Exit code when the same command may work later: another process has the folder, or a server did not
    /// answer (EX_TEMPFAIL of sysexits.h).</summary>
    public const int Busy = 75;

    /// <summary>Exit code where no repetition helps, by which a cluster gives a shard up.</summary>
    public const int Never = 42;

    /// <summary>Exit code after Ctrl-C, as shells expect it.</summary>
    public const int Cancelled = 130;

    public static RootCommand Create()
    {
        OptionNaming.Name = property => OptionNames.InFlags($"‹{property}›");
        var root = Verbs();
        ConsoleMode.AddTo(root);
        HelpScreen.Use(root);
        root.SetAction(parsed => HelpScreen.Welcome(parsed.InvocationConfiguration.Output));
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
        InitCommand.Create(),
        AuditCommand.Create(),
        ScoreCommand.Create(),
        ExplainCommand.Create(),
        ErrorsCommand.Create(),
        CardCommand.Create(),
        CheckCommand.Create(),
        BountyCommand.Create(),
        ExportCommand.Create(),
        UncertaintyCommand.Create(),
        ModelsCommand.Create(),
        CacheCommand.Create(),
        OpenCommand.Create(),
        CompareCommand.Create(),
        CompletionCommand.Create(),
        SweepCommand.Create(),
        FeaturesCommand.Create(),
        PlanCommand.Create(),
        PlanCommand.CreateRun(),
        PlanCommand.CreateMerge(),
        SubmitCommand.Create(),
        SynthCommand.Create(),
        MitigateCommand.Create(),
        DescribeCommand.Create(Create),
    };

    /// <summary>Runs the program.</summary>
    /// <param name="root">The commands there are; null for all.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, RootCommand? root = null)
    {
        root ??= Create();
        var parsed = root.Parse(args);
        var mode = ConsoleMode.Of(parsed);
        try
        {
            if (parsed.GetValue(ConsoleMode.Config) is { } config)
                parsed = root.Parse(ConfigFile.Expand(config, args, parsed.CommandResult.Command, root));
            if (RenamedOptions.Sentence(parsed) is { } renamed)
                throw new FaceBiasException(renamed);
            if (parsed.Action is not HelpScreen && Typo(parsed) is { } typo)
                throw new FaceBiasException(typo);
            if (parsed.Errors.Count > 0 && parsed.Action is System.CommandLine.Invocation.ParseErrorAction)
                throw new FaceBiasException(Sentence(parsed));
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                // A step ends at its next safe point; what is written stays whole.
                ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
            }).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            return Explain(e, mode);
        }
    }

    /// <summary>A word that looks like an option and is none, or a command that is none; null where there is neither.
    /// Lists take every word that follows, so the parser does not tell.</summary>
    private static string? Typo(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var words = Words(parsed.CommandResult);
        var typed = parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash).ToArray();
        // Shells that ask for completions hand on what was typed, as it is.
        if (typed.Any(t => t.Type == TokenType.Directive))
            return null;
        if (command.Subcommands.Count > 0 && command.Arguments.Count == 0
            && parsed.UnmatchedTokens.FirstOrDefault(t => !t.StartsWith('-')) is { } unknown)
        {
            var hint = Nearest.Hint(unknown, command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name));
            return $"'{unknown}' is no command{hint}{(hint.Length > 0 ? "" : ";")} 'facebias {words}--help' lists them.";
        }
        string[] options = [.. command.Options.Select(o => o.Name), "--help", "--quiet", "--verbose", "--json",
            "--config"];
        foreach (var token in typed)
        {
            if (token.Type != TokenType.Argument || token.Value is not ['-', '-', >= 'a' and <= 'z', ..])
                continue;
            var hint = Nearest.Hint(token.Value, options);
            return $"'{token.Value}' is no option of 'facebias {words.TrimEnd()}'{hint}{(hint.Length > 0 ? "" : ";")} "
                + $"'facebias {words}--help' lists them.";
        }
        return null;
    }

    /// <summary>What is wrong with a command line, and where to look.</summary>
    private static string Sentence(ParseResult parsed) =>
        $"{string.Join(" ", parsed.Errors.Select(e => e.Message).Distinct())} 'facebias "
            + $"{Words(parsed.CommandResult)}--help' lists the options.";

    private static string Words(System.CommandLine.Parsing.CommandResult result) =>
        result.Parent is System.CommandLine.Parsing.CommandResult parent
            ? $"{Words(parent)}{result.Command.Name} " : "";

    /// <summary>The exit code of a kind of failure.</summary>
    internal static int ExitCode(ErrorKind kind) => kind switch
    {
        ErrorKind.Busy => Busy,
        ErrorKind.Internal => Fault,
        ErrorKind.Permanent => Never,
        _ => InputError,
    };

    /// <summary>Prints one sentence for a failure and returns the exit code.</summary>
    internal static int Explain(Exception failure, ConsoleMode? mode = null)
    {
        while (failure is AggregateException { InnerExceptions.Count: >= 1 } many)
            failure = many.InnerExceptions.FirstOrDefault(e => e is FaceBiasException) ?? many.InnerExceptions[0];
        var (sentence, code) = failure switch
        {
            OperationCanceledException =>
                ("Stopped. What was written is kept; run the same command again to continue.", Cancelled),
            FaceBiasException e => (Shortened(OptionNames.InFlags(e.Text)), ExitCode(e.Kind)),
            IOException or UnauthorizedAccessException =>
                ($"{failure.Message.TrimEnd('.')}; check the path, its permissions and the free disk space.",
                    InputError),
            OutOfMemoryException => ("Not enough memory; close other programs or use fewer images at once.", Busy),
            _ => ($"Unexpected failure, please report it: {failure.GetType().Name}: {FirstLine(failure.Message)} "
                + "(set FACEBIAS_TRACE=1 to see where).", Fault),
        };
        if (mode?.Json == true)
        {
            var known = failure as FaceBiasException;
            Console.Out.WriteLine(JsonSerializer.Serialize(new
            {
                Error = new { Kind = known?.Kind ?? ErrorKind.Internal, known?.Option, Message = sentence,
                    ExitCode = code },
            }, CoreJson.Compact));
        }
        Console.Error.WriteLine($"facebias: {sentence}");
        if (mode?.Verbose == true || Environment.GetEnvironmentVariable("FACEBIAS_TRACE") == "1")
            Console.Error.WriteLine(failure);
        return code;
    }

    /// <summary>A sentence may quote what a file holds, which may be of any length and have lines.</summary>
    private static string Shortened(string sentence)
    {
        const int Longest = 600;
        sentence = sentence.ReplaceLineEndings(" ");
        return sentence.Length <= Longest ? sentence
            : $"{sentence.AsSpan(0, Longest / 2)} ... {sentence.AsSpan(sentence.Length - Longest / 4)}";
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd('\r', '.');
}
