using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Heads.Results;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Opsets;
using FaceBias.Reporting;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Mitigate;

/// <summary>The head that a comparison chooses, as one ONNX model with its backbone, and its audit beside
/// ERM's.</summary>
internal static class MitigationExport
{
    /// <summary>Decides which head is exported, writes it as <c>model.onnx</c> where the backbone is known, and the
    /// audits of the best head and of ERM's where ERM is in the comparison.</summary>
    /// <returns>The comparison with what was decided, the audits, or null, and lines for the console.</returns>
    public static (MitigationResult Result, MitigationAudit? Audit, IReadOnlyList<string> Lines) Write(
        MitigationRunOptions options, HeadData data, MitigationResult result, string home,
        IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        var folder = options.Out;
        if (Choose(result, options.Export) is not { } chosen)
            return (result, null, [options.Export is null ? "No model is written: post-processing changes no head."
                : $"No model is written: {options.Export}, which ‹Export› names, diverged with all its settings.".Named()]);
        var erm = result.Methods.FirstOrDefault(m => m.Name == "erm");
        var decision = Decide(options, data, chosen, erm);
        // What was asked for or shown to be better, else ERM.
        var (method, exported) = decision.Exported == chosen.Method.Title ? chosen : (erm!, Best(erm!));
        var lines = new List<string>(decision.Sentences);
        var of = $"{method.Title}, seed {exported.Seed} ({new Settings(exported.Settings)})";
        if (data.Backbone is not null)
        {
            WriteModel(folder, data, exported, home, progress, cancel);
            lines.Add($"Model: {Path.GetFullPath(Path.Combine(folder, "model.onnx"))}, the head of {of}");
            if (options.Opset is { } opset)
                lines.Add($"For older runtimes: {OpsetFile.Write(Path.Combine(folder, "model.onnx"), opset)}");
        }
        else
        {
            lines.Add("The backbone of these features is not known, so only the head can be written: "
                + $"{Path.GetFullPath(Path.Combine(folder, exported.Head))}, of {of}");
        }
        return (result with { Export = decision },
            erm is null ? null : Audit(folder, data, Best(erm), chosen.Seed, decision, progress, cancel), lines);
    }

    /// <summary>The method and seed with the best score on held-out rows, of those that need no attribute to
    /// predict.</summary>
    /// <param name="name">The method that must be taken instead; null for the best.</param>
    /// <returns>Null if only post-processing was compared, or the method asked for has no head.</returns>
    public static (MethodResult Method, SeedResult Seed)? Choose(MitigationResult result, string? name = null)
    {
        var usable = result.Methods.Where(
            m => !MitigationMethods.All.Single(x => x.Name == m.Name).Groups.HasFlag(GroupUse.Prediction))
            .Where(m => name is null || m.Name == name).ToArray();
        if (usable.Length == 0)
            return null;
        var method = usable.MaxBy(m => m.Seeds.Average(s => s.Score))!;
        return (method, Best(method));
    }

    private static SeedResult Best(MethodResult method) => method.Seeds.MaxBy(s => s.Score)!;

    private static ExportDecision Decide(MitigationRunOptions options, HeadData data,
        (MethodResult Method, SeedResult Seed) chosen, MethodResult? erm)
    {
        var title = chosen.Method.Title;
        if (erm is null)
            return new(title, title, null, null, [],
                [$"{title} has the best score on held-out rows, and its head is exported. ERM is not in the "
                    + "comparison, so it is not known whether this head is better than plain training; add erm to ‹Methods›.".Named()]);
        if (chosen.Method == erm)
            return new(title, title, null, null, [],
                [options.Export is null
                    ? "ERM has the best score on held-out rows: no method is better there than plain training, and "
                        + "ERM's head is exported." : "The head of ERM is exported, as asked for."]);
        TrainedModel Head(SeedResult seed) => TrainedHead.Read(Path.Combine(options.Out, seed.Head), data);
        return ExportDecision.Of(
            data, options.RuleFor(data), (title, chosen.Method.Name), options.Export is not null, Head(Best(erm)),
            Head(chosen.Seed));
    }

