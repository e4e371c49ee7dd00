using FaceBias.Core.Heads.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Results;
using FaceBias.Reporting;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Mitigate;

/// <summary>A comparison of mitigation methods from its input to its files: <c>mitigation.json</c>, tables, heads, and
/// <c>mitigation.html</c>.</summary>
internal static class MitigationJob
{
    /// <summary>Name of the page.</summary>
    public const string PageFile = "mitigation.html";

    /// <summary>Trains, compares and writes.</summary>
    /// <returns>Lines for the console.</returns>
    /// <exception cref="FaceBiasException">The options or the data do not fit.</exception>
    public static IReadOnlyList<string> Execute(
        MitigationJobOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => Run(options, progress, cancellationToken).Lines;

    internal static (MitigationResult Result, IReadOnlyList<string> Lines) Run(MitigationJobOptions options,
        IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        var comparison = options.Comparison;
        comparison.Check();
        comparison.Pages.Check();
        var data = Read(options);
        if (comparison.Opset is { } opset)
            OlderModel.Check(opset, new ModelStore(FaceBiasHome.Folder).Get(data.Backbone
                ?? throw new FaceBiasException(
                    "‹Opset› is of model.onnx, and of features without a known backbone only a head can be written; "
                        + "leave it out."), progress, cancellationToken));
        var bound = options.Oracle is { } folder ? HeadDataFolder.Read(folder, data.IsNumeric) : null;
        if (bound is not null)
            MitigationRun.CheckOracle(data, bound);
        var result = MitigationRun.Execute(data, comparison, progress, cancellationToken);
        if (bound is not null)
            result = MitigationRun.AddOracle(result, data, bound, comparison, progress, cancellationToken);
        MitigationFiles.Write(comparison.Out, result);
        (result, var audit, var exported) =
            MitigationExport.Write(comparison, data, result, FaceBiasHome.Folder, progress, cancellationToken);
        MitigationFiles.Write(comparison.Out, result);
        var lines = MitigationFiles.Lines(result).ToList();
        if (data.LeftOut > 0)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"{data.LeftOut:N0} images of the run take no part: they lack a label or belong to none of the levels "
                    + $"asked for."));
        }
        lines.AddRange(exported);
        var page = Path.Combine(comparison.Out, PageFile);
        MitigationPage.Write(page, result, audit);
        comparison.Pages.Print(page, progress, cancellationToken);
        lines.Add($"Report: {Path.GetFullPath(page)}");
        lines.Add($"Next: facebias open {comparison.Out}"
            + (File.Exists(Path.Combine(comparison.Out, "model.onnx"))
                ? $"; facebias predict --model {Path.Combine(comparison.Out, "model.onnx")} --images DIR --out predictions.csv" : ""));
        return (result, lines);
    }

    private static HeadData Read(MitigationJobOptions options)
    {
        LevelSpec[] specs = [.. options.Bias, .. options.Groups.Select(LevelSpec.Parse)];
        return options switch
        {
            { Run: { } run, Features: null } => RunHeadData.Read(run, options.Target
                ?? throw new FaceBiasException("With ‹Run›, ‹Target› names what to predict, such as ‹Target› gender."),
                specs),
            { Run: null, Features: { } folder } => options.Target is null && specs.Length == 0
                ? HeadDataFolder.Read(folder, options.Numeric)
                : throw new FaceBiasException(
                    "‹Target›, ‹Bias› and ‹Groups› go with ‹Run›; with ‹Features› the files _target.npy and _bias.npy say it."),
            _ => throw new FaceBiasException("Give either ‹Run› RUN or ‹Features› DIR."),
        };
    }
}
