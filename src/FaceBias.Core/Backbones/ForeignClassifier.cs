using System.Text.Json;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Core.Backbones;

/// <summary>
/// Anybody's classifier as an ONNX file: its input made the common one, and the value found that holds one score per
/// class. The names of the classes are given, or stand in the file.
/// </summary>
/// <param name="Model">The model: <c>pixels</c> in, <see cref="Scores"/> out, and <c>features</c> where it has
/// some.</param>
/// <param name="Classes">The classes, in the order of the scores.</param>
/// <param name="FeatureCount">Features per picture, or 0.</param>
/// <param name="ToProbabilities">Makes probabilities of the scores [N, classes], or of the only score [N, 1].</param>
internal sealed record ForeignClassifier(
    ModelProto Model, PixelInput Input, IReadOnlyList<string> Classes, int FeatureCount,
    Func<float[], float[]> ToProbabilities, IReadOnlyList<string> Notes)
{
    /// <summary>The output that holds the scores.</summary>
    public const string Scores = "scores";

    private const double SumTolerance = 1e-3;

    /// <param name="overrides">What the user says about its input; <see cref="ImportOverrides.Features"/> names the value of
    /// the scores.</param>
    /// <param name="classes">The names of the classes; null where the file should say.</param>
    /// <exception cref="FaceBiasException">It takes no picture, says no classes, or has no value of as many
    /// scores.</exception>
    public static ForeignClassifier Open(string path, ImportOverrides overrides, IReadOnlyList<string>? classes)
    {
        var basis = ImportProposal.For(path, overrides with { Features = "" });
        var notes = basis.Reasons.ToList();
        if (classes is null)
        {
            classes = ClassesOf(path) ?? throw new FaceBiasException(
                $"'{path}' does not name its classes; give them in the order of its scores, ‹Classes› "
                    + $"TARGET=A,B,...{Counts(path, basis.Spec)}.");
            notes.Add($"classes {string.Join(", ", classes.Take(10))}{(classes.Count > 10 ? ", ..." : "")}: named by the file");
        }
        if (classes.Count < 2 || classes.Any(string.IsNullOrWhiteSpace)
            || classes.Distinct(StringComparer.Ordinal).Count() < classes.Count)
            throw new FaceBiasException(
                $"The classes '{string.Join(",", classes)}' of '{path}' must be two or more names, all different.");
        var (scores, width) = overrides.Features is { } given ? (given, 0) : Find(path, basis.Spec, classes.Count);
        var spec = basis.Spec with { Features = FeaturesOf(path, overrides, scores) ?? "",
            Outputs = [new(scores, Scores)] };
        var model = Import(path, ref spec);
        var output = model.Graph.Output.First(o => o.Name == Scores).Type.TensorType.Shape.Dim;
        width = output.Count == 2 ? (int)output[1].DimValue : 0;
        if (width != classes.Count && !(width == 1 && classes.Count == 2))
            throw new FaceBiasException(
                $"'{scores}' of '{path}' is "
                    + $"[{string.Join(", ", output.Select(d => d.HasDimValue ? $"{d.DimValue}" : "N"))}], which does "
                    + $"not fit {classes.Count} classes; give ‹ModelOutput› or other ‹Classes›.");
        var probabilities = ProbabilitiesOf(model, spec.Input, path, width);
        notes.Add($"scores {scores}: {(width == 1 ? $"the only score, of '{classes[1]}'" : $"{width} of them")}, "
            + $"{probabilities.Words}");
        var features = spec.Features.Length == 0 ? 0
            : (int)model.Graph.Output.First(
                o => o.Name == BackboneMetadata.Features).Type.TensorType.Shape.Dim[1].DimValue;
        return new(model, spec.Input, classes, features, probabilities.Read, notes);
    }

    /// <summary>Features are welcome and not needed.</summary>
    private static ModelProto Import(string path, ref ImportSpec spec)
    {
        try
        {
            return ModelImporter.ImportFile(path, spec);
        }
        catch (FaceBiasException) when (spec.Features.Length > 0)
        {
            spec = spec with { Features = "" };
            return ModelImporter.ImportFile(path, spec);
        }
    }

    private static string? FeaturesOf(string path, ImportOverrides overrides, string scores)
    {
        try
        {
            return ImportProposal.For(path, overrides with { Features = null }).Spec.Features is var found
                && found != scores ? found : null;
        }
        catch (FaceBiasException)
        {
            return null;
        }
    }

    /// <summary>The value of as many columns as there are classes that is nearest to the outputs; for two classes a
    /// single score will do.</summary>
    private static (string Value, int Width) Find(string path, ImportSpec spec, int classes)
    {
        var usable = UsableValues.Find(path, spec, fewestColumns: 1);
        foreach (var width in classes == 2 ? new[] { 2, 1 } : [classes])
        {
            if (UsableValues.Choose(usable, path, width) is { } found)
                return (found.Name, width);
        }
        var others = string.Join(", ", usable.Where(u => u.Pool is null).Take(5).Select(u => $"'{u.Name}' {u.Shape}"));
        throw new FaceBiasException(
            $"'{path}' has no value of {classes} scores per picture{(others.Length > 0 ? $"; it has {others}" : "")}: "
                + "give the classes in the order of its scores, or ‹ModelOutput›.");
    }

    private static string Counts(string path, ImportSpec spec) =>
        UsableValues.Find(path, spec).FirstOrDefault(u => u.Pool is null) is { } first
        ? $" (its '{first.Name}' is {first.Shape})" : "";

    private static (Func<float[], float[]> Read, string Words) ProbabilitiesOf(ModelProto model, PixelInput input,
        string path, int width)
    {
        var samples = OutputSample.Of(model, input, path, Scores);
        if (width == 1)
        {
            var bounded = model.Graph.Node.First(n => n.Output.Contains(Scores)) is var last
                && Sources(model, last).Any(n => n.OpType is "Sigmoid" or "HardSigmoid" or "Clip");
            return bounded && samples.All(s => s is >= 0 and <= 1)
                ? (v => [.. v.SelectMany(p => new[] { 1 - p, p })], "a probability")
                : (v => [.. v.Select(s => 1 / (1 + MathF.Exp(-s))).SelectMany(p => new[] { 1 - p, p })],
                    "made a probability by the logistic function");
        }
        var isDistribution =
            samples.Chunk(width).All(
                row => row.All(p => p >= 0) && Math.Abs(row.Sum(p => (double)p) - 1) <= SumTolerance);
        return isDistribution ? (v => v, "probabilities as they are")
            : (v => Softmax(v, width), "made probabilities by softmax, since they do not sum to 1");
    }

    /// <summary>The nodes that make a value, over nodes that only pass it on.</summary>
    private static IEnumerable<NodeProto> Sources(ModelProto model, NodeProto node)
    {
        for (NodeProto? at = node; at is not null;
            at = at.OpType is "Identity" or "Cast" or "Reshape" or "Squeeze" or "Unsqueeze" or "Flatten"
            ? model.Graph.Node.FirstOrDefault(n => n.Output.Contains(at.Input[0])) : null)
            yield return at;
    }

    private static float[] Softmax(float[] scores, int width)
    {
        var result = new float[scores.Length];
        for (var row = 0; row < scores.Length; row += width)
            Distributions.Softmax(scores.AsSpan(row, width), result.AsSpan(row, width));
        return result;
    }

    /// <summary>What a file says about its classes: the names that a ZipMap or LabelEncoder gives, metadata, or a
    /// labels.txt beside it, as Custom Vision exports one.</summary>
    private static string[]? ClassesOf(string path)
    {
        if (ModelImporter.IsOnnx(path))
        {
            var model = OnnxFile.Read(path);
            foreach (var attribute in model.Graph.Node.Where(n => n.OpType is "ZipMap" or "LabelEncoder")
                .SelectMany(n => n.Attribute)
                .Where(a => a.Name is "classlabels_strings" or "values_strings" && a.Strings.Count > 1))
                return [.. attribute.Strings.Select(s => s.ToStringUtf8())];
            foreach (var key in new[] { "classes", "labels", "class_names", "names" })
            {
                if (model.Metadata(key) is { } text && Names(text) is { Length: > 1 } names)
                    return names;
            }
        }
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "labels.txt");
        if (!File.Exists(beside) || RegularFile.Length(beside) is 0 or > 1 << 20)
            return null;
        string[] lines = [.. File.ReadAllLines(beside).Select(l => l.Trim()).Where(l => l.Length > 0)];
        return lines.Length > 1 ? lines : null;
    }

    /// <summary>["a","b"], {"0":"a","1":"b"} or {0: 'a', 1: 'b'}, or a,b.</summary>
    private static string[] Names(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text.Replace('\'', '"'));
            return json.RootElement.ValueKind switch
            {
                JsonValueKind.Array => [.. json.RootElement.EnumerateArray().Select(e => e.ToString())],
                JsonValueKind.Object =>
                    [.. json.RootElement.EnumerateObject().OrderBy(
                        p => int.TryParse(p.Name, out var i) ? i : int.MaxValue).Select(p => p.Value.ToString())],
                _ => [],
            };
        }
        catch (JsonException)
        {
            var body = text.Trim().Trim('{', '}', '[', ']');
            return [.. body.Split(',').Select(
                p => p[(p.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim().Trim('\'', '"'))];
        }
    }
}
