using FaceBias.Cli.Commands;
using FaceBias.Core.Curation;

namespace FaceBias.Cli.Tests;

public class CommandLineTests
{
    [Theory]
    [InlineData("train", "--images", "/nowhere", "--labels", "utkface", "--targets", "gender", "--out", "x",
        "/nowhere")]
    [InlineData("predict", "--model", "/nowhere/model.onnx", "--images", "/", "--out", "x.csv", "/nowhere/model.onnx")]
    [InlineData("predict", "--model", "m.onnx", "--images", "/", "--out", "x.doc", "x.doc")]
    [InlineData("models", "inspect", "no-such-model", "no-such-model")]
    [InlineData("synth", "--count", "3", "--out", "x", "--threads", "-1", "--threads must be from 0")]
    [InlineData("mitigate", "split", "--images", "/", "--labels", "utkface", "--target", "gender", "--bias", "race",
        "--aligned", "a:b",
        "--out", "x", "--threads", "9999", "--threads must be from 0")]
    public async Task A_mistake_is_one_line_that_names_it_and_exit_code_2(params string[] argumentsAndName)
    {
        var (code, error) = await RunAsync(argumentsAndName[..^1]);
        Assert.Equal(CommandLine.InputError, code);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("facebias: ", line, StringComparison.Ordinal);
        Assert.Contains(argumentsAndName[^1], line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ErrorKind.BadInput, 2)]
    [InlineData(ErrorKind.Missing, 2)]
    [InlineData(ErrorKind.Unsupported, 2)]
    [InlineData(ErrorKind.Busy, 75)]
    [InlineData(ErrorKind.Internal, 1)]
    [InlineData(ErrorKind.Permanent, 42)]
    public async Task A_command_that_fails_ends_with_the_exit_code_of_its_kind(ErrorKind kind, int expected)
    {
        var root = CommandLine.Create();
        root.Add(Binding.Job.Command<Workflows.Quickstart.QuickstartOptions>("fail", "Fails.", "fail",
            int (_, _) => throw new FaceBiasException("It failed.", kind)));
        var (code, error) = await RunAsync(["fail"], root);
        Assert.Equal((expected, "facebias: It failed.\n"), (code, error));
    }

    [Fact]
    public async Task An_old_name_of_an_option_is_answered_with_the_new_one()
    {
        var commands = DescribeCommand.Of(CommandLine.Create()).ToDictionary(c => c.Name);
        foreach (var (command, old, @new) in RenamedOptions.All)
        {
            var names = commands[command].Options.Select(o => o.Name).ToArray();
            Assert.DoesNotContain(old, names);
            Assert.Contains(@new.Split(' ')[0], names);
            foreach (var arguments in (string[][])[[command, "--out", "x", old, "2"], [command, $"{old}=2"]])
            {
                var (code, error) = await RunAsync(arguments);
                Assert.Equal(CommandLine.InputError, code);
                Assert.Equal($"facebias: {old} of 'facebias {command}' is now {@new}.\n", error);
            }
        }
        var value = CommandLine.Create().Parse(["train", "--out", "--", "--average"]);
        Assert.Null(RenamedOptions.Sentence(value));
    }

