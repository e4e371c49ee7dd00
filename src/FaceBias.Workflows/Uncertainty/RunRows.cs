using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Ensembles;
using FaceBias.Onnx.Graphs;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Uncertainty;

/// <summary>The images of a finished <c>facebias train</c> as rows to fit wrappers on: features as its model gives
/// them, labels and splits.</summary>
public sealed class RunRows : IDisposable
{
    private readonly NpyMatrix? _matrix;

    private RunRows(FittingRows rows, IReadOnlyList<int> test, IReadOnlyList<string> ids, ModelProto model, string path,
        IReadOnlyList<OutputSpec> targets, NpyMatrix? matrix) =>
        (Rows, Test, Ids, Model, Path, Targets, _matrix) = (rows, test, ids, model, path, targets, matrix);

    /// <summary>What wrappers are fitted on.</summary>
    internal FittingRows Rows { get; }

    /// <summary>The test rows.</summary>
    public IReadOnlyList<int> Test { get; }

    /// <summary>The image of each row, as the manifest names it.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>The run's whole model.</summary>
    internal ModelProto Model { get; }

    /// <summary>Its file.</summary>
    internal string Path { get; }

    /// <summary>What it predicts.</summary>
    internal IReadOnlyList<OutputSpec> Targets { get; }

    /// <summary>The model's heads, to be wrapped.</summary>
    public UncertainModel Wrap() => new(WholeModelHeads.Take(Model, Rows.Width), Targets, Rows);

    /// <summary>Reads a run. Features of a fine-tuned model, whose backbone is no longer that of the run's features,
    /// are computed from the images.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="seed">Seed of random draws.</param>
    /// <param name="threads">Threads; 0 for one per core.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="FaceBiasException">A file is missing or damaged.</exception>
    public static RunRows Read(string folder, ulong seed = 7, int threads = 0, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        Read(folder, null, true, seed, threads, progress, cancellationToken);

    /// <summary>Reads a run, for its own model or one that averages it with others.</summary>
    /// <param name="joined">That model; null for the run's own.</param>
    /// <param name="features">Whether features are needed.</param>
    internal static RunRows Read(string folder, JoinedModels? joined, bool features, ulong seed, int threads,
        IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        using var run = RunFolder.Open(folder);
        var manifest = Manifest.Read(run.Checked(RunFolder.ManifestFile));
        var path = run.Checked(RunFolder.ModelFile);
        var model = joined?.Model ?? OnnxFile.Read(path);
        var targets = ModelMetadata.Read(model, path).Targets;
        int[] images = [.. Enumerable.Range(0, manifest.Count).Where(i => manifest.Splits[i] != Split.None)];
        var rows = new FittingRows
        {
            Features = _ => default,
            Width = joined?.Width ?? 0,
            Train = Of(Split.Train),
            Validation = Of(Split.Validation),
            Targets = [.. targets.Select(t => Labels(manifest, images, t))],
            Groups = [.. manifest.Labels.Where(l => targets.All(t => t.Name != l.Name))
                .Select(l => Target.From(l.Take(images), null))],
            Seed = seed,
            Threads = threads,
            Progress = progress,
            Cancel = cancellationToken,
        };
        string[] ids = [.. images.Select(i => manifest.Files[i].Id)];
        if (!features)
            return new(rows, Of(Split.Test), ids, model, path, targets, null);
        var matrix = File.Exists(run[RunFolder.HeadsFile]) && joined is not { SharesBackbone: false }
            ? NpyMatrix.Open(run.FeatureFiles().Matrix) : null;
        if (matrix is not null)
        {
            var order = TableFile.Read(run.FeatureFiles().Rows).Text("id");
            var at = Enumerable.Range(0, order.Count).ToDictionary(r => order[r]!, r => r, StringComparer.Ordinal);
            var place = Array.ConvertAll(ids, id => at[id]);
            rows = rows with { Features = row => matrix.Row(place[row]), Width = matrix.Columns };
        }
        else
        {
            var (values, width) = Compute(model, path, [.. images.Select(i => manifest.Files[i])], threads, progress,
                cancellationToken);
            rows = rows with { Features = row => values.AsSpan(row * width, width), Width = width };
        }
        var last = Catalogue.BuiltIn.Find(ModelMetadata.Read(model, path).Backbone)?.Features?.LastLayer ?? rows.Width;
        return new(rows with { LastLayer = Math.Min(last, rows.Width) }, Of(Split.Test), ids, model, path, targets,
            matrix);

        int[] Of(Split split) =>
            [.. Enumerable.Range(0, images.Length).Where(r => manifest.Splits[images[r]] == split)];
    }

    /// <summary>Writes the run's whole model with heads that were wrapped: one file from pixels to predictions and all
    /// that wrappers added.</summary>
    /// <param name="model">What <see cref="Wrap"/> gave, with wrappers.</param>
    /// <param name="path">The ONNX file.</param>
    /// <exception cref="FaceBiasException">It cannot be written.</exception>
    public void Write(UncertainModel model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        OnnxFile.Write(WholeModelHeads.Put(Model, model.Heads, Path), path);
    }

    /// <inheritdoc/>
    public void Dispose() => _matrix?.Dispose();

    /// <summary>Labels with the classes of the model's output.</summary>
    private static Target Labels(Manifest manifest, int[] images, OutputSpec output)
    {
        var column = (manifest.Labels.FirstOrDefault(l => l.Name == output.Name)
            ?? throw new FaceBiasException(
                $"The run's manifest has no label '{output.Name}', which its model predicts; run the same 'facebias "
                    + "train' again.")).Take(images);
        if (output is not CategoricalOutput c)
            return Target.From(column, TargetKind.Numeric);
        var target = Target.From(column, TargetKind.Categorical);
        var codes = target.Classes.Select(name => c.Classes.ToList().IndexOf(name)).ToArray();
        return Target.Of(c.Name, c.Classes, Array.ConvertAll(target.Codes, code => code < 0 ? -1 : codes[code]));
    }

    private static (float[] Values, int Width) Compute(
        ModelProto model, string path, IReadOnlyList<ImageFile> files, int threads, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        using var predictor = OnnxPredictor.OfModel(model.Clone(), path,
            new() { Features = true, Uncertainty = false, Novelty = false });
        var output = predictor.Outputs.ToList().FindIndex(o => o.Name == PredictorOutput.Features);
        if (output < 0)
            throw new FaceBiasException(
                $"'{path}' has no features of a backbone, so nothing can be added to its heads; train it with "
                    + "'facebias train'.");
        var width = predictor.Outputs[output].Width;
        var values = new float[(long)files.Count * width];
        var failures = ImagePredictions.Run(predictor, files, (rows, outputs) =>
        {
            for (var i = 0; i < rows.Length; i++)
                outputs[output].AsSpan(i * width, width).CopyTo(values.AsSpan(rows[i] * width));
        }, threads, progress, cancel);
        return failures.Count == 0 ? (values, width) : throw new FaceBiasException(
            $"'{files[failures.Keys.First()].Path}' was readable before and is not now: {failures.Values.First()}; "
                + "restore it and run the same command again.");
    }
}
