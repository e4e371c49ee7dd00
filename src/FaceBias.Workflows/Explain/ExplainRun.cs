using System.Diagnostics;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Explaining;
using FaceBias.Core.Explaining.Reliability;
using FaceBias.Core.Explaining.Superpixels;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Options;
using FaceBias.Primitives.Storage;
using FaceBias.Reporting;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Explain;

/// <summary>Heat maps of a model's answers for a folder of images: PNGs, <c>explain.json</c> and
/// <c>explain.html</c>.</summary>
internal static class ExplainRun
{
    /// <summary>The record.</summary>
    public const string File = "explain.json";

    /// <summary>The page.</summary>
    public const string Page = "explain.html";

    /// <summary>Explains and writes.</summary>
    /// <returns>Lines for the console.</returns>
    /// <exception cref="FaceBiasException">The model or the options are at fault, or not one picture could be
    /// explained.</exception>
    public static IReadOnlyList<string> Execute(ExplainRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options);
        var files = options.Images.Count == 0 ? [] : ImageFolder.List(options.Images).Files;
        var groups = options.GroupBy is null ? null : PictureGroups.Load(options, files);
        using var model = ExplainedModel.Open(options, progress, cancellationToken);
        using var places = groups is null ? null
            : FacePlaces.Open(options.Home, options.Aligned, progress, cancellationToken);
        var budget = new ScoreBudget(options.Memory, options.Threads, null, cancellationToken);
        var spec = model.Predictor.Image!;
        // A target or class that does not exist is said before the first picture.
        var target = (options.Class is { } name ? ExplainedScore.Of(model.Predictor, options.Target, name)
            : ExplainedScore.Predicted(model.Predictor, options.Target, new float[spec.Length])).Target;
        var lines = model.Notes.Select(n => $"note: {n}").ToList();
        if (options.EmitOnnx is { } emitted)
        {
            var (extended, what) = ActivationMapModel.Extend(model.Answer(target), options.Explain.Layer);
            OnnxFile.Write(extended, emitted);
            lines.Add($"Model with its heat map as output '{ActivationMapModel.HeatMap}' ({what}): {emitted}");
        }
        var effect = options.Causal == 0 ? null
            : ExplainedScore.Of(model.Predictor, target,
                options.Class ?? ExplainedScore.FirstClass(model.Predictor, target));
        var effects = effect is null ? []
            : CausalCheck.Run(effect, options.Causal, options.Explain.Seed, budget with { Progress = progress });
        using var explainers = new Explainers(model, target, options, budget);
        IReadOnlyList<ImageFile> chosen = groups is not null ? groups.Choose(files, options.Limit, options.Explain.Seed)
            : options.Limit > 0 ? [.. files.Take(options.Limit)] : files;
        if (chosen.Count < files.Count)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"{chosen.Count:N0} of {files.Count:N0} images are explained, ")
                + (groups is null ? "the first by name; ‹Limit› 0 takes all."
                    : $"as many of each {options.GroupBy}; ‹Limit› 0 takes all."));
        }
        var (pictures, failures) = (new List<ExplainedPicture>(), new List<UnexplainedPicture>());
        var shown = new Dictionary<string, (byte[] Picture, Dictionary<ExplanationMethod, byte[]> Maps)>();
        var decoder = new ImageDecoder();
        var pixels = new float[spec.Length];
        for (var i = 0; i < chosen.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new("explaining", i, chosen.Count, "images"));
            if (decoder.Decode(chosen[i].Path, spec, pixels).Problem is { } problem)
            {
                failures.Add(new(chosen[i].Id, null, problem));
                continue;
            }
            var maps = new Dictionary<ExplanationMethod, byte[]>();
            var landmarks = places?.Find(pixels, spec);
            foreach (var method in options.Methods)
            {
                try
                {
                    var (explained, map, shownMap) = explainers.Explain(chosen[i], i, pixels, method);
                    pictures.Add(places is null ? explained
                        : explained with { Face = FacePlaces.Relevance(map, spec, landmarks) });
                    maps[method] = shownMap;
                }
                catch (FaceBiasException e)
                {
                    // A picture of one colour is that picture's fault; an operator without a gradient is the model's,
                    // and ends the run.
                    if (e.InnerException is FaceBiasException)
                        throw;
                    failures.Add(new(chosen[i].Id, method, e.Message));
                }
            }
            if (maps.Count > 0 && options.Pages.Pictures)
                shown[chosen[i].Id] = (PictureEncoder.Jpeg(options.Pages.Shown(pixels, spec), spec), maps);
        }
        progress?.Report(new("explaining", chosen.Count, chosen.Count, "images"));
        if (pictures.Count == 0 && chosen.Count > 0 && effects.Count == 0)
            throw new FaceBiasException(
                $"Not one of {chosen.Count:N0} images could be explained; the first: '{failures[0].Id}': "
                    + $"{failures[0].Reason}");
        var record = new ExplanationFile
        {
            Model = options.Model,
            Provenance = model.Provenance,
            Target = target,
            Options = options.Explain,
            Pictures = pictures,
            Failures = failures,
            Groups = groups?.Compare(pictures, places!, options) ?? [],
            Effects = effects,
            EffectsOn = effect?.Words,
        };
        record.Write(Path.Combine(options.Out, File));
        ExplainPage.Write(Path.Combine(options.Out, Page), record, shown);
        options.Pages.Print(Path.Combine(options.Out, Page), progress, cancellationToken);
        lines.AddRange(failures.Take(10).Select(f => $"'{f.Id}' was not explained: {f.Reason}"));
        foreach (var of in pictures.GroupBy(p => p.Method))
            lines.Add(Summary(of.Key, [.. of]));
        lines.AddRange(record.Groups.SelectMany(g => PictureGroups.Lines(g)));
        lines.AddRange(effects.Select(e => string.Create(CultureInfo.InvariantCulture,
            $"drawn faces, {e.Attribute} {e.From} to {e.To}: {effect!.Words} {e.Change:+0.000;-0.000} ({e.Low:0.000} "
                + $"to {e.High:0.000}), {(e.IsShown ? "a change is shown" : "no change is shown")}")));
        lines.Add($"Report: {Path.GetFullPath(Path.Combine(options.Out, Page))}");
        lines.Add($"Next: facebias open {options.Out}");
        return lines;
    }

    private static void Check(ExplainRunOptions options)
    {
        OptionSchema.Check(options);
        options.Pages.Check();
        RunFolder.RequireApart(options.Out, options.Images);
        OptionRule.Require(options.Causal is 0 or >= 10, "‹Causal› must be 0 or at least 10", options.Causal);
        if (options.Images.Count == 0 && options.Causal == 0 && options.EmitOnnx is null)
            throw new FaceBiasException(
                "There is nothing to explain: give ‹Images›, or ‹Causal› for a check on drawn faces.");
        if (options.GroupBy is not null && (options.Labels is null || options.Images.Count == 0))
            throw new FaceBiasException(
                "‹GroupBy› compares groups of ‹Images› and needs ‹LabelOptions.Sources›, which say who belongs to which.");
        if (options.Aligned && options.GroupBy is null)
            throw new FaceBiasException("‹Aligned› says how groups of faces are compared; give ‹GroupBy› too.");
        if (options.Methods.Count == 0)
            throw new FaceBiasException("‹Methods› names none; give lime, for example.");
        if (options.Number is not null && options.Classes is not null)
            throw new FaceBiasException(
                "A model gives either classes or a number: give ‹Classes› or ‹Number›, not both.");
    }

    private static string Summary(ExplanationMethod method, ExplainedPicture[] pictures)
    {
        var parts = new List<string>
            { string.Create(CultureInfo.InvariantCulture,
                $"{method.Word()}: {pictures.Length:N0} heat maps, "
                    + $"{pictures.Length / pictures.Sum(p => p.Seconds):0.00} images/s") };
        void Add(string what, IEnumerable<double?> values, string format = "0.00")
        {
            double[] known = [.. values.OfType<double>()];
            if (known.Length > 0)
                parts.Add($"{what} {known.Average().ToString(format, CultureInfo.InvariantCulture)}");
        }
        Add("R² of the surrogate", pictures.Select(p => p.Surrogate?.R2));
        Add("agreement of repeated runs", pictures.Select(p => p.Reliability?.Agreement));
        Add("deletion", pictures.Select(p => p.Reliability?.Curves?.DeletionArea), "0.000");
        Add("(random", pictures.Select(p => p.Reliability?.Curves?.RandomDeletionArea), "0.000);");
        Add("insertion", pictures.Select(p => p.Reliability?.Curves?.InsertionArea), "0.000");
        Add("(random", pictures.Select(p => p.Reliability?.Curves?.RandomInsertionArea), "0.000);");
        Add("ROAD", pictures.Select(p => p.Reliability?.Road?.Combined), "0.000");
        Add("completeness error", pictures.Select(p => p.CompletenessError), "0.0000");
        var warned = pictures.Count(p => p.Reliability?.Warnings.Count > 0);
        if (warned > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{warned:N0} with a warning"));
        return string.Join(", ", parts).Replace("), ", ") ", StringComparison.Ordinal).Replace(", (", " (",
            StringComparison.Ordinal).Replace(");,", ");", StringComparison.Ordinal);
    }

    /// <summary>The methods of one model, each made when it is first needed.</summary>
    private sealed class Explainers(ExplainedModel model, string target, ExplainRunOptions options, ScoreBudget budget)
        : IDisposable
    {
        private readonly Dictionary<ExplanationMethod, GradientExplainer> _gradients = [];

        public (ExplainedPicture Record, float[] Map, byte[] Jpeg) Explain(ImageFile file, int number, float[] pixels,
            ExplanationMethod method)
        {
            var watch = Stopwatch.StartNew();
            var score = options.Class is { } name ? ExplainedScore.Of(model.Predictor, target, name)
                : ExplainedScore.Predicted(model.Predictor, target, pixels);
            var how = options.Explain with { Method = method };
            Explanation Once(int seed) => method is ExplanationMethod.IntegratedGradients or ExplanationMethod.GradCam
                ? Gradients(method, how, score.Spec).Explain(pixels, score.Column)
                : Explainer.Explain(score, pixels, how with { Seed = seed }, budget);
            var explanation = Once(how.Seed);
            var draws = method is ExplanationMethod.Lime or ExplanationMethod.KernelShap or ExplanationMethod.Rise;
            var reliability = options.Repeats > 1 || options.CurveSteps > 0 || options.Road
                ? ExplanationReliability.Of(score, pixels, explanation, draws ? Once : null, options.Repeats,
                    options.CurveSteps, options.Road, how.Seed, budget) : null;
            var painted = HeatMap.Paint(options.Pages.Shown(pixels, score.Spec), explanation.Map);
            var map = Path.Combine("maps",
                string.Create(CultureInfo.InvariantCulture, $"{number:0000}-{Safe(file.Id)}-{method.Word()}.png"));
            AtomicFile.WriteBytes(Path.Combine(options.Out, map), PictureEncoder.Png(painted, score.Spec));
            var grid = Segmentation.Grid(score.Spec.Width, score.Spec.Height, ExplainedPicture.Cells);
            return (new(file.Id, file.Path, StoredFile.Sha256(file.Path).ToString(), method, explanation.Explained,
                explanation.Score, map.Replace('\\', '/'), grid.Mean(explanation.Map),
                explanation.Segments?.Count, explanation.Surrogate, explanation.Layer, explanation.CompletenessError,
                reliability, explanation.Notes, watch.Elapsed.TotalSeconds), explanation.Map,
                PictureEncoder.Jpeg(painted, score.Spec));
        }

        private GradientExplainer Gradients(ExplanationMethod method, ExplainOptions how, ImageSpec spec)
        {
            if (!_gradients.TryGetValue(method, out var made))
                _gradients[method] = made = new(model.Answer(target), spec, how, budget);
            return made;
        }

        private static string Safe(string id) =>
            string.Concat(Path.GetFileNameWithoutExtension(id).Select(
                c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_').Take(40));

        public void Dispose()
        {
            foreach (var made in _gradients.Values)
                made.Dispose();
        }
    }
}
