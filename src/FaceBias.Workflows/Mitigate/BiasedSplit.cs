using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FaceBias.Core.Heads.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Primitives.Options;
using FaceBias.Primitives.Hashing;
using FaceBias.Workflows.Train;

namespace FaceBias.Workflows.Mitigate;

/// <summary>Draws a biased training set from real images: a share of it is aligned (each class with one level of the
/// bias attribute), validation and test have every group equally often. Test rows are drawn first, then validation
/// rows, so that training sets of another size or share are measured on the same images.</summary>
internal static class BiasedSplit
{
    /// <summary>Draws and writes the arrays into the folder of the options.</summary>
    /// <returns>Lines for the console.</returns>
    public static IReadOnlyList<string> Execute(BiasedSplitOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var (data, lines) = Create(options, progress, cancellationToken);
        HeadDataFolder.Write(options.Source.Out, data);
        return lines;
    }

    /// <summary>Curates, computes what features are missing, and draws.</summary>
    /// <returns>The data, and lines for the console.</returns>
    internal static (HeadData Data, IReadOnlyList<string> Summary) Create(
        BiasedSplitOptions options, IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        OptionSchema.Check(options);
        string[] columns =
            [.. new[] { options.Target.Column, options.Bias.Column, options.Where?.Column }.OfType<string>()
                .Distinct()];
        var source = options.Source with { Targets = columns, Groups = [] };
        var run = RunData.Load(source, secondLook: null, progress, cancel);
        (int[] Codes, IReadOnlyList<string> Names) Apply(LevelSpec spec) =>
            spec.Apply(run.Targets.Single(t => t.Name == spec.Column));
        var (target, classes) = Apply(options.Target);
        var (bias, levels) = Apply(options.Bias);
        var where = options.Where is { } w ? Apply(w).Codes : null;
        var aligned = Aligned(options, classes, levels);

        var manifest = run.Manifest;
        var rows = Enumerable.Range(0, manifest.Count)
            .Where(i => manifest.Splits[i] != Split.None && target[i] >= 0 && bias[i] >= 0
                && (where is null || where[i] >= 0));
        var groups = Enumerable.Range(0, classes.Count * levels.Count).Select(_ => new List<int>()).ToArray();
        foreach (var row in rows.OrderBy(i => Order(options.Seed, manifest.Files[i].Id)).ThenBy(i => i))
            groups[target[row] * levels.Count + bias[row]].Add(row);

        string GroupName(int g) => $"{classes[g / levels.Count]}, {levels[g % levels.Count]}";
        var (train, validation, test) = (new List<int>(), new List<int>(), new List<int>());
        for (var g = 0; g < groups.Length; g++)
        {
            var wanted = TrainingRows(options, aligned, g);
            if (groups[g].Count < options.Test + options.Validation + wanted)
                throw new FaceBiasException(
                    $"Group '{GroupName(g)}' has {groups[g].Count:N0} images, and {options.Test:N0} for the test, "
                        + $"{options.Validation:N0} for validation and {wanted:N0} for training are asked for; ask "
                        + "for fewer, or for other levels.");
            test.AddRange(groups[g].Take(options.Test));
            validation.AddRange(groups[g].Skip(options.Test).Take(options.Validation));
            train.AddRange(groups[g].Skip(options.Test + options.Validation).Take(wanted));
        }

        var backbone = new ModelStore(source.Home).Get(source.Backbone, progress, cancel);
        if (backbone.FeatureCount == 0)
            throw new FaceBiasException(
                $"'{backbone.Name}' gives no features (it is a detector); choose another ‹Backbone› from 'facebias "
                    + "models list'.");
        var store = FeatureStore.Open(FeatureExtractor.StoreRoot(source.Home), backbone.Key, backbone.FeatureCount);
        List<int> all = [.. train, .. validation, .. test];
        FeatureExtractor.Fill(
            store, backbone, [.. all.Select(i => manifest.Files[i].Path)], [.. all.Select(i => manifest.Sha256[i])],
            (i, reason) =>
                throw new FaceBiasException(
                    $"'{manifest.Files[all[i]].Id}' can no longer be read: {reason}; run the command again."),
            source.Threads, progress, cancel);
        using var features = store.OpenRows();
        HeadPart Part(List<int> chosen)
        {
            // By name instead of by group, so that nothing depends on the order of rows.
            var order = chosen.OrderBy(i => manifest.Files[i].Id, StringComparer.Ordinal).ToArray();
            var values = new float[order.Length * backbone.FeatureCount];
            for (var i = 0; i < order.Length; i++)
                features[manifest.Sha256[order[i]]].CopyTo(values.AsSpan(i * backbone.FeatureCount));
            return new(values, backbone.FeatureCount, [.. order.Select(i => target[i])], [],
                [.. order.Select(i => bias[i])]);
        }
        var data = new HeadData
        {
            Train = Part(train),
            Validation = Part(validation),
            Test = Part(test),
            Target = options.Target.Column,
            Classes = classes,
            Bias = options.Bias.Column,
            Levels = levels,
            TestIds = [.. test.Select(i => manifest.Files[i].Id).Order(StringComparer.Ordinal)],
            Backbone = source.Backbone,
        };
        return (data,
        [
            $"{train.Count:N0} training rows, {validation.Count:N0} validation rows, {test.Count:N0} test rows of "
                + $"{backbone.FeatureCount:N0} features.",
            .. Enumerable.Range(0, groups.Length).Select(
                g => $"{GroupName(g)}: {TrainingRows(options, aligned, g):N0} for training, {options.Validation:N0} "
                    + $"for validation, {options.Test:N0} for the test, of {groups[g].Count:N0}."),
        ]);
    }

    private static bool[] Aligned(BiasedSplitOptions options, IReadOnlyList<string> classes,
        IReadOnlyList<string> levels)
    {
        var aligned = new bool[classes.Count * levels.Count];
        foreach (var (c, l) in options.Aligned)
        {
            var (at, level) = (classes.ToList().IndexOf(c), levels.ToList().IndexOf(l));
            if (at < 0 || level < 0)
                throw new FaceBiasException(
                    $"‹Aligned› {c}:{l} does not fit: the classes are {string.Join(", ", classes)}, the levels "
                        + $"{string.Join(", ", levels)}.");
            aligned[at * levels.Count + level] = true;
        }
        if (options.Share > 0 && (!aligned.Contains(true) || !aligned.Contains(false)))
            throw new FaceBiasException(
                "‹Aligned› must name some groups and leave others, such as female:young,male:old.");
        return aligned;
    }

    private static int TrainingRows(BiasedSplitOptions o, bool[] aligned, int group)
    {
        if (o.Share == 0)
            return o.Train / aligned.Length;
        var share = aligned[group] ? o.Share : 1 - o.Share;
        return (int)Math.Round(o.Train * share / aligned.Count(a => a == aligned[group]));
    }

    private static ulong Order(int seed, string id) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\0{id}")));
}
