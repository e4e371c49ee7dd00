using FaceBias.Cli;

namespace FaceBias.Benchmarks.Robustness;

/// <summary>Runs the command in this process and judges it as a user would: exit code, and what stands on standard
/// error.</summary>
internal static class CommandCases
{
    public static async Task<Outcome> RunAsync(params string[] arguments)
    {
        var (output, error) = (Console.Out, Console.Error);
        using StringWriter said = new(), complained = new();
        Console.SetOut(said);
        Console.SetError(complained);
        try
        {
            var code = await CommandLine.RunAsync(arguments).ConfigureAwait(false);
            if (code == 0)
                return Outcome.Ok;
            var lines = complained.ToString().Split('\n',
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            string[] sentences = [.. lines.Where(l => l.StartsWith("facebias: ", StringComparison.Ordinal))];
            return sentences is [var one] && code == CommandLine.InputError ? Outcome.Refused(one)
                : new(Kind.Other, $"exit code {code}: {complained}");
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }
}
