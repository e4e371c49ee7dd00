using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace FaceBias.MLNet;

/// <summary>FaceBias models and backbones as estimators of ML.NET. Each is a chain of ML.NET's own: LoadImages (where the
/// column holds paths), ResizeImages, ExtractPixels and ApplyOnnxModel, so that a fitted pipeline is saved and loaded
/// as a model zip with the ONNX file inside.</summary>
/// <remarks>ML.NET resizes with SkiaSharp, <c>facebias predict</c> with a filter of its own: on the same pixels the
/// numbers agree to 1e-5, on a picture that has to be resized they differ slightly.</remarks>
public static class FaceBiasCatalog
{
    /// <summary>Column of all outputs one after another, in the order of the model's targets.</summary>
    public const string Outputs = "FaceBiasOutputs";

    private const string Pixels = "pixels", Features = "features";

    /// <summary>Applies a finished FaceBias model: one column per target (<c>gender</c>: probabilities, <c>age</c>: one
    /// number) and <see cref="Outputs"/> with all of them.</summary>
    /// <param name="catalog">The transforms of a context.</param>
    /// <param name="modelFile">The <c>model.onnx</c> of a run.</param>
    /// <param name="imageColumn">A column of <see cref="MLImage"/>, or of paths where <paramref name="imageFolder"/> is
    /// given.</param>
    /// <param name="imageFolder">The folder of relative paths, "" for the current one; null where the column holds
    /// images.</param>
    /// <param name="gpuDeviceId">CUDA device; null for the CPU or what the context says.</param>
    /// <param name="fallbackToCpu">Whether the CPU serves where that device does not.</param>
    /// <exception cref="FaceBiasException">The file is missing or no FaceBias model.</exception>
    public static IEstimator<ITransformer> ApplyFaceBiasModel(
        this TransformsCatalog catalog, string modelFile, string imageColumn = nameof(FaceImage.Image),
        string? imageFolder = null, int? gpuDeviceId = null, bool fallbackToCpu = false)
    {
        var info = FaceBiasModelInfo.Read(modelFile);
        var shapes = info.Targets.ToDictionary(t => t.Name, t => new[] { 1, t.Width });
        shapes.Add(Pixels, [1, 3, info.Input.Height, info.Input.Width]);
        string[] names = [.. info.Targets.Select(t => t.Name)];
        return Prepare(catalog, info.Input, imageColumn, imageFolder)
            .Append(catalog.ApplyOnnxModel(names, [Pixels], modelFile, shapes, gpuDeviceId, fallbackToCpu))
            .Append(catalog.Concatenate(Outputs, names));
    }

    /// <summary>Applies a backbone: pixels to a vector of features, for a trainer of ML.NET to follow.</summary>
    /// <param name="catalog">The transforms of a context.</param>
    /// <param name="outputColumn">Column of the features.</param>
    /// <param name="imageColumn">A column of <see cref="MLImage"/>, or of paths where <paramref name="imageFolder"/> is
    /// given.</param>
    /// <param name="backboneFile">An imported backbone: an ONNX file with the input <c>pixels</c> (float32 [N, 3, H, W],
    /// RGB, 0 to 255) and the output <c>features</c> ([N, D]).</param>
    /// <param name="fit">How pictures of another shape become H x W.</param>
    /// <param name="imageFolder">The folder of relative paths, "" for the current one; null where the column holds
    /// images.</param>
    /// <param name="gpuDeviceId">CUDA device; null for the CPU or what the context says.</param>
    /// <param name="fallbackToCpu">Whether the CPU serves where that device does not.</param>
    /// <exception cref="FaceBiasException">The file is missing or lacks that input or output.</exception>
    public static IEstimator<ITransformer> ApplyBackbone(
        this TransformsCatalog catalog, string outputColumn, string imageColumn, string backboneFile, ImageFit fit = ImageFit.Cover,
        string? imageFolder = null, int? gpuDeviceId = null, bool fallbackToCpu = false)
    {
        var graph = OnnxFile.Read(backboneFile).Graph;
        var input = Dimensions(graph.Input, Pixels, 4, "the input 'pixels' [N, 3, H, W]");
        var output = Dimensions(graph.Output, Features, 2, "the output 'features' [N, D]");
        var shapes = new Dictionary<string, int[]> { [Pixels] = [1, .. input[1..]], [Features] = [1, output[1]] };
        var chain = Prepare(catalog, new ImageSpec(input[3], input[2], fit), imageColumn, imageFolder)
            .Append(catalog.ApplyOnnxModel([Features], [Pixels], backboneFile, shapes, gpuDeviceId, fallbackToCpu));
        return outputColumn == Features ? chain : chain.Append(catalog.CopyColumns(outputColumn, Features));

        int[] Dimensions(IEnumerable<ValueInfoProto> values, string name, int rank, string what)
        {
            var dims = values.FirstOrDefault(v => v.Name == name)?.Type?.TensorType?.Shape?.Dim;
            // The batch may vary; every other dimension must be known.
            if (dims is null || dims.Count != rank || dims.Skip(1).Any(d => d.DimValue <= 0))
                throw new FaceBiasException($"'{backboneFile}' lacks {what}; import it with 'facebias models import' first.");
            return [.. dims.Select(d => (int)d.DimValue)];
        }
    }

    private static EstimatorChain<ImagePixelExtractingTransformer> Prepare(
        TransformsCatalog catalog, ImageSpec input, string imageColumn, string? imageFolder)
    {
        const string loaded = "FaceBiasImage", resized = "FaceBiasResized";
        var kind = input.Fit == ImageFit.Stretch ? ImageResizingEstimator.ResizingKind.Fill : ImageResizingEstimator.ResizingKind.IsoCrop;
        var resize = catalog.ResizeImages(resized, input.Width, input.Height, imageFolder is null ? imageColumn : loaded, kind);
        // Planes of red, green and blue, 0 to 255: what the model's input says.
        var extract = catalog.ExtractPixels(Pixels, resized, orderOfExtraction: ImagePixelExtractingEstimator.ColorsOrder.ARGB);
        return imageFolder is null
            ? resize.Append(extract)
            : catalog.LoadImages(loaded, imageFolder, imageColumn).Append(resize).Append(extract);
    }
}
