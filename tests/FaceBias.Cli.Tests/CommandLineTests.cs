namespace FaceBias.Cli.Tests;

public class CommandLineTests
{
    [Theory]
    [InlineData("train", "--images", "/nowhere", "--labels", "utkface", "--targets", "gender", "--out", "x", "/nowhere")]
    [InlineData("predict", "--model", "/nowhere/model.onnx", "--images", "/", "--out", "x.csv", "/nowhere/model.onnx")]
    [InlineData("predict", "--model", "m.onnx", "--images", "/", "--out", "x.doc", "x.doc")]
    [InlineData("models", "inspect", "no-such-model", "no-such-model")]
    public async Task A_mistake_is_one_line_that_names_it_and_exit_code_2(params string[] argumentsAndName)
    {
        var (code, error) = await RunAsync(argumentsAndName[..^1]);
        Assert.Equal(CommandLine.InputError, code);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("facebias: ", line, StringComparison.Ordinal);
        Assert.Contains(argumentsAndName[^1], line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stop_says_how_to_go_on_and_a_fault_shows_no_stack_trace()
    {
        var (stopped, sentence) = Explain(new OperationCanceledException());
        Assert.Equal(CommandLine.Cancelled, stopped);
        Assert.Contains("run the same command again", sentence, StringComparison.Ordinal);
        var (fault, text) = Explain(new InvalidOperationException("broken\nat line 3"));
        Assert.Equal(CommandLine.Fault, fault);
        Assert.Single(text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(CommandLine.InputError, Explain(new AggregateException(new FaceBiasException("the sentence"))).Code);
    }

    [Fact]
    public void Progress_leaves_cached_units_out_of_the_rate()
    {
        var text = ConsoleProgress.Describe(new StepProgress("features", 300, 1000, "images", Cached: 100), seconds: 10);
        Assert.Equal("features 300/1,000 images, 20/s, 0:35 left", text);
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

    private static async Task<(int Code, string Error)> RunAsync(string[] arguments)
    {
        var before = Console.Error;
        await using var writer = new StringWriter();
        Console.SetError(writer);
        try
        {
            return (await CommandLine.RunAsync(arguments), writer.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }
}
