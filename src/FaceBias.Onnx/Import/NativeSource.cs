using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Import;

/// <summary>Reads an ONNX file of any interface as a graph with one input, float32 inside, in the operator set of the
/// engine.</summary>
internal static class NativeSource
{
    /// <param name="constants">Values of inputs other than the picture: one number for all elements, or one for
    /// each.</param>
    /// <exception cref="FaceBiasException">It is no ONNX model, or cannot be a backbone.</exception>
    public static RaisedFile Read(string path, IReadOnlyDictionary<string, IReadOnlyList<float>> constants)
    {
        var model = OnnxFile.Read(path);
        model.RefuseLoops(path);
        model.RefuseTraining(path);
        foreach (var (name, values) in constants)
            SetInput(model.Graph, name, values, path);
        HalfPrecision.ToFloat(model);
        return RaisedFile.Of(model, path);
    }

    private static void SetInput(GraphProto graph, string name, IReadOnlyList<float> values, string path)
    {
        var input = PictureInput.Inputs(graph).FirstOrDefault(i => i.Name == name)
            ?? throw new FaceBiasException(
                $"'{path}' has no input '{name}' to give a value; its inputs are "
                    + $"{PictureInput.Inputs(graph).Select(i => i.Name).Quoted()}.",
                    ErrorKind.Missing);
        var type = input.Type?.TensorType;
        // An open dimension is the batch, over which one value is spread.
        long[] dims = [.. type?.Shape?.Dim.Select(d => d.HasDimValue ? Math.Max(0, d.DimValue) : 1) ?? []];
        var count = dims.Aggregate(1L, (a, d) => a * d);
        if (values.Count != 1 && values.Count != count)
            throw new FaceBiasException(
                $"The input '{name}' of '{path}' has {count} values, not {values.Count}; give ‹Constants› "
                    + $"{name}=VALUE one number, or one for each.");
        if (count is < 1 or > 1 << 20)
            throw new FaceBiasException(
                $"The input '{name}' of '{path}' has {count} values, which cannot be given by ‹Constants›.");
        float[] all = values.Count == count ? [.. values] : [.. Enumerable.Repeat(values[0], (int)count)];
        graph.Initializer.Add((DataType?)type?.ElemType switch
        {
            DataType.Float or DataType.Float16 or DataType.Double => Tensors.Float(name, all, dims),
            DataType.Int64 or DataType.Int32 => Tensors.Int64(name, [.. all.Select(v => (long)v)], dims),
            DataType.Bool => Tensors.Bool(name, [.. all.Select(v => v != 0)], dims),
            _ => throw new FaceBiasException(
                $"The input '{name}' of '{path}' is no number, which cannot be given by ‹Constants›."),
        });
        var given = graph.Initializer[^1];
        if ((DataType)type.ElemType is DataType.Double or DataType.Int32)
            CastTo(graph, given, (DataType)type.ElemType);
        graph.Input.Remove(input);
    }

    private static void CastTo(GraphProto graph, TensorProto given, DataType type)
    {
        var cast = new NodeProto { OpType = "Cast", Name = $"{given.Name}/cast" };
        cast.Output.Add(given.Name);
        given.Name += "/given";
        cast.Input.Add(given.Name);
        cast.Attribute.Add(GraphBuilder.Attribute("to", (long)type));
        graph.Node.Insert(0, cast);
    }
}
