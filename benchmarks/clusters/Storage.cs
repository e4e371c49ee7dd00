using System.Diagnostics;
using System.Formats.Tar;
using FaceBias.Cli.Tests.Storage;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Storage;

namespace FaceBias.Benchmarks.Clusters;

/// <summary>The same pictures looked at (as <c>curate</c> does) in a folder, in a tar, and in object storage on this
/// machine, in turn; ratios of rates.</summary>
internal static class Storage
{
    public static async Task Run(string images, int count, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("facebias-storage-").FullName;
        try
        {
            await using var server = await ObjectServer.StartAsync();
            foreach (var (name, value) in ObjectServer.Variables(server.Url))
                Environment.SetEnvironmentVariable(name, value);
            CloudStores.Register();
            var local = Directory.CreateDirectory(Path.Combine(folder, "faces")).FullName;
            var tar = Path.Combine(folder, "faces.tar");
            using (var writer = new TarWriter(File.Create(tar)))
                foreach (var file in ImageFolder.List(images).Files.Take(count))
                {
                    var name = Path.GetFileName(file.Path);
                    File.Copy(file.Path, Path.Combine(local, name));
                    writer.WriteEntry(file.Path, name);
                    server.Objects[$"bucket/faces/{name}"] = File.ReadAllBytes(file.Path);
                }
            server.Objects["bucket/faces.tar"] = File.ReadAllBytes(tar);
            Console.WriteLine($"{count:N0} pictures of {new FileInfo(tar).Length / (double)count / 1000:0.0} kB");
            Console.WriteLine("| round | folder, images/s | tar / folder | s3:// tar / folder | s3:// objects / folder |");
            Console.WriteLine("|---|---|---|---|---|");
            for (var round = 0; round <= rounds; round++)
            {
                double[] rates = [.. new[] { local, tar, "s3://bucket/faces.tar", "s3://bucket/faces" }.Select(Rate)];
                if (round > 0)
                    Console.WriteLine($"| {round} | {rates[0]:N0} | {rates[1] / rates[0]:0.00} | {rates[2] / rates[0]:0.00} "
                        + $"| {rates[3] / rates[0]:0.00} |");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Rate(string source)
    {
        var clock = Stopwatch.StartNew();
        var files = ImageFolder.List(source).Files;
        var failed = new ImageProbe().Run(files).Count(r => r.Problem is not null);
        return failed == 0 ? files.Count / clock.Elapsed.TotalSeconds
            : throw new InvalidOperationException($"{failed} pictures of {source} could not be read");
    }
}
