using FaceBias.Core.Imaging;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data;

/// <summary>Every image of a run with what is known about it, by column: 100 to 200 bytes a row beside its
/// name.</summary>
internal sealed class Manifest
{
    /// <summary>The manifest's own columns, which no label can be called.</summary>
    internal static IReadOnlyList<string> Reserved => [.. s_reserved, .. ManifestMeasures.All];

    private static readonly string[] s_reserved =
    [
        "id", "path", "sha256", "phash", "dhash", "width", "height", "format", "traits", "problem", "exact_group",
        "cluster",
        .. ManifestFlagNames.All.Select(f => f.Column()), "kept", "split", Suspect, Decision,
    ];

    private const string Suspect = "suspect", Decision = "decision";

    private const int RowsOfPart = 20_000;

    private readonly Dictionary<string, double[]> _measures = new(StringComparer.Ordinal);

    /// <summary>A manifest of images of which nothing is known yet.</summary>
    /// <param name="labels">Columns of labels for the same rows, or null.</param>
    /// <exception cref="FaceBiasException">A label has the name of one of the manifest's own columns.</exception>
    public Manifest(IReadOnlyList<ImageFile> files, Table? labels = null)
    {
        Files = files;
        Labels = [];
        Relabel(labels);
        var n = files.Count;
        (Sha256, PHash, DHash, Width, Height) = (new Digest[n], new ulong[n], new ulong[n], new int[n], new int[n]);
        (Format, Traits, Problem, Flags) =
            (new ImageFormat[n], new ImageTraits[n], new string?[n], new ManifestFlags[n]);
        (ExactGroup, Cluster, Kept, Splits) = (new int[n], new int[n], new bool[n], new Split[n]);
        (Suspects, Decisions) = (new string?[n], new string?[n]);
        for (var i = 0; i < n; i++)
            (ExactGroup[i], Cluster[i], Kept[i]) = (i, i, true);
    }

    public IReadOnlyList<ImageFile> Files { get; }

    /// <summary>Their labels, missing where there are none.</summary>
    public IReadOnlyList<Column> Labels { get; private set; }

    /// <summary>Number of images.</summary>
    public int Count => Files.Count;

    /// <summary>SHA-256 of the file.</summary>
    public Digest[] Sha256 { get; }

    /// <summary>Perceptual hash, 0 where unreadable.</summary>
    public ulong[] PHash { get; }

    /// <summary>Difference hash, 0 where unreadable.</summary>
    public ulong[] DHash { get; }

    /// <summary>Stored width in pixels, 0 where unknown.</summary>
    public int[] Width { get; }

    /// <summary>Stored height in pixels, 0 where unknown.</summary>
    public int[] Height { get; }

    /// <summary>What the file is by content.</summary>
    public ImageFormat[] Format { get; }

    /// <summary>What is unusual about how it is stored.</summary>
    public ImageTraits[] Traits { get; }

    /// <summary>Why it is unreadable, or null.</summary>
    public string?[] Problem { get; }

    /// <summary>What curation found.</summary>
    public ManifestFlags[] Flags { get; }

    /// <summary>The first row with the same bytes; its own where there is no copy.</summary>
    public int[] ExactGroup { get; }

    /// <summary>The first row of those that are exact or near duplicates of each other; its own where there is
    /// none.</summary>
    public int[] Cluster { get; }

    public bool[] Kept { get; }

    public Split[] Splits { get; }

    /// <summary>Which label is suspicious and what a model expects instead, or null.</summary>
    public string?[] Suspects { get; }

    /// <summary>What a person decided about it (keep, drop, relabel), or null.</summary>
    public string?[] Decisions { get; }

    /// <summary>A number per image by its name in <see cref="ManifestMeasures"/>, NaN where it was not measured; null
    /// where nothing was.</summary>
    public double[]? Measure(string name) => _measures.GetValueOrDefault(name);

    /// <summary>The same to write to; made on first use.</summary>
    internal double[] Measured(string name)
    {
        if (!_measures.TryGetValue(name, out var values))
        {
            _measures.Add(name, values = new double[Count]);
            Array.Fill(values, double.NaN);
        }
        return values;
    }

    /// <summary>Puts other labels in place of those that it has.</summary>
    internal void Relabel(Table? labels)
    {
        foreach (var label in labels?.Columns ?? [])
        {
            if (Reserved.Contains(label.Name, StringComparer.OrdinalIgnoreCase))
                throw new FaceBiasException(
                    $"A label cannot be called '{label.Name}', which is a column of the manifest; rename it.");
            if (label.Count != Count)
                throw new ArgumentException($"Label '{label.Name}' has {label.Count} rows for {Count} images.",
                    nameof(labels));
        }
        Labels = labels?.Columns ?? [];
    }

    /// <summary>Writes the manifest, usually as <c>manifest.parquet</c>, a part of the rows at a time.</summary>
    public void Write(string path) =>
        TableFile.WriteParts(path, Enumerable.Range(0, Math.Max(1, (Count + RowsOfPart - 1) / RowsOfPart))
        .Select(part => ToTable(part * RowsOfPart, Math.Min(RowsOfPart, Count - part * RowsOfPart))));

