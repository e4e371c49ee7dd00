using System.Numerics.Tensors;
using FaceBias.Core.Backbones;
using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Faces;
using FaceBias.Core.Curation.Persons;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Primitives.Tables;

namespace FaceBias.Benchmarks.Curation;

/// <summary>
/// How often faces of different people count as one person's, per group of UTKFace. Nobody says who is on a picture
/// there, so people are taken for different where the given ages are at least 25 years apart; few of them are one
/// person after all, so rates are, if anything, too high. How often the same person is found cannot be measured with
/// these labels.
/// </summary>
internal static class PersonProof
{
    private const double YearsApart = 25;
    private static readonly double[] s_similarities = [0.363, 0.5, 0.55, 0.6, 0.65, 0.7];

    public static void Run(string folder, int every)
    {
        ImageFile[] files = [.. ImageFolder.List(folder).Files.Where((_, i) => i % every == 0)];
        var labels = LabelSource.Load("utkface", files);
        var manifest = Curator.Run(files, labels).Manifest;
        FaceSearch.Run(manifest, FaceBiasHome.Folder, 0, null, default);
        var (all, features, size) = PersonFeatures.Of(manifest, FaceBiasHome.Folder, 0, null, default);
        int[] chosen = [.. Enumerable.Range(0, all.Length).Where(r => labels.Labelled[all[r]])];
        Target gender = labels.Target("gender"), race = labels.Target("race"), age = labels.Target("age");
        string Group(int r) => $"{race.Classes[race.Codes[all[r]]]} {gender.Classes[gender.Codes[all[r]]]}";
        Console.WriteLine($"{chosen.Length:N0} faces, {PersonFeatures.Network}; pairs per million that count as one person from a cosine on");
        Console.WriteLine(
            $"| pairs | compared | {string.Join(" | ", s_similarities.Select(s => FormattableString.Invariant($"{s}")))} |");
        Console.WriteLine($"|---|---|{string.Concat(s_similarities.Select(_ => "---|"))}");
        var groups = chosen.GroupBy(Group).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.ToArray())
            .ToArray();
        bool IsApart(int a, int b) => Math.Abs(age.Values[all[a]] - age.Values[all[b]]) >= YearsApart;
        Row("another gender and race", chosen,
            (a, b) => gender.Codes[all[a]] != gender.Codes[all[b]] && race.Codes[all[a]] != race.Codes[all[b]]);
        foreach (var group in groups)
            Row(Group(group[0]), group, IsApart);
        Row("both under 5 years, another gender and race", [.. chosen.Where(r => age.Values[all[r]] < 5)],
            (a, b) => gender.Codes[all[a]] != gender.Codes[all[b]] && race.Codes[all[a]] != race.Codes[all[b]]);

        void Row(string name, int[] rows, Func<int, int, bool> counts)
        {
            long compared = 0;
            var matched = new long[s_similarities.Length];
            for (var i = 0; i < rows.Length; i++)
            {
                for (var j = 0; j < i; j++)
                {
                    if (!counts(rows[i], rows[j]))
                        continue;
                    compared++;
                    var cosine = TensorPrimitives.Dot<float>(features.AsSpan(rows[i] * size, size),
                        features.AsSpan(rows[j] * size, size));
                    for (var s = 0; s < matched.Length && cosine >= s_similarities[s]; s++)
                        matched[s]++;
                }
            }
            Console.WriteLine($"| {name} | {compared:N0} | {string.Join(" | ", matched.Select(m => compared == 0 ? "-" : FormattableString.Invariant($"{1e6 * m / compared:0.#} ({m})")))} |");
        }
    }
}