    [Theory]
    [InlineData("train", "keep-first", NearPolicy.KeepFirst)]
    [InlineData("train", "KeepBest", NearPolicy.KeepBest)]
    [InlineData("curate", "keep-best", NearPolicy.KeepBest)]
    [InlineData("curate", "drop-all", NearPolicy.DropAll)]
    public void Near_duplicates_are_treated_by_the_same_words_everywhere(string command, string text,
        NearPolicy expected)
    {
        var parsed = CommandLine.Create().Parse([command, "--near", text]);
        Assert.Equal(expected, parsed.GetValue<NearPolicy>("--near"));
        Assert.Contains(CommandLine.Create().Parse([command, "--near", "1"]).Errors,
            e => e.Message.Contains("keep-best", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_command_with_labels_says_how_to_read_their_tables()
    {
        static IEnumerable<System.CommandLine.Command> All(System.CommandLine.Command command) =>
            command.Subcommands.SelectMany(All).Prepend(command);
        var commands = All(CommandLine.Create()).Where(
            c => c.Options.Any(o => o.Name == "--labels") && c.Options.Any(o => o.Name == "--image-column")).ToArray();
        Assert.Subset(commands.Select(c => c.Name).ToHashSet(),
            new HashSet<string>(["train", "predict", "sweep", "curate", "audit"]));
        foreach (var name in new[] { "--keep-na", "--separator", "--decimal", "--sheet" })
            Assert.All(commands, c => Assert.Single(c.Options, o => o.Name == name));
    }

    [Fact]
    public void A_stop_says_how_to_resume_and_a_fault_shows_no_stack_trace()
    {
        var (stopped, sentence) = Explain(new OperationCanceledException());
        Assert.Equal(CommandLine.Cancelled, stopped);
        Assert.Contains("run the same command again", sentence, StringComparison.Ordinal);
        var (fault, text) = Explain(new InvalidOperationException("broken\nat line 3"));
        Assert.Equal(CommandLine.Fault, fault);
        Assert.Single(text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(CommandLine.InputError,
            Explain(new AggregateException(new FaceBiasException("the sentence"))).Code);
    }

    [Fact]
    public void Progress_leaves_cached_units_out_of_the_rate()
    {
        var text = ConsoleProgress.Describe(new StepProgress("features", 300, 1000, "images", Cached: 100),
            seconds: 10);
        Assert.Equal("features 300/1,000 images, 20/s, 0:35 left", text);
        Assert.EndsWith("2:03:20 left", ConsoleProgress.Describe(new("steps", 1, 75, "images"), seconds: 100));
    }

    [Theory]
    [InlineData("trian", "--images", "x", "'trian' is no command; did you mean 'train'?")]
    [InlineData("train", "--images", "a", "--gropus", "race", "--labels", "l", "--targets", "t", "--out", "o",
        "did you mean '--groups'?")]
    [InlineData("models", "lst", "did you mean 'list'?")]
    [InlineData("train", "--labels", "x", "--views", "2", "--images", "a", "--targets", "t", "--out", "o",
        "--views goes with --finetune")]
    [InlineData("train", "--epochs", "0", "--labels", "x", "--images", "a", "--targets", "t", "--out", "o",
        "--epochs must be from 1 to 100000, not 0")]
    [InlineData("sweep", "--out", "o", "--sampler", "x", "--run", "r",
        "--sampler must be tpe, cfo, nsga2, random or grid, not 'x'")]
    [InlineData("open", "/nowhere", "There is no run '/nowhere'")]
    [InlineData("compare", "/nowhere", "/elsewhere", "There is no folder '/nowhere'")]
    [InlineData("audit", "--config", "/nowhere.json", "Cannot read '/nowhere.json'")]
    public async Task What_was_mistyped_is_answered_with_what_may_have_been_meant(params string[] argumentsAndAnswer)
    {
        var (code, error) = await RunAsync(argumentsAndAnswer[..^1]);
        Assert.Equal(CommandLine.InputError, code);
        Assert.Contains(argumentsAndAnswer[^1], error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_gives_options_that_go_before_none_that_were_typed()
    {
        var folder = FaceBias.Tests.TestPaths.NewFolder();
        var config = Path.Combine(folder, "config.json");
        await File.WriteAllTextAsync(config, """{ "epochs": 0, "targets": ["gender"], "confirm-near": true }""");
        string[] typed = ["train", "--config", config, "--images", "a", "--labels", "l", "--out",
            Path.Combine(folder, "o")];
        Assert.Contains("--epochs must be from 1", (await RunAsync(typed)).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("--epochs", (await RunAsync([.. typed, "--epochs", "3"])).Error,
            StringComparison.Ordinal);
        await File.WriteAllTextAsync(config, """{ "epoch": 3 }""");
        Assert.Contains("did you mean '--epochs'?", (await RunAsync(typed)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_is_described_once_and_every_command_has_help()
    {
        foreach (var command in DescribeCommand.Of(CommandLine.Create()))
        {
            Assert.Equal(command.Options.Count, command.Options.Select(o => o.Name).Distinct().Count());
            Assert.All(command.Options, o => Assert.DoesNotContain('‹', o.Description));
            using var help = new StringWriter();
            Assert.Equal(0, CommandLine.Create().Parse([.. command.Name.Split(' '), "--help"])
                .Invoke(new() { Output = help }));
            Assert.All(command.Options, o => Assert.Contains(o.Name, help.ToString(), StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Progress_without_a_terminal_is_a_line_now_and_then()
    {
        using var output = new StringWriter();
        using (var lines = new ConsoleProgress.SlowLines(output, every: false, pause: 0.02))
        {
            // A step that reports once and then is silent has its lines too.
            lines.Report(new("features", 10, 100, "images"));
            Thread.Sleep(500);
        }
        Assert.Contains("features 10/100 images", output.ToString(), StringComparison.Ordinal);
        Assert.True(output.ToString().Split('\n').Length > 3);
        using var silent = new StringWriter();
        using (var slow = new ConsoleProgress.SlowLines(silent, every: false))
            slow.Report(new("features", 10, 100, "images"));
        Assert.Equal("", silent.ToString());
    }

    private static (int Code, string Error) Explain(Exception e)
    {
        var before = Console.Error;
        using var writer = new StringWriter();
        Console.SetError(writer);
        try
        {
            return (CommandLine.Explain(e), writer.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }

    private static async Task<(int Code, string Error)> RunAsync(string[] arguments,
        System.CommandLine.RootCommand? root = null)
    {
        var before = Console.Error;
        await using var writer = new StringWriter();
        Console.SetError(writer);
        try
        {
            return (await CommandLine.RunAsync(arguments, root), writer.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }
}
