using Microsoft.ML.Vision;
using static Microsoft.ML.Vision.ImageClassificationTrainer;

namespace FaceBias.MLNet.Vision;

/// <summary>Where the trainer looks for pretrained networks: MLNET under the context's temporary folder.</summary>
internal static class PretrainedNetworks
{
    /// <summary>The file of a network under the folder that the context is given.</summary>
    public static string FileOf(string folder, Architecture architecture) =>
        Path.Combine(folder, "MLNET", Name(architecture));

    /// <summary>Where ML.NET downloads it from.</summary>
    public static string Url(Architecture architecture) => $"https://aka.ms/mlnet-resources/meta/{Name(architecture)}";

    /// <summary>Pixels of a side.</summary>
    public static int Size(Architecture architecture) => architecture == Architecture.MobilenetV2 ? 224 : 299;

    private static string Name(Architecture architecture) => architecture switch
    {
        Architecture.ResnetV2101 => "resnet_v2_101_299.meta",
        Architecture.InceptionV3 => "inception_v3.meta",
        Architecture.MobilenetV2 => "mobilenet_v2.meta",
        Architecture.ResnetV250 => "resnet_v2_50_299.meta",
        _ => throw new FaceBiasException(
            $"There is no architecture '{architecture}'; it can be {string.Join(", ", Enum.GetNames<Architecture>())}."),
    };
}
