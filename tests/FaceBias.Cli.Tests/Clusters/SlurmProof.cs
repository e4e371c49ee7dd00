using System.Diagnostics;
using System.Formats.Tar;
using FaceBias.Cli.Tests.Storage;
using FaceBias.Primitives.Storage;
using FaceBias.Storage;
using FaceBias.Workflows.Plans;

namespace FaceBias.Cli.Tests.Clusters;

/// <summary>
/// Steps as plans on a real Slurm, whose pictures and shards lie in object storage, while a node is killed and the
/// storage refuses for a while: what comes out is, byte for byte, what one command writes.
/// </summary>
internal sealed class SlurmProof(string folder, string program, ObjectServer server, SlurmCluster cluster,
    Action<string> say)
{
    /// <summary>Puts pictures into a tar in the storage.</summary>
    public void Upload(string images)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
            foreach (var file in Directory.GetFiles(images).Order(StringComparer.Ordinal))
                writer.WriteEntry(file, Path.GetFileName(file));
        server.Objects["bucket/faces.tar"] = tar.ToArray();
    }

    /// <summary>Runs a step both ways.</summary>
    /// <param name="step">Its name.</param>
    /// <param name="arguments">Its options but <c>--out</c>.</param>
    /// <param name="output">The file or folder that it writes.</param>
    /// <param name="shardRows">Rows of a shard.</param>
    /// <param name="kill">A node to end once a shard is done; null for none.</param>
    /// <param name="outage">How long the storage refuses, once the node is gone.</param>
    /// <returns>The files that differ, or that only one of both wrote.</returns>
    public IReadOnlyList<string> Run(string step, string[] arguments, string output, int shardRows, string? kill,
        TimeSpan outage)
    {
        var (one, many) = (Path.Combine(folder, "one"), Path.Combine(folder, "many"));
        Directory.CreateDirectory(one);
        Directory.CreateDirectory(many);
        var clock = Stopwatch.StartNew();
        Call([step, .. arguments, "--out", Path.Combine(one, output)]);
        var alone = clock.Elapsed;
        var plan = $"s3://bucket/plans/{step}";
        Call(["plan", step, .. arguments, "--shard-rows", $"{shardRows}", "--out", plan]);
        clock.Restart();
        var submit = Task.Run(() => Call(["submit", plan, "--to", "slurm", "--command", $"dotnet {program}", "--cpus", "1",
            "--memory", "1000", "--out", Path.Combine(many, output)]));
        while (!submit.IsCompleted)
        {
            if (kill is not null && ShardPlan.Open(plan).States().Contains(ShardState.Done)
                && cluster.Running().Contains(kill) && cluster.HasTasks(kill))
            {
                cluster.Kill(kill);
                say($"{step}: {kill} killed after {clock.Elapsed.TotalSeconds:0.0} s");
                kill = null;
                server.Refuse(int.MaxValue);
                Thread.Sleep(outage);
                server.Refuse(0);
            }
            cluster.Hurry();
            submit.Wait(500);
        }
        submit.GetAwaiter().GetResult();
        say($"{step}: {ShardPlan.Open(plan).Count} shards in {clock.Elapsed.TotalSeconds:0.0} s, alone in "
            + $"{alone.TotalSeconds:0.0} s; {cluster.Requeues()} requeues so far");
        string[] Files(string root) => [.. Directory.GetFiles(root, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(root, f)).Order(StringComparer.Ordinal)];
        // run.json says what was typed, which was not the same.
        return [.. Files(one).Union(Files(many)).Where(f => Path.GetFileName(f) != "run.json" && (!File.Exists(Path.Combine(one, f))
            || !File.Exists(Path.Combine(many, f))
            || !File.ReadAllBytes(Path.Combine(one, f)).AsSpan()
                .SequenceEqual(File.ReadAllBytes(Path.Combine(many, f)))))];
    }

    /// <summary>Runs the command line as a user does.</summary>
    private void Call(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments, "--quiet"])
            { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"facebias {string.Join(' ', arguments)}: exit code {process.ExitCode}\n"
                + output + error.Result);
    }
}