    /// <summary>Writes <c>model.onnx</c>: pixels to named probabilities.</summary>
    private static void WriteModel(
        string folder, HeadData data, SeedResult chosen, string home, IProgress<StepProgress>? progress = null,
        CancellationToken cancel = default)
    {
        var backbone = new ModelStore(home).Get(data.Backbone!, progress, cancel);
        var head = OnnxFile.Read(Path.Combine(folder, chosen.Head));
        OnnxFile.Write(ModelExport.Join(OnnxFile.Read(backbone.OnnxPath), head, new ModelMetadata(
            1, ModelInput.From(backbone.Input), [data.Output], backbone.Name, backbone.WeightsLicence,
            "Outputs are perceived attributes as annotators labelled them; chosen by facebias mitigate, see "
                + "mitigation.html.")), Path.Combine(folder, "model.onnx"));
    }

    /// <summary>Writes test predictions of ERM and of the chosen head, and audits both in pages of the same form, with
    /// the row-by-row comparison of the two.</summary>
    /// <returns>The findings of both audits, and the comparison.</returns>
    private static MitigationAudit Audit(
        string folder, HeadData data, SeedResult before, SeedResult after, ExportDecision decision,
        IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        var tables = new[] { before, after }.Select(s => Predictions(folder, data, s)).ToArray();
        var options = new AuditOptions { Targets = [data.Target],
            Groups = data.HasGroups ? [BiasColumn(data), data.Target] : [data.Target], BootstrapReplicates = 500,
            Permutations = 500 };
        var clustered = Array.ConvertAll(tables, t => RunClusters.Of(data.TestTogether?.Name, t, options));
        (tables, options) = (Array.ConvertAll(clustered, c => c.Table), clustered[0].Options);
        var audits = new List<AuditResult>();
        foreach (var (table, name) in tables.Zip(["before", "after"]))
        {
            var title = name == "before" ? "ERM" : decision.Candidate;
            TableFile.Write(Path.Combine(folder, $"{name}.parquet"), table);
            var audit = Auditor.Run(table, options, progress, cancellationToken: cancel);
            AuditFile.Write(Path.Combine(folder, $"audit-{name}.json"), audit);
            HtmlReport.Write(Path.Combine(folder, $"audit-{name}.html"), new()
            {
                Title = $"Audit {name} mitigation: {title}{(title == decision.Exported ? "" : " (not exported)")}",
                Audit = audit,
                Provenance = [new("head", (name == "before" ? before : after).Head),
                    new("features", data.Backbone ?? "given as arrays")],
            });
            audits.Add(audit);
        }
        return new(decision.Candidate, [.. audits[0].Findings.Select(f => f.Sentence)],
            [.. audits[1].Findings.Select(f => f.Sentence)],
            ModelComparison.Of(tables[0], tables[1], options));
    }

    private static Table Predictions(string folder, HeadData data, SeedResult seed)
    {
        var part = data.Test;
        var head = TrainedHead.Read(Path.Combine(folder, seed.Head), data);
        var predicted = new PredictionColumns(head.Outputs, part.Rows);
        predicted.Set([.. Enumerable.Range(0, part.Rows)], [head.Predict(part)]);
        Column[] all =
        [
            new TextColumn("id",
                [.. Enumerable.Range(0, part.Rows).Select(
                    i => (string?)(i < data.TestIds.Count ? data.TestIds[i] : $"row {i}"))]),
            .. predicted.ToColumns(),
            data.IsNumeric ? new NumberColumn($"{data.Target}_true", part.Values)
                : new TextColumn($"{data.Target}_true", part.Target, [.. data.Classes]),
        ];
        List<Column> columns =
            [.. all, .. part.Bias is { } bias ? [new TextColumn(BiasColumn(data), bias, [.. data.Levels])]
                : Array.Empty<Column>()];
        if (data.TestTogether is { } together && !columns.Exists(c => c.Name == together.Name))
            columns.Add(together);
        return new(columns);
    }

    // A bias attribute that is a banded copy of the target would take the name of its column.
    private static string BiasColumn(HeadData data) => data.Bias == data.Target ? data.Bias + " group" : data.Bias;
}