    private Table ToTable(int from, int count)
    {
        int[] rows = [.. Enumerable.Range(from, count)];
        // Values that hardly repeat are levels of their own; to look for equal ones would only take memory.
        TextColumn Unique(string name, Func<int, string?> value)
        {
            var (codes, levels) = (new int[count], new string[count]);
            for (var i = 0; i < count; i++)
                (codes[i], levels[i]) = value(from + i) is { } text ? (i, text) : (-1, "");
            return new(name, codes, levels);
        }
        TextColumn Text(string name, Func<int, string?> value) => new(name, [.. rows.Select(value)]);
        NumberColumn Number(string name, Func<int, double> value) => new(name, [.. rows.Select(value)]);
        Column[] own =
        [
            Unique("id", i => Files[i].Id),
            Unique("path", i => Files[i].Path),
            Unique("sha256", i => Sha256[i] == default ? null : Sha256[i].ToString()),
            Unique("phash", i => HashText(i, PHash)),
            Unique("dhash", i => HashText(i, DHash)),
            Number("width", i => Width[i]),
            Number("height", i => Height[i]),
            Text("format", i => EnumName(Format[i])),
            Text("traits", i => Traits[i] == ImageTraits.None ? null : EnumName(Traits[i])),
            Text("problem", i => Problem[i]),
            Number("exact_group", i => ExactGroup[i]),
            Number("cluster", i => Cluster[i]),
            .. ManifestFlagNames.All.Select(flag => Number(flag.Column(), i => Flags[i].HasFlag(flag) ? 1 : 0)),
            Number("kept", i => Kept[i] ? 1 : 0),
            Text("split", i => Splits[i] == Split.None ? null : EnumName(Splits[i])),
            Text(Suspect, i => Suspects[i]),
            Text(Decision, i => Decisions[i]),
            .. ManifestMeasures.All.Where(_measures.ContainsKey).Select(name => Number(name, i => _measures[name][i])),
        ];
        return new(own.Concat(count == Count ? Labels : Labels.Select(l => l.Take(rows))));
    }

    /// <exception cref="FaceBiasException">It is no table, or a column is missing or holds what it cannot.</exception>
    public static Manifest Read(string path)
    {
        var table = TableFile.Read(path);
        // A check that came later is one that nobody made.
        string[] checks = [.. ManifestFlagNames.All.Select(f => f.Column())];
        var lacking = s_reserved.Except(checks).Where(c => !table.Has(c)).ToArray();
        if (lacking.Length > 0)
            throw new FaceBiasException(
                $"'{path}' is no manifest: it lacks {lacking.Quoted()}; write it with "
                    + "facebias curate.");
        TextColumn id = table.Text("id"), file = table.Text("path"), sha = table.Text("sha256"),
            phash = table.Text("phash"), dhash = table.Text("dhash"), problem = table.Text("problem");
        TextColumn format = table.Text("format"), traits = table.Text("traits"), split = table.Text("split");
        TextColumn suspect = table.Text(Suspect), decision = table.Text(Decision);
        var files = Enumerable.Range(0, table.RowCount).Select(i => new ImageFile(id[i] ?? "", file[i] ?? ""))
            .ToArray();
        var manifest = new Manifest(files,
            new(table.Columns.Where(c => !s_reserved.Contains(c.Name) && !ManifestMeasures.All.Contains(c.Name))));
        double[] width = table.Number("width").Values, height = table.Number("height").Values,
            kept = table.Number("kept").Values;
        double[] group = table.Number("exact_group").Values, cluster = table.Number("cluster").Values;
        var flags = checks.Select(c => table.Has(c) ? table.Number(c).Values : new double[table.RowCount]).ToArray();
        foreach (var name in ManifestMeasures.All.Where(table.Has))
            table.Number(name).Values.CopyTo(manifest.Measured(name), 0);
        for (var i = 0; i < files.Length; i++)
        {
            try
            {
                if (files[i].Id.Length == 0)
                    throw new FormatException("the id is missing");
                manifest.Sha256[i] = sha[i] is { } digest ? Digest.Parse(digest) : default;
                (manifest.PHash[i], manifest.DHash[i]) = (ParseHash(phash[i]), ParseHash(dhash[i]));
                (manifest.Width[i], manifest.Height[i]) = (checked((int)width[i]), checked((int)height[i]));
                manifest.Format[i] = Parse<ImageFormat>(format[i]);
                manifest.Traits[i] = Parse<ImageTraits>(traits[i]);
                manifest.Problem[i] = problem[i];
                for (var f = 0; f < flags.Length; f++)
                    manifest.Flags[i] |= flags[f][i] > 0 ? ManifestFlagNames.All[f] : 0;
                (manifest.ExactGroup[i], manifest.Cluster[i]) =
                    (Row(group[i], files.Length), Row(cluster[i], files.Length));
                manifest.Kept[i] = kept[i] > 0;
                manifest.Splits[i] = Parse<Split>(split[i]);
                (manifest.Suspects[i], manifest.Decisions[i]) = (suspect[i], decision[i]);
            }
            catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
            {
                throw new FaceBiasException(
                    $"'{path}' is damaged in row {i + 1}: {e.Message.TrimEnd('.')}; write it again with facebias curate.", e);
            }
        }
        return manifest;
    }

    private string? HashText(int row, ulong[] hashes) =>
        Problem[row] is null && Sha256[row] != default ? hashes[row].ToString("x16", CultureInfo.InvariantCulture)
            : null;

    private static ulong ParseHash(string? text) =>
        text is null ? 0 : ulong.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static string EnumName<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static T Parse<T>(string? text)
        where T : struct, Enum => text is null ? default : Enum.Parse<T>(text, ignoreCase: true);

    private static int Row(double value, int count) =>
        value >= 0 && value < count && value == Math.Floor(value) ? (int)value
            : throw new FormatException($"{value} is no row");
}
