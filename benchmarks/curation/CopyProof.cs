using System.Globalization;
using FaceBias.Core.Backbones;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;
using NetVips;

namespace FaceBias.Benchmarks.Curation;

/// <summary>
/// Recall of near copies per transformation, and precision: every original is compared with every transformed picture,
/// its own and those of all others. Peers are ImageHash's phash, whose bits in Python are compared too, and the hashes
/// of idealo's imagededup, of which a copy is given.
/// </summary>
internal sealed class CopyProof
{
    private const double Precision = 0.999;
    private const int Widest = 20;

    private readonly Manifest _manifest;
    private readonly int[] _originals;
    private readonly int[][] _copies;

    private CopyProof(Manifest manifest, int originals)
    {
        _manifest = manifest;
        // Ids are 'original/00012.jpg' and '07/00012.jpg', in ordinal order.
        _originals = [.. Rows("original")];
        _copies = [.. Enumerable.Range(0, Transformations.All.Count).Select(t => Rows(Folder(t)).ToArray())];
        if (_copies.Any(c => c.Length != originals) || _originals.Length != originals)
            throw new InvalidOperationException("Some pictures could not be read back.");
    }

    public static void Run(string folder, int count, string? imagededup)
    {
        var work = Directory.CreateTempSubdirectory("facebias-copies-").FullName;
        try
        {
            Make(folder, count, work);
            var files = ImageFolder.List(work).Files;
            var manifest = Curator.Run(files).Manifest;
            CompareWithPython(manifest);
            var proof = new CopyProof(manifest, count);
            proof.Report();
            if (imagededup is not null)
                proof.ReportImagededup(imagededup);
        }
        finally
        {
            Directory.Delete(work, true);
        }
    }

    private static string Folder(int transformation) => transformation.ToString("00", CultureInfo.InvariantCulture);

    private IEnumerable<int> Rows(string folder) =>
        Enumerable.Range(0, _manifest.Count).Where(
            i => _manifest.Files[i].Id.StartsWith(folder + "/", StringComparison.Ordinal));

