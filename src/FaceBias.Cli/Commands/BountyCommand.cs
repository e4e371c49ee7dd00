using System.CommandLine;
using FaceBias.Workflows.Bounty;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias bounty8bit</c>: the 8-bit Bias Bounty from its folders to a submission.</summary>
internal static class BountyCommand
{
    public static Command Create()
    {
        var train = new Option<string?>("--train"); var test = new Option<string?>("--test"); var render = new Option<int>("--render"); var output = new Option<string>("--out") { Required = true };
        var trials = new Option<int>("--trials") { DefaultValueFactory = _ => 20 }; var seed = new Option<ulong>("--seed") { DefaultValueFactory = _ => 7UL }; var semi = new Option<bool>("--semi-supervised"); var detector = new Option<bool>("--detector");
        var command = new Command("bounty8bit", "The 8-bit Bias Bounty.") { train, test, render, output, trials, seed, semi, detector };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var (_, lines) = ConsoleProgress.Run(progress => BountyRun.Execute(new() { Train = parsed.GetValue(train), Test = parsed.GetValue(test), Render = parsed.GetValue(render), Out = parsed.GetRequiredValue(output), Trials = parsed.GetValue(trials), Seed = parsed.GetValue(seed), SemiSupervised = parsed.GetValue(semi), Detector = parsed.GetValue(detector) }, progress, cancel));
            foreach (var line in lines) Console.WriteLine(line);
            return 0;
        }, CancellationToken.None));
        return command;
    }
}
