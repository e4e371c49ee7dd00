using FaceBias.Core.Data;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Prediction;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;
using FaceBias.Server.Monitoring;

namespace FaceBias.Server.Models;

/// <summary>What is watched of a model's predictions, and the shares that its own predictions had when it was made:
/// predicted shares are compared with predicted ones, since a model's errors are part of them.</summary>
internal static class ReferenceShares
{
    public const string Class = "class:", Uncertain = "uncertain", Abstained = "abstained",
        OutOfDistribution = "out_of_distribution";

    /// <summary>The table that a run leaves beside its model.</summary>
    private const string Beside = "predictions.parquet";

    /// <summary>The shares to watch.</summary>
    /// <param name="options">Where the reference is, and what an abstention is.</param>
    /// <param name="note">Which reference is used, in a sentence.</param>
    /// <exception cref="FaceBiasException">The reference that was named cannot be used.</exception>
    public static IReadOnlyList<(ShareName Name, ShareTest? Test)> Of(
        IReadOnlyList<PredictorOutput> outputs, string modelFile, ServeOptions options, out string note)
    {
        var table = Read(modelFile, options, out note);
        var shares = new List<(ShareName, ShareTest?)>();
        foreach (var target in outputs.Select(o => o.Target).OfType<CategoricalOutput>())
        {
            var labels = table?.Find(target.Name) is TextColumn text ? text : null;
            if (options.Reference is not null && labels is null)
                throw new FaceBiasException(
                    $"'{options.Reference}' has no column '{target.Name}' of predicted labels; ‹Reference› takes a "
                        + "table of this model's predictions.", ErrorKind.Missing);
            foreach (var label in target.Classes)
                shares.Add((new(target.Name, Class + label),
                    labels is null ? null : Count(labels.Count, r => labels.IsMissing(r) ? null : labels[r] == label)));
            var probabilities =
                target.Classes.Select(c => table?.Find($"{target.Name}_p_{c}") as NumberColumn).OfType<NumberColumn>()
                    .ToArray();
            Func<int, float[]?> row = probabilities.Length < target.Classes.Count || target.Classes.Count < 2
                ? _ => null
                : r => probabilities.Any(p => double.IsNaN(p[r])) ? null : [.. probabilities.Select(p => (float)p[r])];
            shares.Add((new(target.Name, Uncertain),
                Count(table?.RowCount ?? 0,
                    r => row(r) is { } p ? Distributions.Uncertainty(p) > TargetAnswer.Uncertain : null)));
            if (options.AbstainBelow > 0)
                shares.Add((new(target.Name, Abstained),
                    Count(table?.RowCount ?? 0, r => row(r) is { } p ? p.Max() < options.AbstainBelow : null)));
        }
        if (outputs.Any(o => o.Name == PredictorOutput.Novelty))
        {
            var novelty = table?.Find(PredictorOutput.Novelty) as NumberColumn;
            shares.Add((new("", OutOfDistribution),
                Count(novelty?.Count ?? 0, r => double.IsNaN(novelty![r]) ? null : novelty[r] > 1)));
        }
        return shares;
    }

    public static IReadOnlyList<(ShareName Name, bool Counts)> Of(PictureAnswer answer)
    {
        var counts = new List<(ShareName, bool)>();
        foreach (var p in answer.Predictions.Where(p => p.Label is not null))
        {
            foreach (var c in p.Classes)
                counts.Add((new(p.Target, Class + c.Name), c.Name == p.Label));
            counts.Add((new(p.Target, Uncertain), p.Uncertainty > TargetAnswer.Uncertain));
            counts.Add((new(p.Target, Abstained), p.Abstained));
        }
        if (answer.OutOfDistribution is { } strange)
            counts.Add((new("", OutOfDistribution), strange));
        return counts;
    }

    private static Table? Read(string modelFile, ServeOptions options, out string note)
    {
        var path = options.Reference ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(modelFile))!, Beside);
        if (options.Reference is null && !File.Exists(path))
        {
            note = "No table of predictions lies beside the model, so shares are counted and raise no alarm; name a "
                + "reference to have alarms.";
            return null;
        }
        var table = TableFile.Read(path);
        var rows = table.Find("split") is TextColumn split
            ? Enumerable.Range(0, table.RowCount).Where(r => split[r] == "test").ToArray()
            : [.. Enumerable.Range(0, table.RowCount)];
        if (rows.Length == 0)
        {
            note = $"'{Path.GetFileName(path)}' has no test rows, so shares are counted and raise no alarm.";
            return null;
        }
        note = $"Shares are compared with the {rows.Length:N0} {(table.Has("split") ? "test " : "")}rows of "
            + $"'{Path.GetFileName(path)}'.";
        return new Table(table.Columns.Select(c => c.Take(rows)));
    }

    private static ShareTest? Count(int rows, Func<int, bool?> has)
    {
        long yes = 0, known = 0;
        for (var r = 0; r < rows; r++)
        {
            if (has(r) is not { } counts)
                continue;
            known++;
            yes += counts ? 1 : 0;
        }
        return known == 0 ? null : new(yes, known);
    }
}
