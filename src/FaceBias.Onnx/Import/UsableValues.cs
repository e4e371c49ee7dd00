using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Import;

/// <summary>A value of a graph, output or inner, that can serve as features.</summary>
/// <param name="Name">Its name, as <c>--features</c> takes it.</param>
/// <param name="Shape">Its shape for N pictures: "[N, 512]".</param>
/// <param name="Pool">What makes rows of it: "tokens: --pool token or --pool mean"; null where it is rows.</param>
internal sealed record UsableValue(string Name, string Shape, string? Pool);

/// <summary>Finds what can serve as features by running a graph: numbers, one row or map per picture, which differ from
/// picture to picture.</summary>
internal static class UsableValues
{
    /// <summary>Nodes looked at, from the outputs back.</summary>
    private const int Farthest = 80;

    /// <summary>Lists them, those nearest to the outputs first; empty where the graph does not run.</summary>
    /// <param name="spec">How pictures go in; its features do not matter.</param>
    /// <param name="fewestColumns">Rows of fewer numbers do not count.</param>
    /// <exception cref="FaceBiasException">The file is no model that takes a picture.</exception>
    public static IReadOnlyList<UsableValue> Find(string path, ImportSpec spec, int fewestColumns = 2)
    {
        if (!ModelImporter.IsOnnx(path))
            return OfTensorFlow(path, spec, fewestColumns);
        var source = NativeSource.Read(path, spec.Constants);
        source.Model.Graph.RemoveUnusedNodes();
        string[] names =
            [.. source.Model.Graph.Node.Reverse().Where(n => n.Domain is "" or "ai.onnx").SelectMany(n => n.Output)
                .Where(o => o.Length > 0).Distinct().Take(Farthest)];
        try
        {
            var (model, input) = NativeOnnx.Attach(source, path,
                spec with { Features = "", Outputs = [.. names.Select((n, i) => new NamedOutput(n, $"usable/{i}"))] });
            if (input.Batch is null or > 1)
                model.Graph.Input[0].Type.TensorType.Shape.Dim[0] =
                    new TensorShapeProto.Types.Dimension { DimValue = input.Batch ?? 1 };
            using (var types = OnnxProbe.Load(model, spec.Input, path))
            {
                var kept = model.Graph.Output.Where(o => types.TypeOf(o.Name) == DataType.Float).ToList();
                model.Graph.Output.Clear();
                model.Graph.Output.AddRange(kept);
            }
            if (model.Graph.Output.Count == 0)
                return [];
            using var probe = OnnxProbe.Load(model, spec.Input, path);
            var (one, other) = (probe.Run(0), probe.Run(1));
            return [.. Enumerable.Range(0, one.Length).Where(i => Serves(one[i], other[i], fewestColumns))
                .Select(i => new UsableValue(
                names[int.Parse(model.Graph.Output[i].Name.AsSpan("usable/".Length), null)],
                $"[{string.Join(", ", one[i].Shape.Skip(1).Select(d => $"{d}").Prepend("N"))}]",
                Pooled.Choices(one[i].Shape)))];
        }
        catch (Exception e) when (e is OnnxRuntimeException or FaceBiasException)
        {
            return [];
        }
    }

    /// <summary>The value of a number of columns that is nearest to the outputs; null where there is none.</summary>
    /// <param name="columns">Numbers per picture.</param>
    /// <exception cref="FaceBiasException">An output of the graph has as many columns and does not serve, so that an
    /// inner value would be taken for the model's answer.</exception>
    public static UsableValue? Choose(IReadOnlyList<UsableValue> usable, string path, int columns)
    {
        var found = usable.FirstOrDefault(u => u.Shape == $"[N, {columns}]");
        if (!ModelImporter.IsOnnx(path))
            return found;
        var outputs = OnnxFile.Read(path).Graph.Output;
        var useless = outputs.Any(o => o.Name == found?.Name) ? null : outputs.FirstOrDefault(
            o => o.Type?.TensorType is { ElemType: (int)DataType.Float, Shape.Dim: [_, { DimValue: var width }] }
                && width == columns && usable.All(u => u.Name != o.Name));
        return useless is null ? found : throw new FaceBiasException(
            $"The output '{useless.Name}' of '{path}' is the same for two different pictures, or no finite number, so "
                + "it does not answer about pictures; check the model, and how pictures are prepared for it.");
    }

    /// <summary>Of a TensorFlow Lite or TensorFlow.js model the outputs that it declares.</summary>
    private static List<UsableValue> OfTensorFlow(string path, ImportSpec spec, int fewestColumns)
    {
        var usable = new List<UsableValue>();
        foreach (var output in ModelImporter.OutputsOf(path))
        {
            try
            {
                var model = ModelImporter.ImportFile(path,
                    spec with { Features = "", Outputs = [new(output, "usable")] });
                using var probe = OnnxProbe.Load(model, spec.Input, path);
                if (Serves(probe.Run(0)[0], probe.Run(1)[0], fewestColumns))
                    usable.Add(new UsableValue(output,
                        $"[{string.Join(", ", probe.Run(0)[0].Shape.Skip(1).Select(d => $"{d}").Prepend("N"))}]", null));
            }
            catch (Exception e) when (e is OnnxRuntimeException or FaceBiasException)
            {
                // Another output may do.
            }
        }
        return usable;
    }

    private static bool Serves((long[] Shape, float[] Values) one, (long[] Shape, float[] Values) other,
        int fewestColumns) =>
        (one.Shape is [1, var columns] && columns >= fewestColumns
            || one.Shape is [1, _, > 1] or [1, _, _, _] && one.Values.Length > 1)
            && one.Shape.AsSpan().SequenceEqual(other.Shape)
        && one.Values.All(float.IsFinite) && !one.Values.AsSpan().SequenceEqual(other.Values);
}
