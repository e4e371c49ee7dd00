using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Hashing;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Train;

/// <summary>The predictions table of a run: every image that has a split.</summary>
internal static class RunPredictions
{
    /// <summary>From the cached features through the heads.</summary>
    /// <returns><c>id, path, split</c>, for each target its columns and <c>T_true</c>, then further groups.</returns>
    public static Table FromFeatures(RunData data, ModelProto heads, IReadOnlyList<OutputSpec> outputs,
        ImageFeatures features, int threads, CancellationToken cancel)
    {
        var images = Images(data);
        FeatureRow row = i => features[data.Manifest.Sha256[images[i]]];
        var conformal = ConformalModel.Read(heads, outputs, RunFolder.HeadsFile);
        PredictionColumns Run(IReadOnlyList<OutputSpec> specs) =>
            HeadInference.Run(heads, specs, images.Length, features.Count, row, threads, cancel);
        var predicted = Run(outputs);
        var bases = ConformalColumns.Bases(conformal);
        var basis = bases.Count == 0 ? null : Run(bases);
        float[] Values(string name) => Array.FindIndex([.. outputs], o => o.Name == name) is >= 0 and var o
            ? predicted.Values(o).ToArray()
            : basis!.Values(Array.FindIndex([.. bases], b => b.Name == name)).ToArray();
        return ToTable(data, images, [predicted, Run(Uncertainty(heads))],
            groups => conformal is null ? [] : ConformalColumns.Of(conformal, outputs, Values, groups, []));
    }

    /// <summary>From the images through a whole model, for one whose backbone is no longer that of the
    /// features.</summary>
    /// <returns>The same table.</returns>
    public static Table FromImages(
        RunData data, string model, ImageSpec spec, IReadOnlyList<OutputSpec> outputs, string folder, int threads,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var images = Images(data);
        return ToTable(data, images, [WholeModel.Predict(
            model, spec, outputs, [.. images.Select(i => data.Manifest.Files[i].Path)],
            [.. images.Select(i => data.Manifest.Sha256[i])], folder, threads, progress, cancel)], _ => []);
    }

    private static IReadOnlyList<OutputSpec> Uncertainty(ModelProto model) =>
        [.. UncertaintyOutput.Read(model).Select(o => o.Column).OfType<OutputSpec>()];

    private static int[] Images(RunData data) =>
        [.. Enumerable.Range(0, data.Manifest.Count).Where(i => data.Manifest.Splits[i] != Split.None)];

    private static Table ToTable(RunData data, int[] images, PredictionColumns[] columns,
        Func<IReadOnlyList<Column>, IEnumerable<Column>> further)
    {
        var manifest = data.Manifest;
        Column[] known = [.. data.Targets.Select(t => Truth(t, $"{t.Name}_true", images)),
            .. data.Groups.Select(t => Truth(t, t.Name, images))];
        List<Column> all =
        [
            new TextColumn("id", [.. Enumerable.Range(0, images.Length)],
                [.. images.Select(i => manifest.Files[i].Id)]),
            new TextColumn("path", [.. Enumerable.Range(0, images.Length)],
                [.. images.Select(i => manifest.Files[i].Path)]),
            new TextColumn("split", [.. images.Select(i => manifest.Splits[i].ToString().ToLowerInvariant())]),
            .. columns.SelectMany(c => c.ToColumns()),
            .. further(known),
            .. known,
        ];
        // Who is on which picture: the audit takes rows of one person together.
        if (data.Together is { } together && !all.Exists(c => c.Name == together.Name))
            all.Add(together.Take(images));
        return new Table(all);
    }

    /// <summary>Labels as a column for some images.</summary>
    internal static Column Truth(Target target, string name, IReadOnlyList<int> images) =>
        target.Kind == TargetKind.Categorical
        ? new TextColumn(name, [.. images.Select(i => target.Codes[i])], [.. target.Classes])
        : new NumberColumn(name, [.. images.Select(i => target.Values[i])]);
}