    private static void Make(string folder, int count, string work)
    {
        // The first by SHA-256 of their names: a sample that has nothing to do with what they show.
        string[] paths =
            [.. ImageFolder.List(folder).Files.OrderBy(
                f => Convert.ToHexString(
                    System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(f.Id))),
                    StringComparer.Ordinal)
            .Take(count).Select(f => f.Path)];
        Directory.CreateDirectory(Path.Combine(work, "original"));
        for (var t = 0; t < Transformations.All.Count; t++)
            Directory.CreateDirectory(Path.Combine(work, Folder(t)));
        Parallel.For(0, paths.Length, i =>
        {
            var name = i.ToString("00000", CultureInfo.InvariantCulture) + ".jpg";
            File.Copy(paths[i], Path.Combine(work, "original", name));
            using var image = Image.JpegloadBuffer(File.ReadAllBytes(paths[i]));
            for (var t = 0; t < Transformations.All.Count; t++)
                File.WriteAllBytes(Path.Combine(work, Folder(t), name), Transformations.All[t].Make(image));
        });
    }

    private void Report()
    {
        var faces = Similarities("faceres");
        var plain = Distances(_manifest.PHash, 1);
        var turned = Distances(_manifest.PHash, HashOrientation.Count);
        int[] near = [NearDuplicates.DefaultDistance, 12];
        const double Least = 0.7;
        (string Name, Func<int, int, int, bool> Is)[] methods =
        [
            ("hash, 5 bits (ImageHash)", (i, t, j) => plain[i, t, j] <= near[0]),
            ("hash, 5 bits, all orientations", (i, t, j) => turned[i, t, j] <= near[0]),
            ("hash, 12 bits, confirmed by faceres from 0.7",
                (i, t, j) => plain[i, t, j] <= near[1] && faces[i, t, j] >= Least),
            ("the same; turned ones by hash within 5",
                (i, t, j) => (plain[i, t, j] <= near[1] && faces[i, t, j] >= Least)
                    || (plain[i, t, j] > near[1] && turned[i, t, j] <= near[0])),
        ];
        Console.WriteLine($"{_originals.Length} originals of UTKFace, {Transformations.All.Count} copies of each; share of copies found");
        Table(methods);
        Console.WriteLine($"Highest recall at a precision of at least {Precision} (imagededup publishes .384 for its CNN, on its own transformed pictures):");
        Best("hash alone",
            Enumerable.Range(0, Widest + 1).Select(
                d => ($"{d} bits", (Func<int, int, int, bool>)((i, t, j) => plain[i, t, j] <= d))));
        var cuts = Enumerable.Range(30, 70).Select(c => c / 100.0).ToArray();
        Best("hash confirmed by faceres", from d in new[] { 6, 8, 10, 12, 14, 16, 18, 20 }
                                          from c in cuts.Where((_, i) => i % 5 == 0)
                                          select (FormattableString.Invariant($"{d} bits, similarity {c:0.00}"),
                                              (Func<int, int, int, bool>)((i, t, j) => plain[i, t, j] <= d
                                                  && faces[i, t, j] >= c)));
        Best("the same, turned ones by hash", from d in new[] { 8, 12, 16, 20 }
                                              from c in cuts.Where((_, i) => i % 10 == 0)
                                              from e in new[] { 2, 4, 6, 8 }
                                              select (FormattableString.Invariant(
                                                  $"{d} bits, similarity {c:0.00}, turned {e} bits"),
                                                  (Func<int, int, int, bool>)((i, t, j) =>
                                                      (plain[i, t, j] <= d && faces[i, t, j] >= c)
                                                          || turned[i, t, j] <= e)));
        Best("features of faceres alone",
            cuts.Select(c => (FormattableString.Invariant($"similarity {c:0.00}"),
                (Func<int, int, int, bool>)((i, t, j) => faces[i, t, j] >= c))));
    }

    /// <summary>imagededup's hashes at its default distance, and the best distance of each.</summary>
    private void ReportImagededup(string checkout)
    {
        const int Default = 10;
        if (PythonPeer.Run("dedup.py", [checkout], string.Join('\n', _manifest.Files.Select(f => f.Path)))
            is not { } output)
            return;
        ulong[][] hashes =
            [.. output.Split('\n').Select(
                line =>
                    line.Split(' ').Select(
                        h => ulong.Parse(h, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToArray())];
        string[] names = ["PHash", "DHash", "AHash", "WHash"];
        var distances = names.Select((_, m) => Distances([.. hashes.Select(h => h[m])], 1)).ToArray();
        Console.WriteLine($"imagededup's hashes at its default, {Default} bits");
        Table([.. names.Select(
            (name, m) =>
                ($"imagededup {name}", (Func<int, int, int, bool>)((i, t, j) => distances[m][i, t, j] <= Default)))]);
        Console.WriteLine($"Highest recall at a precision of at least {Precision}:");
        for (var m = 0; m < names.Length; m++)
        {
            var bits = distances[m];
            Best($"imagededup {names[m]}",
                Enumerable.Range(0, Widest + 1).Select(
                    d => ($"{d} bits", (Func<int, int, int, bool>)((i, t, j) => bits[i, t, j] <= d))));
        }
    }

    private void Table((string Name, Func<int, int, int, bool> Is)[] methods)
    {
        Console.WriteLine($"| transformation | {string.Join(" | ", methods.Select(m => m.Name))} |");
        Console.WriteLine($"|---|{string.Concat(methods.Select(_ => "---|"))}");
        for (var t = 0; t < Transformations.All.Count; t++)
            Console.WriteLine($"| {Transformations.All[t].Name} | {string.Join(" | ", methods.Select(m => Share(Enumerable.Range(0, _originals.Length).Count(i => m.Is(i, t, i)), _originals.Length)))} |");
        var totals = methods.Select(m => Total(m.Is)).ToArray();
        Console.WriteLine($"| **all: recall** | {string.Join(" | ", totals.Select(s => Share(s.Found, s.All)))} |");
        Console.WriteLine(
            $"| **precision** | {string.Join(" | ", totals.Select(s => Share(s.Found, s.Found + s.Wrong)))} |");
        Console.WriteLine(
            $"| **wrong pairs** | {string.Join(" | ", totals.Select(s => s.Wrong.ToString("N0", CultureInfo.InvariantCulture)))} |");
    }

    private static string Share(long part, long of) =>
        of == 0 ? "-" : (Math.Floor(1000.0 * part / of) / 1000).ToString("0.000", CultureInfo.InvariantCulture);

    private void Best(string name, IEnumerable<(string Setting, Func<int, int, int, bool> Is)> settings)
    {
        var best = settings.Select(s => (s.Setting, Total: Total(s.Is))).Where(
            s => s.Total.Found >= Precision * (s.Total.Found + s.Total.Wrong)).DefaultIfEmpty(("none", (0, 0, 1)))
            .MaxBy(s => s.Item2.Item1);
        Console.WriteLine($"- {name}: {Share(best.Item2.Item1, best.Item2.Item3)} ({best.Item1})");
    }

    private (long Found, long Wrong, long All) Total(Func<int, int, int, bool> isCopy)
    {
        long found = 0, wrong = 0;
        Parallel.For(0, _originals.Length, i =>
        {
            long own = 0, others = 0;
            for (var t = 0; t < _copies.Length; t++)
            {
                for (var j = 0; j < _originals.Length; j++)
                {
                    if (isCopy(i, t, j))
                        (own, others) = i == j ? (own + 1, others) : (own, others + 1);
                }
            }
            Interlocked.Add(ref found, own);
            Interlocked.Add(ref wrong, others);
        });
        return (found, wrong, (long)_originals.Length * _copies.Length);
    }

    /// <summary>Hash distance of original i and copy t of original j, the least over the first orientations.</summary>
    private byte[,,] Distances(ulong[] hashes, int orientations)
    {
        var distances = new byte[_originals.Length, _copies.Length, _originals.Length];
        Parallel.For(0, _originals.Length, i =>
        {
            ulong[] own = [.. Enumerable.Range(0, orientations).Select(
                o => HashOrientation.Apply(hashes[_originals[i]], o))];
            for (var t = 0; t < _copies.Length; t++)
            {
                for (var j = 0; j < _originals.Length; j++)
                    distances[i, t, j] = (byte)own.Min(h => PerceptualHash.Distance(h, hashes[_copies[t][j]]));
            }
        });
        return distances;
    }

    private double[,,] Similarities(string backbone)
    {
        using var features = ImageFeatures.Open(FaceBiasHome.Folder, backbone, 0);
        int[] all = [.. Enumerable.Range(0, _manifest.Count)];
        if (features.Ensure(_manifest, all).Count > 0)
            throw new InvalidOperationException("Some pictures have no features.");
        var scale = new FeatureSimilarity(_manifest, features, FeatureSimilarity.Sample(_manifest, _originals));
        var similarities = new double[_originals.Length, _copies.Length, _originals.Length];
        Parallel.For(0, _originals.Length, i =>
        {
            for (var t = 0; t < _copies.Length; t++)
            {
                for (var j = 0; j < _originals.Length; j++)
                    similarities[i, t, j] = scale.Of(_originals[i], _copies[t][j]);
            }
        });
        return similarities;
    }

    private static void CompareWithPython(Manifest manifest)
    {
        if (PythonPeer.Run("phash.py", ["hash"], string.Join('\n', manifest.Files.Select(f => f.Path)))
            is not { } output)
            return;
        var peers = output.Split('\n').Select(
            h => ulong.Parse(h, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToArray();
        Console.WriteLine($"hashes equal to ImageHash's definition in Python: {peers.Zip(manifest.PHash).Count(p => p.First == p.Second):N0} of {peers.Length:N0}");
    }
}
