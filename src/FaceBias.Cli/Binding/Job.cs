using System.Runtime.CompilerServices;
using System.Text.Json;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Options;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Cli.Binding;

/// <summary>What a command runs with.</summary>
internal sealed record Job(ParseResult Parsed, ConsoleMode Mode, CancellationToken Cancel)
{
    private TextWriter Output => Parsed.InvocationConfiguration.Output;

    /// <summary>The example of each command.</summary>
    public static ConditionalWeakTable<Command, string> Examples { get; } = [];

    /// <summary>Gives a command without options its example, without "facebias".</summary>
    public static Command WithExample(Command command, string example)
    {
        Examples.Add(command, example);
        return command;
    }

    /// <summary>Writes a line of the result.</summary>
    public void Line(string line)
    {
        line = OptionNames.InFlags(line);
        if (Mode.Json)
            Event(new { Line = line });
        else
            Output.WriteLine(ConsoleStyle.Verdict(line, Output));
    }

    /// <summary>Writes lines of the result.</summary>
    public int Lines(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            Line(line);
        return 0;
    }

    /// <summary>Writes a line of JSON; nothing without --json.</summary>
    public void Event(object value)
    {
        if (Mode.Json)
            Output.WriteLine(JsonSerializer.Serialize(value, CoreJson.Compact));
    }

    /// <summary>Runs work that reports its progress, and writes the lines that it returns.</summary>
    public int Run(Func<IProgress<StepProgress>?, IEnumerable<string>> work)
    {
        var lines = ConsoleProgress.Run(Mode, Output, work);
        return Mode.Quiet ? 0 : Lines(lines);
    }

    /// <summary>A command whose options are those of a record.</summary>
    /// <param name="example">A call of it, without "facebias".</param>
    /// <param name="run">Does it, and gives the exit code.</param>
    public static Command Command<T>(string name, string description, string example, Func<T, Job, int> run)
        where T : class =>
        Command<T>(name, description, example, (options, job) => Task.FromResult(run(options, job)));

    public static Command Command<T>(string name, string description, string example, Func<T, Job, Task<int>> run)
        where T : class
    {
        var command = new Command(name, description);
        OptionNames.Add(typeof(T));
        var binder = new OptionBinder<T>(command);
        // On a thread of its own: Ctrl-C is listened to only once the action has returned a task.
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var options = binder.Read(parsed);
            OptionSchema.Check(options);
            RunFolder.Typed.Value = new(name, binder.Typed(parsed));
            return run(options, new(parsed, ConsoleMode.Of(parsed), cancel));
        }, CancellationToken.None));
        return WithExample(command, example);
    }
}
