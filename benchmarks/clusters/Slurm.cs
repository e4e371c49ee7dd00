using FaceBias.Cli.Tests.Clusters;
using FaceBias.Cli.Tests.Storage;
using FaceBias.Core.Data;
using FaceBias.Storage;

namespace FaceBias.Benchmarks.Clusters;

/// <summary>curate, features, predict and audit of some thousand pictures on a Slurm of three nodes on this machine,
/// with a node killed and storage that refuses, against one command each.</summary>
internal static class Slurm
{
    public static async Task<int> Run(string images, string model, int count)
    {
        if (SlurmCluster.Missing() is { } reason)
        {
            Console.Error.WriteLine(reason);
            return 2;
        }
        var folder = Directory.CreateTempSubdirectory("facebias-slurm-").FullName;
        await using var server = await ObjectServer.StartAsync();
        foreach (var (name, value) in ObjectServer.Variables(server.Url))
            Environment.SetEnvironmentVariable(name, value);
        CloudStores.Register();
        var faces = Directory.CreateDirectory(Path.Combine(folder, "faces")).FullName;
        foreach (var file in ImageFolder.List(images).Files.Take(count))
            File.Copy(file.Path, Path.Combine(faces, Path.GetFileName(file.Path)));
        using var cluster = SlurmCluster.Start(Path.Combine(folder, "slurm"), nodes: 3, cpus: 1);
        var proof = new SlurmProof(folder, Path.Combine(AppContext.BaseDirectory, "facebias.dll"), server, cluster,
            Console.WriteLine);
        proof.Upload(faces);
        string[] tar = ["--images", "s3://bucket/faces.tar"];
        var (shard, outage) = (Math.Max(1, count / 20), TimeSpan.FromSeconds(10));
        var different = proof.Run("features", ["--backbone", "faceres", .. tar], "features.npy", shard, "fb1", outage)
            .Concat(proof.Run("curate", ["--labels", "utkface", .. tar], "curated", shard, "fb2", outage))
            .Concat(proof.Run("predict", ["--model", Path.GetFullPath(model), "--labels", "utkface", .. tar],
                "predictions.parquet", shard, null, outage))
            .Concat(proof.Run("audit", ["--predictions", Path.Combine(folder, "one", "predictions.parquet"),
                "--groups", "race,gender"], "audit", 16, null, outage)).ToArray();
        Console.WriteLine(different.Length == 0 ? "every file equals that of one command"
            : $"different: {string.Join(", ", different)}");
        return different.Length == 0 ? 0 : 1;
    }
}
