using System.Diagnostics;
using FaceBias.Clusters;
using FaceBias.Core.Data;
using FaceBias.Core.Tests.Runs;
using FaceBias.Tests;
using FaceBias.Workflows.Features;
using FaceBias.Workflows.Plans;
using k8s;
using k8s.Models;

namespace FaceBias.Cli.Tests.Clusters;

public sealed class KubernetesTests : IDisposable
{
    private readonly TinyWorld _world = new(count: 24);
    private readonly string? _config = Environment.GetEnvironmentVariable("KUBECONFIG");

    private string Plan => Path.Combine(_world.Folder, "plan");

    private string Programs => Directory.CreateDirectory(Path.Combine(_world.Folder, "bin")).FullName;

    public KubernetesTests()
    {
        PlanRun.Execute(new PlanRunOptions<FeatureRunOptions>
        {
            Step = new() { Images = [_world.Images], Backbone = _world.Backbone, Out = "" },
            ShardRows = 10, Out = Plan,
        });
        SubmitRun.Interval = TimeSpan.FromMilliseconds(100);
    }

    private SubmitOptions Options => new()
    {
        Plan = Plan, To = ClusterKind.Kubernetes, Image = "example.com/facebias:1", Volumes = ["data=/mnt/data"],
        Secrets = ["s3"], Retries = 2, Cpus = 2, Memory = 512, Out = Path.Combine(_world.Folder, "many.npy"),
    };

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("KUBECONFIG", _config);
        SubmitRun.Interval = TimeSpan.FromSeconds(5);
    }

    [Fact]
    public void The_job_is_one_of_the_published_types()
    {
        var text = Assert.Single(SubmitRun.Execute(Options with { DryRun = true }));
        // Strict: a name that Kubernetes does not have, or a value of another type, is refused.
        var job = KubernetesYaml.Deserialize<V1Job>(text, strict: true);
        Assert.Equal(("Indexed", 3, 2, 3), (job.Spec.CompletionMode, job.Spec.Completions, job.Spec.BackoffLimitPerIndex,
            job.Spec.MaxFailedIndexes));
        Assert.Equal("Never", job.Spec.Template.Spec.RestartPolicy);
        Assert.Collection(job.Spec.PodFailurePolicy.Rules,
            r => Assert.Equal(("FailIndex", "In", 42), (r.Action, r.OnExitCodes.OperatorProperty,
                Assert.Single(r.OnExitCodes.Values))),
            r => Assert.Equal(("Ignore", "DisruptionTarget"), (r.Action, Assert.Single(r.OnPodConditions).Type)));
        Assert.ThrowsAny<Exception>(
            () => KubernetesYaml.Deserialize<V1Job>(text.Replace("backoffLimitPerIndex", "backoffLimitPerindex"),
                strict: true));
        Assert.Equal(text, Assert.Single(SubmitRun.Execute(Options with { DryRun = true })));
    }

    [Fact]
    public async Task Kubectl_takes_it()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/kubectl") || File.Exists("/usr/local/bin/kubectl"), "needs kubectl");
        await using var server = await JobServer.StartAsync(Programs);
        var file = Path.Combine(_world.Folder, "job.yaml");
        File.WriteAllText(file, Assert.Single(SubmitRun.Execute(Options with { DryRun = true })));
        using var kubectl = Process.Start(new ProcessStartInfo("kubectl", ["create", "--dry-run=client",
            "--validate=false", "-f", file, $"--kubeconfig={server.WriteConfiguration(_world.Folder)}"])
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await kubectl.StandardOutput.ReadToEndAsync() + await kubectl.StandardError.ReadToEndAsync();
        Assert.Matches("job.batch/facebias-[0-9a-f]{8} created \\(dry run\\)", said);
    }

    [Fact]
    public async Task What_may_pass_is_tried_again_and_the_rest_given_up()
    {
        var program = Path.Combine(TestPaths.Repository, "src/FaceBias.Cli/bin/Release/net10.0/facebias.dll");
        Assert.SkipUnless(File.Exists(program) && !OperatingSystem.IsWindows(), "needs a Release build and sh");
        // The container's dotnet: shard 1 fails once as if the storage were away.
        var (dotnet, once) = (Path.Combine(Programs, "dotnet"), Path.Combine(_world.Folder, "once"));
        void Write(string test) => File.WriteAllText(dotnet, $"""
            #!/bin/sh
            shard=$5
            {test}
            shift
            PATH=${"{"}PATH#*:{"}"} exec dotnet {program} "$@"
            """);
        Write($"[ \"$shard\" != 1 ] || [ -f {once} ] || {{ touch {once}; exit 75; }}");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(dotnet, (UnixFileMode)Convert.ToInt32("755", 8));
        await using (var server = await JobServer.StartAsync(Programs))
        {
            Environment.SetEnvironmentVariable("KUBECONFIG", server.WriteConfiguration(_world.Folder));
            SubmitRun.Execute(Options);
            Assert.Equal([(0, 0), (1, 75), (1, 0), (2, 0)], server.Pods);
        }
        FeatureRun.Execute(new() { Images = [_world.Images], Backbone = _world.Backbone,
            Out = Path.Combine(_world.Folder, "one.npy") });
        Assert.Equal(File.ReadAllBytes(Path.Combine(_world.Folder, "one.npy")), File.ReadAllBytes(Options.Out!));

        Directory.Delete(Path.Combine(Plan, "shards"), recursive: true);
        Write("[ \"$shard\" != 2 ] || exit 42; [ \"$shard\" != 1 ] || exit 75");
        await using (var server = await JobServer.StartAsync(Programs))
        {
            Environment.SetEnvironmentVariable("KUBECONFIG", server.WriteConfiguration(_world.Folder));
            var failure = Assert.Throws<FaceBiasException>(() => SubmitRun.Execute(Options));
            Assert.Contains("2 of 3 shards are not done; Kubernetes says FailedIndexes", failure.Message);
            Assert.Contains("(1,2)", failure.Message);
            Assert.Equal([(0, 0), (1, 75), (1, 75), (1, 75), (2, 42)], server.Pods);
            Assert.Contains("kubectl delete job", Assert.Throws<FaceBiasException>(() => SubmitRun.Execute(Options)).Message);
        }
        Assert.Equal(ErrorKind.Busy, Assert.Throws<FaceBiasException>(
            () => SubmitRun.Execute(Options with { NoWait = true })).Kind);
    }

    [Fact]
    public void Mistakes_are_found_before_anything_is_submitted()
    {
        FaceBiasException Fails(SubmitOptions options) =>
            Assert.Throws<FaceBiasException>(() => SubmitRun.Execute(options with { DryRun = true }));
        Assert.Contains("Image", Fails(Options with { Image = null }).Message);
        Assert.Contains("CLAIM=PATH", Fails(Options with { Volumes = ["data"] }).Message);
        Assert.Contains("Namespace", Fails(Options with { Namespace = "A b" }).Message);
        Assert.Contains("line break", Fails(Options with { To = ClusterKind.Slurm, Sbatch = ["-p x\nrm"] }).Message);
        Assert.Equal(ErrorKind.Busy, Fails(Options with { Plan = _world.Folder }).Kind);
        if (Environment.GetEnvironmentVariable("PATH")!.Split(':').All(f => !File.Exists(Path.Combine(f, "sbatch"))))
            Assert.Contains("sbatch", Assert.Throws<FaceBiasException>(
                () => SubmitRun.Execute(Options with { To = ClusterKind.Slurm })).Message);
    }

    private static ShardWork Work(int shards, params int[] open) =>
        new("s3://bucket/plans/predict", new string('0', 64), shards, open);

    [Theory]
    [InlineData("job.yaml")]
    [InlineData("array.sbatch")]
    public void Examples_are_what_is_written(string file)
    {
        var work = Work(100, [.. Enumerable.Range(0, 100)]);
        var options = new SubmitOptions { Plan = work.Url, To = ClusterKind.Slurm,
            Image = "registry.example.com/facebias:1", Secrets = ["s3-credentials"], ServiceAccount = "facebias" };
        var text = file == "job.yaml" ? new KubernetesJob(work, options).Text
            : new SlurmArray(work, options).Text.Replace(Directory.GetCurrentDirectory(), "LOGS");
        var path = Path.Combine(TestPaths.Repository, "deploy", file);
        // As with the texts of the public API.
        if (Environment.GetEnvironmentVariable("FACEBIAS_ACCEPT_API") == "1")
            File.WriteAllText(path, text);
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), text.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData(3, new[] { 0, 1, 2 }, "0-2")]
    [InlineData(9, new[] { 0, 2, 3, 7 }, "0,2-3,7")]
    public void Tasks_are_ranges(int shards, int[] open, string ranges)
    {
        Assert.Equal(ranges, Work(shards, open).Ranges());
        Assert.Equal(1000, Work(25_000, open).Tasks);
    }

    [Theory]
    [InlineData("0 0 0", 0)]
    [InlineData("0 75 0", 75)]
    [InlineData("42 0 75", 75)]
    [InlineData("0 42 0", 42)]
    [InlineData("137 42 0", 75)]
    [InlineData("0 1 0", 1)]
    public void A_task_of_several_shards_says_whether_to_try_again(string codes, int expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs sh");
        var work = Work(2007);
        var script = $"run() {{ set -- {codes}; eval \"return \\${{$(( calls += 1 ))}}\"; }}; calls=0\n"
            + work.Loop("5", "run", "") + "\n[ \"$calls\" = 3 ] || [ \"$code\" = 1 ] || exit 99\nexit \"$result\"";
        using var sh = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]))!;
        sh.WaitForExit();
        Assert.Equal(expected, sh.ExitCode);
    }
}
