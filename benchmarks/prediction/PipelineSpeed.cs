using System.Diagnostics;
using System.Globalization;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Primitives.Hashing;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.Benchmarks.Prediction;

/// <summary>Features of a folder of pictures by an ML.NET pipeline (<c>ApplyBackbone</c>) and by FaceBias's own
/// extraction in turn, so that whatever else the machine does slows both; the median of the ratios of their
/// rates.</summary>
internal static class PipelineSpeed
{
    private sealed class Row
    {
        public string Path { get; set; } = "";
    }

    public static int Run(string backboneName, string folder, int images, int rounds)
    {
        var backbone = new ModelStore().Get(backboneName);
        string[] paths = [.. ImageFolder.List([folder]).Files.Take(images).Select(f => f.Path)];
        Digest[] hashes =
            [.. paths.Select(p => new Digest(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(p))))];
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable(paths.Select(p => new Row { Path = p }).ToList());
        using var model = context.Transforms.ApplyBackbone("Features", "Path", backboneName).Fit(data);
        var ratios = new List<double>();
        Console.WriteLine("| round | pipeline images/s | extraction images/s | ratio |");
        Console.WriteLine("|---|---|---|---|");
        for (var round = 0; round <= rounds; round++)
        {
            double pipeline = 0, own = 0;
            if (round % 2 == 0)
                (pipeline, own) = (Pipeline(), Own());
            else
                (own, pipeline) = (Own(), Pipeline());
            // The first round warms both up.
            if (round == 0)
                continue;
            ratios.Add(own / pipeline);
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"| {round} | {paths.Length / pipeline:0.0} | {paths.Length / own:0.0} | {own / pipeline:0.00} |"));
        }
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"{paths.Length} images, {backboneName}: median ratio {ratios.Order().ElementAt(ratios.Count / 2):0.00}"));
        return 0;

        double Pipeline()
        {
            var clock = Stopwatch.StartNew();
            var rows = model.Transform(data).GetColumn<VBuffer<float>>("Features").Count();
            return rows == paths.Length ? clock.Elapsed.TotalSeconds
                : throw new InvalidOperationException("Rows were lost.");
        }

        double Own()
        {
            var temporary = Directory.CreateTempSubdirectory("facebias-bench-");
            try
            {
                var clock = Stopwatch.StartNew();
                var store = FeatureStore.Open(temporary.FullName, backbone.Key, backbone.FeatureCount);
                FeatureExtractor.Fill(store, backbone, paths, hashes,
                    (i, reason) => throw new InvalidOperationException($"'{paths[i]}': {reason}"));
                return clock.Elapsed.TotalSeconds;
            }
            finally
            {
                temporary.Delete(recursive: true);
            }
        }
    }
}
