using FaceBias.Core.Mitigation;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FaceBias.Core.Auditing;
using FaceBias.Core.Data;
using FaceBias.Core.Training;

namespace FaceBias.Core.Sweeps.Heads;

/// <summary>The finished run that a sweep starts from: cached features, labels, splits, and the run's own predictions as what
/// has to be beaten.</summary>
internal sealed class SweepData : IDisposable
{
    /// <summary>Rows that a group needs on validation to be compared, as in an audit.</summary>
    public const int MinimumCount = 10;

    private readonly NpyMatrix _features;

    private SweepData(NpyMatrix features, Table table, IReadOnlyList<Target> targets, SubgroupCells cells)
    {
        (_features, Table, Targets, Cells) = (features, table, targets, cells);
        var split = table.Text("split");
        int[] Rows(string name) => [.. Enumerable.Range(0, table.RowCount).Where(r => split[r] == name)];
        (Train, Validation, Test) = (Rows("train"), Rows("validation"), Rows("test"));
    }

    /// <summary>The run's predictions with truths and groups; row i belongs to feature row i.</summary>
    public Table Table { get; }

    /// <summary>What is trained; the first is what the objective judges.</summary>
    public IReadOnlyList<Target> Targets { get; }

    /// <summary>What the objective judges.</summary>
    public Target Judged => Targets[0];

    /// <summary>Whether the judged target is a number.</summary>
    public bool IsError => Judged.Kind == TargetKind.Numeric;

    /// <summary>The groups of the objective.</summary>
    public SubgroupCells Cells { get; }

    public int[] Train { get; }

    public int[] Validation { get; }

    public int[] Test { get; }

    /// <summary>Features per row.</summary>
    public int Width => _features.Columns;

    public ReadOnlySpan<float> Features(int row) => _features.Row(row);

    /// <summary>Opens a run.</summary>
    /// <param name="run">Its folder.</param>
    /// <param name="targets">Targets to train, the judged one first; null for those of the run.</param>
    /// <param name="groups">Attributes to cross; null for the judged target and one further, where they are categorical.</param>
    public static SweepData Open(string run, IReadOnlyList<string>? targets, IReadOnlyList<string>? groups)
    {
        var table = TableFile.Read(Existing(run, "predictions.parquet"));
        if (!table.Has("split") || !table.Has("id"))
            throw new FaceBiasException($"'{Path.Combine(run, "predictions.parquet")}' has no columns 'id' and 'split'; give the folder of a run of facebias train.");
        string[] known = [.. table.Columns.Select(c => c.Name).Where(n => table.Has($"{n}_true"))];
        if ((targets ?? []).FirstOrDefault(t => !known.Contains(t)) is { } stranger)
            throw new FaceBiasException($"The run '{run}' has no target '{stranger}'; it has {string.Join(", ", known)}.");
        targets ??= known;
        var features = OpenFeatures(run, table);
        try
        {
            var columns = targets.Select(t => Target.From(table[$"{t}_true"].Rename(t), null)).ToList();
            var data = new SweepData(features, table, columns, Groups(table, targets, groups));
            foreach (var (rows, split) in new[] { (data.Train, "training"), (data.Validation, "validation"), (data.Test, "test") })
                if (rows.Length == 0)
                    throw new FaceBiasException($"The run '{run}' has no {split} images; a sweep needs all three splits.");
            return data;
        }
        catch
        {
            features.Dispose();
            throw;
        }
    }

    /// <summary>What came of some rows: 1 or 0 for a class, the absolute error for a number, NaN without truth.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="outputs">The judged target's outputs, one row per entry of <paramref name="rows"/>.</param>
    /// <param name="spec">What the outputs are.</param>
    public double[] Outcomes(ReadOnlySpan<int> rows, ReadOnlySpan<float> outputs, OutputSpec spec)
    {
        var width = PredictionColumns.Width(spec);
        var outcomes = new double[rows.Length];
        for (var i = 0; i < rows.Length; i++)
            outcomes[i] = Judged.IsMissing(rows[i]) ? double.NaN
                : IsError ? Math.Abs(outputs[i] - Judged.Values[rows[i]])
                : System.Numerics.Tensors.TensorPrimitives.IndexOfMax(outputs.Slice(i * width, width)) == Judged.Codes[rows[i]] ? 1 : 0;
        return outcomes;
    }

    /// <summary>What came of some rows in the run itself.</summary>
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

    /// <summary>Figures of a split from its outcomes.</summary>
    public GroupFigures Figures(ReadOnlySpan<double> outcomes, ReadOnlySpan<int> rows) =>
        GroupFigures.Of(outcomes, [.. rows.ToArray().Select(r => Cells.Codes[r])], Cells.Names.Count, IsError, MinimumCount);

    /// <summary>A hash of labels, splits, groups and a sample of the features: what trials of a journal were measured on.</summary>
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
        for (var row = 0; row < _features.Rows; row += 1 + _features.Rows / 500)
            hash.AppendData(MemoryMarshal.AsBytes(Features(row)));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <inheritdoc/>
    public void Dispose() => _features.Dispose();

    private static SubgroupCells Groups(Table table, IReadOnlyList<string> targets, IReadOnlyList<string>? groups)
    {
        var attributes = new PredictionTable(table, new AuditOptions { Targets = [.. targets], Groups = groups, Split = null }).Attributes;
        if (groups is null)
            attributes = [.. attributes.Where(a => table[a.Column] is TextColumn && a.Levels.Length <= 12)
                .OrderBy(a => a.Name != targets[0]).Take(2)];
        if (attributes.Count == 0)
            throw new FaceBiasException("The run has no categorical attribute to compare groups by; name one with --groups.");
        var grouping = Grouping.All(attributes, attributes.Count, table.RowCount)[^1];
        return new(grouping.Attributes, [.. Enumerable.Range(0, grouping.CellCount).Select(c => grouping.Levels(c))], Array.ConvertAll(grouping.Cells, c => (int)c));
    }

    private static NpyMatrix OpenFeatures(string run, Table table)
    {
        var folder = Path.Combine(run, "features");
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.npy") : [];
        if (files.Length != 1)
            throw new FaceBiasException(files.Length == 0
                ? $"'{run}' has no features/*.npy; give the folder of a finished run of facebias train."
                : $"'{folder}' holds the features of {files.Length} backbones; remove all but one.");
        var rows = TableFile.Read(Existing(run, Path.Combine("features", Path.GetFileNameWithoutExtension(files[0]) + ".rows.parquet"))).Text("id");
        var ids = table.Text("id");
        var matrix = NpyMatrix.Open(files[0]);
        if (matrix.Rows == table.RowCount && rows.Count == matrix.Rows && Enumerable.Range(0, matrix.Rows).All(r => rows[r] == ids[r]))
            return matrix;
        matrix.Dispose();
        throw new FaceBiasException($"The features and the predictions of '{run}' are of different images; run facebias train again with its command.");
    }

    private static string Existing(string run, string file)
    {
        var path = Path.Combine(run, file);
        return File.Exists(path) ? path : throw new FaceBiasException(
            Directory.Exists(run) ? $"'{run}' has no {file}; give the folder of a finished run of facebias train."
                : $"There is no folder '{run}'; give --run the folder of a finished run of facebias train.");
    }
}
