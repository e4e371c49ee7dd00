using FaceBias.Core.Backbones;
using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Labels;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Primitives.Tables;

namespace FaceBias.Benchmarks.Curation;

/// <summary>Labels of UTKFace replaced by those of other images at random: how many of the suspicious ones were
/// replaced. The set has wrong labels of its own, so the true precision is at least what is printed.</summary>
internal static class LabelProof
{
    private static readonly double[] s_shares = [0, 0.02, 0.05, 0.1];
    private static readonly int[] s_firsts = [50, 100, 200, 500];

    public static void Run(string folder, string backbone)
    {
        var files = ImageFolder.List(folder).Files;
        var labels = LabelSource.Load("utkface", files);
        var manifest = Curator.Run(files, labels,
            new() { CacheFolder = Path.Combine(FaceBiasHome.Folder, "images") }).Manifest;
        using var features = ImageFeatures.Open(FaceBiasHome.Folder, backbone, 0);
        int[] rows = [.. Enumerable.Range(0, manifest.Count).Where(
            i => manifest.Problem[i] is null && manifest.ExactGroup[i] == i
            && labels.Labelled[i] && !manifest.Flags[i].HasFlag(ManifestFlags.LabelConflict))];
        features.Ensure(manifest, rows);
        Console.WriteLine($"{rows.Length:N0} images, {backbone}; precision at least, recall of the replaced labels");
        Console.WriteLine(
            $"| label | replaced | listed | of these replaced | recall | {string.Join(" | ", s_firsts.Select(k => $"precision at {k}"))} |");
        Console.WriteLine($"|---|---|---|---|---|{string.Concat(s_firsts.Select(_ => "---|"))}");
        foreach (var name in new[] { "gender", "race", "age" })
        {
            foreach (var share in s_shares)
            {
                var (target, replaced) = Replace(labels.Target(name), rows, share);
                var found = LabelCheck.Find(manifest, features, rows, [target], default).Suspects.OrderByDescending(
                    s => s.Strength).Select(s => replaced.Contains(s.Row)).ToArray();
                var right = found.Count(f => f);
                Console.WriteLine($"| {name} | {replaced.Count:N0} ({share:P0}) | {found.Length:N0} | {Share(right, found.Length)} | {Share(right, replaced.Count)} | {string.Join(" | ", s_firsts.Select(k => Share(found.Take(k).Count(f => f), Math.Min(k, found.Length))))} |");
            }
        }
    }

    private static string Share(int part, int of) =>
        of == 0 ? "-" : FormattableString.Invariant($"{(double)part / of:0.00}");

    /// <summary>Gives a share of the rows the label of another row that differs.</summary>
    private static (Target Target, HashSet<int> Replaced) Replace(Target target, int[] rows, double share)
    {
        var random = new Random(7);
        var replaced = new HashSet<int>();
        int[] codes = [.. target.Codes];
        double[] values = [.. target.Values];
        while (replaced.Count < share * rows.Length)
        {
            int row = rows[random.Next(rows.Length)], other = rows[random.Next(rows.Length)];
            if (target.Kind == TargetKind.Categorical ? target.Codes[row] == target.Codes[other]
                : target.Values[row].Equals(target.Values[other]))
                continue;
            if (!replaced.Add(row))
                continue;
            if (target.Kind == TargetKind.Categorical)
                codes[row] = target.Codes[other];
            else
                values[row] = target.Values[other];
        }
        Column column = target.Kind == TargetKind.Categorical ? new TextColumn(target.Name, codes, [.. target.Classes])
            : new NumberColumn(target.Name, values);
        return (Target.From(column, target.Kind), replaced);
    }
}
