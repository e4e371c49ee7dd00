using FaceBias.Core.Data.Labels;
using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Options;
using FaceBias.Workflows.Train;

namespace FaceBias.Workflows.Predict;

/// <summary>A finished model's predictions for a folder of images, as a table.</summary>
internal static class PredictRun
{
    /// <summary>Predicts and writes the table: <c>id, path</c>, the split where it is known, each target's columns and,
    /// with labels, <c>T_true</c> and every other column of theirs.</summary>
    /// <returns>Lines for the console.</returns>
    public static IReadOnlyList<string> Execute(PredictRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionSchema.Check(options);
        TableFile.CheckName(options.Out);
        using var step = new PredictStep(options);
        return step.Execute(options.Out, progress, cancellationToken);
    }

    internal static float[] Picked(PredictionColumns columns, int output, List<int> rows)
    {
        var values = columns.Values(output);
        var width = values.Length / Math.Max(1, columns.RowCount);
        var picked = new float[rows.Count * width];
        for (var i = 0; i < rows.Count; i++)
            values.Slice(rows[i] * width, width).CopyTo(picked.AsSpan(i * width));
        return picked;
    }

    /// <summary>What cannot be abstained by is found before anything is predicted.</summary>
    internal static void CheckAbstention(PredictRunOptions options, LabelSet? labels)
    {
        if (options.AbstainBy is not { } by)
            return;
        if (options.Abstain is null)
            throw new FaceBiasException(
                "‹AbstainBy› says whose share ‹Abstain› is; give ‹Abstain› too, such as ‹Abstain› 0.05.");
        if (labels is null || !labels.Table.Has(by))
            throw new FaceBiasException(
                $"‹AbstainBy› '{by}' is no column of the "
                    + $"labels{(labels is null ? "; give ‹Labels›" : $"; they have {labels.Table.Columns.Take(20).Select(c => c.Name).Quoted()}")}.");
    }

    /// <summary>Labels whose columns hold what the model predicts.</summary>
    internal static LabelSet Labels(LabelOptions options, IReadOnlyList<OutputSpec> targets,
        IReadOnlyList<ImageFile> files) =>
        LabelSource.Load(options with
        {
            Kinds = options.Kinds with
            {
                Categorical = [.. options.Kinds.Categorical.Union(
                    targets.Where(t => t is CategoricalOutput).Select(t => t.Name))],
                Numeric = [.. options.Kinds.Numeric.Union(targets.Where(t => t is NumericOutput).Select(t => t.Name))],
            },
        }, files);

    /// <summary>The truth of every target, and every other column that the labels have: what an audit may compare
    /// by.</summary>
    internal static void AddLabels(List<Column> table, LabelSet labels, IReadOnlyList<OutputSpec> targets,
        List<int> rows, List<string> lines)
    {
        foreach (var target in targets)
        {
            if (labels.Table.Has(target.Name))
                table.Add(RunPredictions.Truth(
                    labels.Target(target.Name,
                        target is CategoricalOutput ? TargetKind.Categorical : TargetKind.Numeric),
                        $"{target.Name}_true", rows));
            else
                lines.Add($"The labels have no '{target.Name}', so there is no '{target.Name}_true'.");
        }
        foreach (var column in labels.Table.Columns.Where(c => targets.All(t => t.Name != c.Name)))
        {
            if (table.Exists(c => c.Name.Equals(column.Name, StringComparison.OrdinalIgnoreCase)))
                lines.Add($"The labels' column '{column.Name}' is left out: the table has a column of that name.");
            else
                table.Add(column.Take(rows));
        }
        lines.AddRange(labels.LeftOut.Select(c => $"The labels' column '{c.Name}' is left out: {c.Reason}."));
    }

    /// <summary>The columns <c>id</c> and <c>path</c>.</summary>
    internal static Column[] Names(IReadOnlyList<ImageFile> files, List<int> rows) =>
    [
        new TextColumn("id", [.. Enumerable.Range(0, rows.Count)], [.. rows.Select(i => files[i].Id)]),
        new TextColumn("path", [.. Enumerable.Range(0, rows.Count)], [.. rows.Select(i => files[i].Path)]),
    ];

    internal static IEnumerable<string> LeftOut(IReadOnlyList<ImageFile> files,
        IReadOnlyDictionary<int, string> failures) =>
        failures.OrderBy(f => f.Key).Take(10).Select(f => $"'{files[f.Key].Id}' was left out: {f.Value}.");
}
