namespace FaceBias.Onnx.Import;

/// <summary>Gives an ONNX model the common interface. The graph stays as it is but for its ends, and its batch
/// dimension becomes open where that is proven: three pictures in one run must give what each gives alone.</summary>
internal static class NativeOnnx
{
    public static ModelProto Import(string path, ImportSpec spec)
    {
        var file = NativeSource.Read(path, spec.Constants);
        var (model, input) = Attach(file.Proved(spec.Input, PictureInput.Of(file.Model, path)), path, spec);
        return new NativeBatch(model, spec, path, input.Batch ?? 1, CanOpen: input.Batch is not null).Choose();
    }

    /// <summary>The model with the common input and the outputs asked for, whose types and shapes a run must
    /// tell.</summary>
    internal static (ModelProto Model, PictureInput Input) Attach(RaisedFile file, string path, ImportSpec spec)
    {
        var model = file.Model;
        var input = PictureInput.Of(model, path);
        var graph = model.Graph;
        string[] sources = [.. spec.Features.Length > 0 ? [spec.Features] : Array.Empty<string>(),
            .. spec.Outputs.Select(o => o.Source)];
        foreach (var source in sources.Where(s => !graph.Node.Any(n => n.Output.Contains(s))))
            throw new FaceBiasException(
                $"'{path}' has no value '{source}'; its outputs are "
                    + $"{graph.Output.Select(o => o.Name).Quoted()}.", ErrorKind.Missing);

        var reserved = spec.Outputs.Select(o => o.Name).Append(BackboneMetadata.Features)
            .Append(BackboneMetadata.Pixels).ToHashSet(StringComparer.Ordinal);
        string Own(string name) => reserved.Contains(name) ? $"original/{name}" : name;
        MakeRoom(graph, reserved, Own);
        // Old exporters list the weights among the inputs, where they count as variable: nothing is folded then, and
        // the blocked convolutions do not apply. Since version 4 of the format weights need not be inputs.
        graph.Input.Clear();
        model.IrVersion = Math.Max(model.IrVersion, 4);
        graph.Output.Clear();
        // Shapes noted for inner values hold for the batch size of the export only.
        graph.ValueInfo.Clear();

        var builder = new GraphBuilder(model);
        foreach (var (source, name) in NamesOf(spec))
        {
            builder.Add("Identity", [Own(source)], [], output: name);
            graph.Output.Add(new ValueInfoProto { Name = name });
        }
        PixelInterface.Attach(builder, PictureAdapter.Attach(builder, Own(input.Name), input, spec.Input, path),
            spec.Input);
        if (file.Note is { } note)
            model.SetMetadata(BackboneMetadata.OperatorSet, note);
        return (model, input);
    }

    private static IEnumerable<(string Source, string Name)> NamesOf(ImportSpec spec)
    {
        if (spec.Features.Length > 0)
            yield return (spec.Features, BackboneMetadata.Features);
        foreach (var output in spec.Outputs)
            yield return (output.Source, output.Name);
    }

    /// <summary>Values of the model that have a name of the interface get another.</summary>
    private static void MakeRoom(GraphProto graph, HashSet<string> reserved, Func<string, string> own)
    {
        foreach (var name in reserved)
            PixelInterface.Rename(graph, name, own(name));
        foreach (var constant in graph.Initializer.Where(t => reserved.Contains(t.Name)))
            constant.Name = own(constant.Name);
        foreach (var node in graph.Node.Where(n => reserved.Contains(n.Name)))
            node.Name = own(node.Name);
    }
}
