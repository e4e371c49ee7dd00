using FaceBias.Cli.Tests.Storage;
using FaceBias.Core.Tests.Runs;
using FaceBias.Storage;
using FaceBias.Tests;
using FaceBias.Workflows.Train;

namespace FaceBias.Cli.Tests.Clusters;

/// <summary>A real Slurm, where it is installed; ./run.sh bench clusters slurm 5000 does the same at length.</summary>
public class SlurmTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_killed_node_and_storage_that_refuses_change_nothing()
    {
        if (SlurmCluster.Missing() is { } reason)
            Assert.Skip(reason);
        var program = Path.Combine(TestPaths.Repository, "src/FaceBias.Cli/bin/Release/net10.0/facebias.dll");
        Assert.SkipUnless(File.Exists(program), "needs a Release build of FaceBias.Cli");
        var world = new TinyWorld(count: 60);
        TrainRun.Execute(world.Options);
        await using var server = await ObjectServer.StartAsync();
        var variables = ObjectServer.Variables(server.Url).Append(("FACEBIAS_HOME", Path.Combine(world.Folder, "home")))
            .Select(v => (v.Item1, v.Item2, Environment.GetEnvironmentVariable(v.Item1))).ToList();
        variables.ForEach(v => Environment.SetEnvironmentVariable(v.Item1, v.Item2));
        try
        {
            CloudStores.Register();
            using var cluster = SlurmCluster.Start(Path.Combine(world.Folder, "slurm"), nodes: 3, cpus: 1);
            var proof = new SlurmProof(world.Folder, program, server, cluster, output.WriteLine);
            proof.Upload(world.Images);
            string[] images = ["--images", "s3://bucket/faces.tar"], labels = ["--labels", world.Labels];
            Assert.Empty(proof.Run("predict", ["--model", world.Out("model.onnx"), .. images, .. labels],
                "predictions.parquet", shardRows: 12, kill: "fb1", outage: TimeSpan.FromSeconds(8)));
            Assert.Empty(proof.Run("features", ["--backbone", world.Backbone, .. images], "features.npy", shardRows: 30,
                kill: null, outage: default));
            Assert.Empty(proof.Run("curate", [.. images, .. labels], "curated", shardRows: 30, kill: null,
                outage: default));
            Assert.Empty(proof.Run("audit", ["--predictions", Path.Combine(world.Folder, "one", "predictions.parquet"),
                "--groups", "glasses,skin_group"], "audit", shardRows: 24, kill: null, outage: default));
            Assert.True(cluster.Requeues() > 0);
        }
        finally
        {
            variables.ForEach(v => Environment.SetEnvironmentVariable(v.Item1, v.Item3));
        }
    }
}
