using System.Text.Json;
using FaceBias.Core.Curation.Labels;
using FaceBias.Core.Curation.Review;
using FaceBias.Core.Explaining;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Options;
using FaceBias.Reporting;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Errors;

/// <summary>The errors of a finished run: <c>errors.json</c>, <c>errors.html</c> and <c>review.csv</c> with labels in
/// doubt.</summary>
internal static class ErrorRun
{
    /// <summary>The record and the page.</summary>
    public const string File = "errors.json", Page = "errors.html";

    private const int MapSide = 112;

    /// <summary>Analyses and writes.</summary>
    /// <returns>Lines for the console.</returns>
    public static IReadOnlyList<string> Execute(ErrorRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionSchema.Check(options);
        options.Pages.Check();
        if (options.Retrain && !options.CheckLabels)
            throw new FaceBiasException("‹Retrain› needs ‹CheckLabels›: it trains without the labels in doubt.");
        using var run = RunFolder.Open(options.Run);
        var predictions = TableFile.Read(run.Checked(RunFolder.PredictionsFile));
        var audit = AuditFile.Read(run.Checked(RunFolder.AuditFile));
        var split = predictions.Text("split");
        int[] test = [.. Enumerable.Range(0, predictions.RowCount).Where(r => split[r] == "test")];
        if (test.Length == 0)
            throw new FaceBiasException(
                $"The run in '{options.Run}' has no test images, and errors on images that a model was trained on say little.");
        var table = new Table(predictions.Columns.Select(c => c.Take(test)));
        var paths = Enumerable.Range(0, table.RowCount).ToDictionary(r => table.Text("id")[r]!,
            r => table.Text("path")[r]!);
        using var features = Features(run);
        var analyser = new ErrorAnalyser(table, audit, features is null ? null : features.Find, options);
        var analyses = audit.Targets.Where(t => !t.NoTruth && table.Has(t.Name) && table.Has($"{t.Name}_true"))
            .Select(analyser.Analyse).ToList();
        var lines = new List<string>();
        analyses = Illustrate(options, run, analyses, paths, lines, progress, cancellationToken);
        var candidates = options.CheckLabels ? LabelCandidates.Find(options, run, progress, cancellationToken) : null;
        if (candidates is not null)
        {
            candidates.Write(Path.Combine(options.Out, ReviewFile.Name));
            lines.AddRange(candidates.Notes);
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"{candidates.Sentences.Count:N0} training and validation images have labels in doubt: "
                    + $"{Path.Combine(options.Out, ReviewFile.Name)}"));
        }
        IReadOnlyList<PairedResult> compared = options.Retrain
            ? Retraining.Run(options, run, candidates!, predictions, progress, cancellationToken) : [];
        AtomicFile.WriteText(Path.Combine(options.Out, File),
            JsonSerializer.Serialize(new { Version = 1, options.Run, Targets = analyses,
                LabelsInDoubt = candidates?.Sentences, Retrained = compared }, CoreJson.Options) + "\n");
        ErrorPage.Write(Path.Combine(options.Out, Page), options.Run, analyses, candidates?.Sentences, compared);
        options.Pages.Print(Path.Combine(options.Out, Page), progress, cancellationToken);
        foreach (var analysis in analyses)
            lines.AddRange(Summary(analysis));
        lines.AddRange(compared.Where(c => c.Attribute.Length == 0 && c.Difference is not null)
            .Select(c => string.Create(CultureInfo.InvariantCulture,
            $"without labels in doubt, {c.Target}: {c.Metric} {c.First:0.000} before, {c.Second:0.000} after on the "
                + $"same {c.N:N0} test images, difference {c.Difference:+0.000;-0.000} ({c.Low:0.000} to "
                + $"{c.High:0.000}), p {c.AdjustedP:0.000} corrected for all {compared.Count} comparisons")));
        lines.Add($"Report: {Path.GetFullPath(Path.Combine(options.Out, Page))}");
        lines.Add($"Next: facebias open {options.Out}" + (candidates is { Sentences.Count: > 0 }
            ? $"; decide in {Path.Combine(options.Out, ReviewFile.Name)}, then facebias train with ‹Review›" : ""));
        return lines;
    }

    private static IEnumerable<string> Summary(ErrorAnalysis a)
    {
        if (a.Worst.Count > 0)
            yield return $"{a.Target}: {(a.Kind == TargetKind.Numeric ? "largest overestimate" : "most confident mistake")} {a.Worst[0].Id}, label {a.Worst[0].Truth}, predicted {a.Worst[0].Predicted}"
                + (a.Under.Count > 0
                    ? $"; largest underestimate {a.Under[0].Id}, label {a.Under[0].Truth}, predicted "
                        + $"{a.Under[0].Predicted}." : ".");
        foreach (var cluster in a.Clusters.Where(c => c.Shared.Count > 0))
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{a.Target}: {cluster.Errors:N0} errors look alike and are more often "
                    + $"{string.Join(", ", cluster.Shared.Select(s => $"{s.Attribute} {s.Level} ({100 * s.Share:0}% against {100 * s.Overall:0}%)"))}.");
    }

    /// <summary>Pictures and heat maps of the worst rows.</summary>
    private static List<ErrorAnalysis> Illustrate(
        ErrorRunOptions options, RunFolder run, List<ErrorAnalysis> analyses, Dictionary<string, string> paths,
        List<string> lines, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        using var model = options.Explain
            ? OnnxPredictor.Open(run.Checked(RunFolder.ModelFile), new() { Novelty = false, Uncertainty = false })
            : null;
        var graph = model is null ? null : OnnxFile.Read(run[RunFolder.ModelFile]);
        var decoder = new ImageDecoder();
        var done = 0;
        var total = analyses.Sum(a => a.Worst.Count + a.Under.Count);
        return [.. analyses.Select(a =>
        {
            var explainer = model is null ? null
                : new GradientExplainer(new(graph!, a.Target, model.Outputs.First(o => o.Name == a.Target).Target),
                    model.Image!,
                new ExplainOptions { Method = ExplanationMethod.GradCam },
                new(Threads: options.Threads, Cancel: cancel));
            try
            {
                ErrorPicture Add(ErrorPicture p, bool explain)
                {
                    cancel.ThrowIfCancellationRequested();
                    if (explain)
                        progress?.Report(new("explaining errors", ++done, total, "images"));
                    var path = paths[p.Id];
                    var small = options.Pages.Thumbnail(path);
                    var pixels = new float[model?.Image!.Length ?? 0];
                    if (!explain || model is null || small is null
                        || decoder.Decode(path, model.Image!, pixels).Problem is not null)
                        return p with { Picture = small };
                    var (method, map) = Map(model, explainer, a.Target, pixels, lines);
                    return method is null ? p with { Picture = small }
                        : p with { Picture = small, ExplainedBy = method,
                            Map = Shrink(options.Pages.Shown(pixels, model.Image!), map!, model.Image!) };
                }
                return a with
                {
                    Worst = [.. a.Worst.Select(p => Add(p, true))],
                    Under = [.. a.Under.Select(p => Add(p, true))],
                    Clusters = [.. a.Clusters.Select(
                        c => c with { Examples = [.. c.Examples.Select(p => Add(p, false))] })],
                };
            }
            finally
            {
                explainer?.Dispose();
            }
        })];
    }

    /// <summary>Grad-CAM, or occlusion where the graph has no gradient.</summary>
    private static (string? Method, float[]? Map) Map(OnnxPredictor model, GradientExplainer? explainer, string target,
        float[] pixels, List<string> lines)
    {
        var score = ExplainedScore.Predicted(model, target, pixels);
        try
        {
            return ("gradcam", explainer!.Explain(pixels, score.Column).Map);
        }
        catch (FaceBiasException e)
        {
            try
            {
                return ("occlusion",
                    Explainer.Explain(score, pixels, new() { Method = ExplanationMethod.Occlusion }).Map);
            }
            catch (FaceBiasException)
            {
                if (!lines.Contains(e.Message))
                    lines.Add(e.Message);
                return (null, null);
            }
        }
    }

    private static byte[] Shrink(float[] pixels, float[] map, ImageSpec spec)
    {
        // As large as the picture beside it: means over blocks.
        var small = new ImageSpec(Math.Min(MapSide, spec.Width), Math.Min(MapSide, spec.Height));
        float[] Plane(ReadOnlySpan<float> plane)
        {
            var result = new float[small.Width * small.Height];
            for (var y = 0; y < small.Height; y++)
                for (var x = 0; x < small.Width; x++)
                {
                    int x0 = x * spec.Width / small.Width, x1 = Math.Max(x0 + 1, (x + 1) * spec.Width / small.Width),
                        y0 = y * spec.Height / small.Height,
                        y1 = Math.Max(y0 + 1, (y + 1) * spec.Height / small.Height);
                    double sum = 0;
                    for (var j = y0; j < y1; j++)
                        for (var i = x0; i < x1; i++)
                            sum += plane[j * spec.Width + i];
                    result[y * small.Width + x] = (float)(sum / ((x1 - x0) * (y1 - y0)));
                }
            return result;
        }
        var size = spec.Width * spec.Height;
        return HeatMap.Png([.. Plane(pixels.AsSpan(0, size)), .. Plane(pixels.AsSpan(size, size)),
            .. Plane(pixels.AsSpan(2 * size))], Plane(map), small);
    }

    private static RunFeatures? Features(RunFolder run)
    {
        try
        {
            var (matrix, rows) = run.FeatureFiles();
            return new(matrix, rows);
        }
        catch (FaceBiasException)
        {
            return null;
        }
    }

    private sealed class RunFeatures : IDisposable
    {
        private readonly NpyMatrix _matrix;
        private readonly Dictionary<string, int> _rows;

        public RunFeatures(string matrix, string rows)
        {
            _matrix = NpyMatrix.Open(matrix);
            var ids = TableFile.Read(rows).Text("id");
            _rows = Enumerable.Range(0, ids.Count).ToDictionary(r => ids[r]!, r => r, StringComparer.Ordinal);
        }

        public float[]? Find(string id) => _rows.TryGetValue(id, out var row) ? _matrix.Row(row).ToArray() : null;

        public void Dispose() => _matrix.Dispose();
    }
}
