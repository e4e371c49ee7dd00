using FaceBias.Core.Auditing;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Reporting;
using FaceBias.Core.Training;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Mitigation.Running;

/// <summary>The head that a comparison chooses, as one ONNX model with its backbone, and its audit beside ERM's.</summary>
public static class MitigationExport
{
    /// <summary>Writes <c>model.onnx</c> where the backbone is known, and the audits where ERM is in the comparison.</summary>
    /// <returns>The audits, or null, and lines for the console.</returns>
    public static (MitigationAudit? Audit, IReadOnlyList<string> Lines) Write(
        string folder, HeadData data, MitigationResult result, string home, IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (Choose(result) is not { } chosen)
            return (null, ["No model is written: post-processing changes no head."]);
        var lines = new List<string> { $"Chosen by its score on held-out rows: {chosen.Method.Title}, seed {chosen.Seed.Seed} ({new Settings(chosen.Seed.Settings)})." };
        if (data.Backbone is not null)
        {
            WriteModel(folder, data, chosen.Seed, home, progress, cancel);
            lines.Add($"Model: {Path.GetFullPath(Path.Combine(folder, "model.onnx"))}");
        }
        else
        {
            lines.Add($"The backbone of these features is not known, so only the head can be written: {Path.GetFullPath(Path.Combine(folder, chosen.Seed.Head))}");
        }
        var erm = result.Methods.FirstOrDefault(m => m.Name == "erm");
        return (erm is null ? null : Audit(folder, data, erm.Seeds.MaxBy(s => s.Score)!, chosen.Seed, chosen.Method.Title, progress, cancel), lines);
    }

    /// <summary>The method and seed with the best score on held-out rows, of those that need no attribute to predict.</summary>
    /// <returns>Null if only post-processing was compared.</returns>
    public static (MethodResult Method, SeedResult Seed)? Choose(MitigationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var usable = result.Methods.Where(m => !MitigationMethods.All.Single(x => x.Name == m.Name).Groups.HasFlag(GroupUse.Prediction)).ToArray();
        if (usable.Length == 0)
            return null;
        var method = usable.MaxBy(m => m.Seeds.Average(s => s.Score))!;
        return (method, method.Seeds.MaxBy(s => s.Score)!);
    }

    /// <summary>Writes <c>model.onnx</c>: pixels to named probabilities.</summary>
    private static void WriteModel(
        string folder, HeadData data, SeedResult chosen, string home, IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        var backbone = new ModelStore(home).Get(data.Backbone!, progress, cancel);
        var head = OnnxFile.Read(Path.Combine(folder, chosen.Head));
        OutputSpec output = data.IsNumeric
            ? NumericOutput.For(data.Target, data.Train.Values)
            : new CategoricalOutput(data.Target, data.Classes);
        OnnxFile.Write(ModelExport.Join(OnnxFile.Read(backbone.OnnxPath), head, new ModelMetadata(
            1, ModelInput.From(backbone.Input), [output], backbone.Name, backbone.WeightsLicence,
            "Outputs are perceived attributes as annotators labelled them; chosen by facebias mitigate, see mitigation.html.")), Path.Combine(folder, "model.onnx"));
    }

    /// <summary>Writes test predictions of ERM and of the chosen head, and audits both in pages of the same form, with the
    /// row-by-row comparison of the two.</summary>
    /// <returns>The findings of both audits, and the comparison.</returns>
    private static MitigationAudit Audit(
        string folder, HeadData data, SeedResult before, SeedResult after, string title, IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        var tables = new[] { before, after }.Select(s => Predictions(folder, data, s)).ToArray();
        var options = new AuditOptions { Targets = [data.Target], Groups = data.HasGroups ? [BiasColumn(data), data.Target] : [data.Target], BootstrapReplicates = 500, Permutations = 500 };
        var audits = new List<AuditResult>();
        foreach (var (table, name) in tables.Zip(["before", "after"]))
        {
            TableFile.Write(Path.Combine(folder, $"{name}.parquet"), table);
            var audit = Auditor.Run(table, options, progress, cancel);
            AuditFile.Write(Path.Combine(folder, $"audit-{name}.json"), audit);
            HtmlReport.Write(Path.Combine(folder, $"audit-{name}.html"), new()
            {
                Title = $"Audit {name} mitigation: {(name == "before" ? "ERM" : title)}",
                Audit = audit,
                Provenance = [new("head", (name == "before" ? before : after).Head), new("features", data.Backbone ?? "given as arrays")],
            });
            audits.Add(audit);
        }
        return new(title, [.. audits[0].Findings.Select(f => f.Sentence)], [.. audits[1].Findings.Select(f => f.Sentence)],
            ModelComparison.Of(tables[0], tables[1], options));
    }

    private static Table Predictions(string folder, HeadData data, SeedResult seed)
    {
        var part = data.Test;
        var head = new TrainedHead(OnnxFile.Read(Path.Combine(folder, seed.Head)), data.Target, [], 0);
        OutputSpec output = data.IsNumeric ? NumericOutput.For(data.Target, data.Train.Values) : new CategoricalOutput(data.Target, data.Classes);
        var columns = new PredictionColumns([output], part.Rows);
        columns.Set([.. Enumerable.Range(0, part.Rows)], [head.Predict(part)]);
        IEnumerable<Column> all =
        [
            new TextColumn("id", [.. Enumerable.Range(0, part.Rows).Select(i => (string?)(i < data.TestIds.Count ? data.TestIds[i] : $"row {i}"))]),
            .. columns.ToColumns(),
            data.IsNumeric ? new NumberColumn($"{data.Target}_true", part.Values) : new TextColumn($"{data.Target}_true", part.Target, [.. data.Classes]),
        ];
        return new(part.Bias is { } bias ? all.Append(new TextColumn(BiasColumn(data), bias, [.. data.Levels])) : all);
    }

    // A bias attribute that is a banded copy of the target would take the name of its column.
    private static string BiasColumn(HeadData data) => data.Bias == data.Target ? data.Bias + " group" : data.Bias;
}

/// <summary>Audits before and after.</summary>
/// <param name="Chosen">Name of the chosen method.</param>
/// <param name="Before">ERM's findings.</param>
/// <param name="After">The chosen head's findings.</param>
/// <param name="Compared">Both row by row, over all rows and per group.</param>
public sealed record MitigationAudit(string Chosen, IReadOnlyList<string> Before, IReadOnlyList<string> After, IReadOnlyList<PairedResult> Compared);
