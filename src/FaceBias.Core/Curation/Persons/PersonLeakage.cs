using System.Numerics.Tensors;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Curation.Persons;

/// <summary>Finds the same person on several sides of a split, by features of aligned faces.</summary>
internal static class PersonLeakage
{
    /// <summary>Flags images and writes <see cref="ManifestMeasures.PersonSimilarity"/>: the highest cosine to an image
    /// in another split. Pairs within a cluster of duplicates are left out; they leak as images.</summary>
    /// <param name="manifest">The manifest, with splits.</param>
    /// <param name="features">Of length 1, [rows, size].</param>
    /// <param name="size">Values per image.</param>
    /// <param name="least">Cosine from which on two faces count as one person's.</param>
    public static PersonLeak Flag(Manifest manifest, IReadOnlyList<Target> targets, int[] rows, float[] features,
        int size, double least, CancellationToken cancel)
    {
        int[] used = [.. Enumerable.Range(0, rows.Length).Where(r => manifest.Splits[rows[r]] != Split.None)];
        var highest = new float[used.Length];
        var pairs = new List<(int A, int B, float Similarity)>();
        long compared = 0;
        Parallel.For(0, used.Length,
            new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount },
            a =>
        {
            var (row, count) = (rows[used[a]], 0);
            var own = features.AsSpan(used[a] * size, size);
            for (var b = 0; b < used.Length; b++)
            {
                var other = rows[used[b]];
                if (manifest.Splits[other] == manifest.Splits[row] || manifest.Cluster[other] == manifest.Cluster[row])
                    continue;
                var similarity = TensorPrimitives.Dot<float>(own, features.AsSpan(used[b] * size, size));
                highest[a] = Math.Max(highest[a], similarity);
                if (b < a)
                    continue;
                count++;
                if (similarity >= least)
                {
                    lock (pairs)
                        pairs.Add((row, other, similarity));
                }
            }
            Interlocked.Add(ref compared, count);
        });
        var measure = manifest.Measured(ManifestMeasures.PersonSimilarity);
        for (var a = 0; a < used.Length; a++)
        {
            measure[rows[used[a]]] = highest[a];
            if (highest[a] >= least)
                manifest.Flags[rows[used[a]]] |= ManifestFlags.PersonLeak;
        }
        bool Contradicted(int a, int b) =>
            targets.Any(t => t.Kind == TargetKind.Categorical && !t.IsMissing(a) && !t.IsMissing(b)
                && t.Codes[a] != t.Codes[b]);
        return new(PersonFeatures.Network, least, compared, pairs.Count, pairs.Count(p => Contradicted(p.A, p.B)),
            manifest.Flags.Count(f => f.HasFlag(ManifestFlags.PersonLeak)),
            [.. pairs.OrderByDescending(p => p.Similarity).ThenBy(p => p.A).ThenBy(p => p.B)
                .Take(CurationSummary.Listed).Select(p => new PersonPair(
                [manifest.Files[p.A].Id, manifest.Files[p.B].Id], [manifest.Splits[p.A], manifest.Splits[p.B]],
                Math.Round(p.Similarity, 3), Contradicted(p.A, p.B)))]);
    }
}
