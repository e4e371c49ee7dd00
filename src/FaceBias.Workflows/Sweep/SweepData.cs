using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Results;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Train;

namespace FaceBias.Workflows.Sweep;

/// <summary>The run that a sweep starts from: cached features, labels, splits, and, of a finished one, its own
/// predictions as what has to be beaten.</summary>
internal sealed class SweepData : IDisposable
{
    private SweepData(FeatureSets features, Table table, IReadOnlyList<Target> targets, SubgroupCells cells,
        bool isFinished, string? together)
    {
        (Features, Table, Targets, Cells, IsFinished, Together) =
            (features, table, targets, cells, isFinished, together);
        var split = table.Text("split");
        int[] Rows(string name) => [.. Enumerable.Range(0, table.RowCount).Where(r => split[r] == name)];
        (Train, Validation, Test) = (Rows("train"), Rows("validation"), Rows("test"));
    }

    /// <summary>The same images with other rows to train and to choose on. The features stay those of the original,
    /// which alone is to be disposed.</summary>
    public SweepData With(int[] train, int[] validation) =>
        new(Features, Table, Targets, Cells, IsFinished, Together) { Train = train, Validation = validation };

    public FeatureSets Features { get; }

    /// <summary>Truths and groups, and the run's predictions if it is finished; row i belongs to feature row
    /// i.</summary>
    public Table Table { get; }

    /// <summary>Whether the run has predictions of its own.</summary>
    public bool IsFinished { get; }

    /// <summary>The column whose images the run kept together; null for none.</summary>
    public string? Together { get; }

    /// <summary>What is trained; the first is what the objective judges.</summary>
    public IReadOnlyList<Target> Targets { get; }

    /// <summary>What the objective judges.</summary>
    public Target Judged => Targets[0];

    /// <summary>Whether the judged target is a number.</summary>
    public bool IsError => Judged.Kind == TargetKind.Numeric;

    /// <summary>The groups of the objective.</summary>
    public SubgroupCells Cells { get; }

    public int[] Train { get; private init; }

    public int[] Validation { get; private init; }

    public int[] Test { get; }

    /// <param name="targets">Targets to train, the judged one first; null for those of the run.</param>
    /// <param name="groups">Attributes to cross; null for the judged target and one further, where they are
    /// categorical.</param>
    public static SweepData Open(string run, IReadOnlyList<string>? targets, IReadOnlyList<string>? groups, string home)
    {
        using var folder = RunFolder.Open(run);
        var table = TableFile.Read(folder.Checked(RunFolder.PredictionsFile));
        string[] known = [.. table.Columns.Select(c => c.Name).Where(n => table.Has($"{n}_true"))];
        if ((targets ?? []).FirstOrDefault(t => !known.Contains(t)) is { } unknown)
            throw new FaceBiasException(
                $"The run '{run}' has no target '{unknown}'; it has {string.Join(", ", known)}.", ErrorKind.Missing);
        return Open(run, table, targets ?? known, groups, home, isFinished: true, folder.Together);
    }

    /// <summary>Opens a run that has curated its images and computed their features, and no more.</summary>
    /// <param name="groups">Attributes to cross; null as in
    /// <see cref="Open(string, IReadOnlyList{string}?, IReadOnlyList{string}?, string)"/>.</param>
    public static SweepData OpenPrepared(TrainRunOptions run, IReadOnlyList<string>? groups)
    {
        using var folder = RunFolder.Open(run.Out);
        var manifest = Manifest.Read(folder.Checked(RunFolder.ManifestFile));
        var place = Enumerable.Range(0, manifest.Count).ToDictionary(i => manifest.Files[i].Id, i => i,
            StringComparer.Ordinal);
        var rows = FeatureSets.Rows(run.Out);
        var ids = rows.Text("id");
        int[] images = [.. Enumerable.Range(0, ids.Count).Select(r => place[ids[r]!])];
        Column Labels(string name, string column) => RunPredictions.Truth(
            Target.From(manifest.Labels.First(l => l.Name == name), null), column, images);
        string[] names = [.. manifest.Labels.Select(l => l.Name)];
        var targets = LabelSet.Expand(run.Targets, names);
        return Open(run.Out, new(
        [
            ids, new TextColumn("path", [.. images.Select(i => (string?)manifest.Files[i].Path)]), rows.Text("split"),
            .. targets.Select(t => Labels(t, $"{t}_true")),
            .. LabelSet.Expand(run.Groups, names).Except(targets).Select(g => Labels(g, g)),
            .. run.KeepTogether is { } kept && !run.Groups.Contains(kept) && names.Contains(kept)
                ? [Labels(kept, kept)] : Array.Empty<Column>(),
        ]), targets, groups, run.Home, isFinished: false, run.KeepTogether);
    }

