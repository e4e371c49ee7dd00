using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Import;

/// <summary>Turns models of other formats into ONNX backbones with the common interface
/// (<see cref="BackboneMetadata"/>).</summary>
internal static class ModelImporter
{
    /// <summary>Changes whenever an importer writes another graph for the same file, so that stored models are made
    /// anew.</summary>
    public const int Version = 4;

    private const string Picture = "normalised";

    /// <summary>Imports a TensorFlow.js model, a graph model or a Keras layers model, float32 whatever its weights were
    /// stored as: <c>pixels</c> [N, 3, H, W] in, <c>features</c> [N, D] and the named outputs out.</summary>
    /// <exception cref="FaceBiasException">The file is damaged, its parts are missing, it lacks an output, or it uses
    /// an operator that is not known; the message names it.</exception>
    public static ModelProto ImportTfjs(string modelJson, ImportSpec spec) =>
        ImportTensorFlow(modelJson, spec, (emit, sources) =>
    {
        var file = TfjsFile.Read(modelJson);
        return file.Format switch
        {
            "graph-model" => TfjsGraphModel.Emit(file, emit, Picture, spec.Input, sources),
            "layers-model" => TfjsLayersModel.Emit(file, emit, Picture, spec.Input, sources),
            TfjsFaceRecognition.Format => TfjsFaceRecognition.Emit(file, emit, Picture, spec.Input, sources),
            var format =>
                throw new FaceBiasException(
                    $"'{modelJson}' has the format '{format}', which is not known; graph-model and layers-model are.",
                    ErrorKind.Unsupported),
        };
    });

    /// <summary>The same for a TensorFlow Lite model with float32 or float16 weights. Outputs are named by their
    /// tensors, which may be inner ones.</summary>
    /// <exception cref="FaceBiasException">The file is damaged or quantised, lacks a tensor, or uses an operator that
    /// is not known; the message names it.</exception>
    public static ModelProto ImportTflite(string path, ImportSpec spec) =>
        ImportTensorFlow(path, spec, (emit, sources) =>
        TfliteModel.Emit(TfliteFile.Read(path), emit, Picture, spec.Input, sources));

    private static ModelProto ImportTensorFlow(string path, ImportSpec spec,
        Func<ChannelsFirstEmitter, string[], GraphValue[]> write)
    {
        spec.Input.Checked(path);
        var graph = new GraphBuilder(Path.GetFileNameWithoutExtension(path));
        var emit = new ChannelsFirstEmitter(graph);
        string[] features = spec.Features.Length > 0 ? [spec.Features] : [];
        string[] sources = [.. features, .. spec.Outputs.Select(o => o.Source), .. spec.Pooled];
        var values = write(emit, sources);
        string[] names = [.. features.Select(_ => BackboneMetadata.Features), .. spec.Outputs.Select(o => o.Name)];
        for (var i = 0; i < names.Length; i++)
        {
            emit.Where = $"Output '{sources[i]}' of '{Path.GetFileName(path)}'";
            if (values[i].Constant is not null)
                throw emit.Refuse("does not depend on the picture.");
            if (i < features.Length && values[i].Rank != 2)
                values[i] = values[i].Rank == 4 && values[i].Shape is [_, 1, 1, var depth]
                    ? emit.Reshape(values[i], [depth])
                    : throw emit.Refuse(
                        $"has the shape {values[i]}; features need one value of shape [N, D] per picture.");
            if (i < features.Length && spec.Pooled.Count > 0)
                values[i] = emit.Concat(
                    [values[i], .. spec.Pooled.Select((map, k) => Mean(emit, map, values[names.Length + k]))], 1);
            var natural = graph.Add("Identity", [emit.Natural(values[i])], [], output: names[i]);
            graph.Output(natural, DataType.Float,
                [BackboneMetadata.Batch, .. values[i].Shape.Skip(1).Select(d => (object)d)]);
        }
        GraphCleanup.Run(graph);
        PixelInterface.Attach(graph, Picture, spec.Input);
        return graph.Model;
    }

    private static GraphValue Mean(ChannelsFirstEmitter emit, string map, GraphValue value)
    {
        emit.Where = $"The map '{map}'";
        return value.Constant is null && value.Rank == 4
            ? emit.Reduce("Mean", value, [1, 2], keepDims: false)
            : throw emit.Refuse(
                $"has the shape {value}; what is pooled needs 4 dimensions and must depend on the picture.");
    }

    /// <summary>Whether a file is an ONNX model by its name and mark, and not a TensorFlow Lite or TensorFlow.js
    /// one.</summary>
    public static bool IsOnnx(string path) => !TfliteFile.IsOne(path) && !TfjsFile.IsOne(path);

    /// <summary>The outputs that a TensorFlow Lite or TensorFlow.js model declares.</summary>
    public static IReadOnlyList<string> OutputsOf(string path)
    {
        if (!TfjsFile.IsOne(path))
            return TfliteFile.Read(path) is var lite ? [.. lite.Outputs.Select(o => lite.Tensors[o].Name)] : [];
        var file = TfjsFile.Read(path);
        return file.Format switch
        {
            "graph-model" => TfjsGraphModel.Outputs(file),
            "layers-model" => TfjsLayersModel.Outputs(file),
            _ => [],
        };
    }

    /// <summary>Imports an ONNX or a TensorFlow Lite file, or the model.json of a TensorFlow.js model, whichever it
    /// is.</summary>
    /// <exception cref="FaceBiasException">As of <see cref="ImportOnnx"/>, <see cref="ImportTflite"/> and
    /// <see cref="ImportTfjs"/>.</exception>
    public static ModelProto ImportFile(string path, ImportSpec spec)
    {
        if (IsOnnx(path))
            return ImportOnnx(path, spec);
        if (spec.Pool is not null)
            throw new FaceBiasException(
                $"‹Pool› goes with ONNX files; of '{path}' choose a value [N, D] with ‹Features›.");
        return TfjsFile.IsOne(path) ? ImportTfjs(path, spec) : ImportTflite(path, spec);
    }

    /// <summary>Gives an ONNX model the common interface. Its batch dimension becomes open where three pictures in one
    /// run give what each gives alone; where not, the batch stays what the file declares, or 1. It is converted to
    /// <see cref="GraphBuilder.Opset"/>, and what became of that stands in its metadata. The model is run to prove that
    /// its features are finite and [N, D]; maps [N, D, 1, 1] are flattened; of larger ones and of tokens [N, T, D]
    /// <see cref="ImportSpec.Pool"/> makes rows. float16 weights become float32; a picture as bytes, in grey or without
    /// a batch is made from the common one.
    /// Without a feature output in the specification (a detector) only the named outputs are kept.</summary>
    /// <exception cref="FaceBiasException">The file is no ONNX model, or cannot be run as a backbone.</exception>
    public static ModelProto ImportOnnx(string path, ImportSpec spec)
    {
        spec.Input.Checked(path);
        return NativeOnnx.Import(path, spec);
    }
}
