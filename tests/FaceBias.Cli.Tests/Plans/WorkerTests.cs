using System.Diagnostics;
using FaceBias.Synthesis;
using FaceBias.Tests;
using FaceBias.Workflows.Curate;
using FaceBias.Workflows.Plans;

namespace FaceBias.Cli.Tests.Plans;

/// <summary>Workers as processes, each killed at a time of its own.</summary>
public class WorkerTests
{
    private const int Workers = 16;

    [Fact]
    public async Task Sixteen_killed_workers_leave_what_one_machine_writes()
    {
        var folder = TestPaths.NewFolder();
        string At(string name) => Path.Combine(folder, name);
        SynthDataSet.Write(SynthSpec.Parse("""{"size": 64, "planted": {"exact_duplicates": 0.05}}""", "test"), 96, 1,
            At("data"));
        var options = new CurateRunOptions { Images = [At("data/images")], Labels = At("data/labels.csv"),
            Out = At("one"), Home = At("home") };
        CurateRun.Execute(options);
        PlanRun.Execute(new PlanRunOptions<CurateRunOptions> { Step = options, ShardRows = 1, Out = At("plan") });
        var random = new Random(5);
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(i => Kill(At("plan"), random.Next(300, 2500))));
        var plan = ShardPlan.Open(At("plan"));
        // Some had begun; with a claim or half a file of the dead the rest is computed all the same.
        using var last = Start(At("plan"));
        await last.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, last.ExitCode);
        Assert.All(plan.States(), s => Assert.Equal(ShardState.Done, s));
        ShardMerge.Execute(new() { Plan = At("plan") });
        foreach (var file in new[] { "manifest.parquet", "curation.json", "curation.html" })
            Assert.True(File.ReadAllBytes(Path.Combine(At("one"), file))
                .SequenceEqual(File.ReadAllBytes(Path.Combine(At("plan/result"), file))), file);
    }

    private static Process Start(string plan)
    {
        var start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "facebias.dll"), "run", plan, "--quiet"])
            { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task Kill(string plan, int milliseconds)
    {
        using var worker = Start(plan);
        await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
        if (!worker.HasExited)
            worker.Kill();
        await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