    private static SweepData Open(
        string run, Table table, IReadOnlyList<string> targets, IReadOnlyList<string>? groups, string home,
        bool isFinished, string? together)
    {
        var features = FeatureSets.Open(run, table.Text("id"), home);
        try
        {
            var columns = targets.Select(t => Target.From(table[$"{t}_true"].Rename(t), null)).ToList();
            var data = new SweepData(features, table, columns, Groups(table, targets, groups, together), isFinished,
                together);
            foreach (var (rows, split) in new[] { (data.Train, "training"), (data.Validation, "validation"),
                (data.Test, "test") })
                if (rows.Length == 0)
                    throw new FaceBiasException(
                        $"The run '{run}' has no {split} images; a sweep needs all three splits.");
            return data;
        }
        catch
        {
            features.Dispose();
            throw;
        }
    }

    /// <summary>What came of some rows: 1 or 0 for a class, the absolute error for a number, NaN without
    /// truth.</summary>
    /// <param name="outputs">The judged target's outputs, one row per entry of <paramref name="rows"/>.</param>
    public double[] Outcomes(ReadOnlySpan<int> rows, ReadOnlySpan<float> outputs, OutputSpec spec)
    {
        var width = PredictionColumns.Width(spec);
        var outcomes = new double[rows.Length];
        for (var i = 0; i < rows.Length; i++)
            outcomes[i] = Judged.IsMissing(rows[i]) ? double.NaN
                : IsError ? Math.Abs(outputs[i] - Judged.Values[rows[i]])
                : System.Numerics.Tensors.TensorPrimitives.IndexOfMax(
                    outputs.Slice(i * width, width)) == Judged.Codes[rows[i]] ? 1 : 0;
        return outcomes;
    }

    /// <summary>What came of some rows in the run itself, which must be finished.</summary>
    public double[] OutcomesOfRun(ReadOnlySpan<int> rows)
    {
        var outcomes = new double[rows.Length];
        var numbers = IsError ? Table.Number(Judged.Name) : null;
        var text = IsError ? null : Table.Text(Judged.Name);
        for (var i = 0; i < rows.Length; i++)
            outcomes[i] = Judged.IsMissing(rows[i]) ? double.NaN
                : numbers is not null ? Math.Abs(numbers[rows[i]] - Judged.Values[rows[i]])
                : text![rows[i]] == Judged.Classes[Judged.Codes[rows[i]]] ? 1 : 0;
        return outcomes;
    }

    /// <summary>Metrics of a split from its outcomes.</summary>
    public GroupMetrics MetricsOf(ReadOnlySpan<double> outcomes, ReadOnlySpan<int> rows) =>
        GroupMetrics.Of(outcomes, [.. rows.ToArray().Select(r => Cells.Codes[r])], Cells.Names.Count, IsError,
            Objective.MinimumCount);

    /// <summary>What the judged target's output is, as far as outcomes need it.</summary>
    public OutputSpec JudgedOutput => IsError ? new NumericOutput(Judged.Name, 0, 1, 2, null)
        : new CategoricalOutput(Judged.Name, Judged.Classes);

    /// <summary>Rows with a truth, per group.</summary>
    public int[] Counts(int[] rows)
    {
        var counts = new int[Cells.Names.Count];
        foreach (var row in rows.Where(r => !Judged.IsMissing(r)))
            counts[Cells.Codes[row]]++;
        return counts;
    }

    /// <summary>A hash of labels, splits, groups and a sample of the features: what trials of a journal were measured
    /// on.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var target in Targets)
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>(target.Codes));
            hash.AppendData(MemoryMarshal.AsBytes<double>(target.Values));
        }
        hash.AppendData(MemoryMarshal.AsBytes<int>(Cells.Codes));
        foreach (var rows in new[] { Train, Validation, Test })
            hash.AppendData(MemoryMarshal.AsBytes<int>(rows));
        for (var row = 0; row < Table.RowCount; row += 1 + Table.RowCount / 500)
            hash.AppendData(MemoryMarshal.AsBytes(Features.Own.Row(row)));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    public void Dispose() => Features.Dispose();

    private static SubgroupCells Groups(Table table, IReadOnlyList<string> targets, IReadOnlyList<string>? groups,
        string? together)
    {
        // Who is in which group does not depend on what was predicted; without predictions the truths stand in.
        table = new([.. table.Columns, .. targets.Where(t => !table.Has(t)).Select(t => table[$"{t}_true"].Rename(t))]);
        var attributes =
            new PredictionTable(table,
                new AuditOptions { Targets = [.. targets], Groups = groups, Split = null,
                    Cluster = together is not null && table.Has(together) ? together : null }).Attributes;
        if (groups is null)
            attributes = [.. attributes.Where(a => table[a.Column] is TextColumn && a.Levels.Length <= 12)
                .OrderBy(a => a.Name != targets[0]).Take(2)];
        if (attributes.Count == 0)
            throw new FaceBiasException(
                "The run has no categorical attribute to compare groups by; name one with ‹Groups›.");
        var grouping = Grouping.All(attributes, attributes.Count, table.RowCount)[^1];
        return new(grouping.Attributes, [.. Enumerable.Range(0, grouping.CellCount).Select(c => grouping.Levels(c))],
            Array.ConvertAll(grouping.Cells, c => (int)c));
    }
}
