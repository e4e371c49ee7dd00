using FaceBias.Core.Imaging;
using Microsoft.ML;
using Microsoft.ML.Transforms;

namespace FaceBias.MLNet.Vision;

/// <summary>A column of paths as a column of PNGs of the network's size, prepared as <c>facebias predict</c> does. The
/// trainer's own decoder reads neither WebP nor AVIF nor EXIF orientation, and gives a picture that it cannot read the
/// scores of the one before.</summary>
internal static class PictureLoading
{
    public const string Path = "FaceBiasPicturePath", Picture = "FaceBiasPicture";

    public sealed class PathRow
    {
        public string FaceBiasPicturePath { get; set; } = "";
    }

    public sealed class PictureRow
    {
        public byte[] FaceBiasPicture { get; set; } = [];
    }

    /// <summary>The transformer for squares of 224 or 299 pixels.</summary>
    public static ITransformer Create(MLContext context, IDataView data, string pathColumn, int size)
    {
        Factory factory = size == 224 ? new Pictures224() : new Pictures299();
        return context.Transforms.CopyColumns(Path, pathColumn)
            .Append(context.Transforms.CustomMapping(factory.GetMapping(), factory.Contract))
            .Fit(data);
    }

    /// <summary>A picture as PNG.</summary>
    /// <exception cref="FaceBiasException">It is missing or cannot be decoded.</exception>
    public static byte[] Png(string path, int size)
    {
        var spec = new ImageSpec(size, size);
        var planes = new float[spec.Length];
        if (s_decoder.Decode(path, spec, planes) is { Ok: false, Problem: var problem })
            throw new FaceBiasException($"'{path}' cannot be used: {problem}.");
        return PictureEncoder.Png(planes, spec);
    }

    private static readonly ImageDecoder s_decoder = new();

    /// <summary>Why a picture cannot be used, or null.</summary>
    public static string? Problem(string path, int size)
    {
        var spec = new ImageSpec(size, size);
        return s_decoder.Decode(path, spec, new float[spec.Length]).Problem;
    }

    // A saved model names its mapping by contract alone: one for each size.
    internal abstract class Factory(int size) : CustomMappingFactory<PathRow, PictureRow>
    {
        public string Contract => $"FaceBias.Pictures{size}";

        public override Action<PathRow, PictureRow> GetMapping() =>
            (from, to) => to.FaceBiasPicture = Png(from.FaceBiasPicturePath, size);
    }

    [CustomMappingFactoryAttribute("FaceBias.Pictures224")]
    internal sealed class Pictures224() : Factory(224);

    [CustomMappingFactoryAttribute("FaceBias.Pictures299")]
    internal sealed class Pictures299() : Factory(299);
}
