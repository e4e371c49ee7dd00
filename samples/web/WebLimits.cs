namespace FaceBias.Samples.Web;

/// <summary>What the service accepts; each can be given on the command line or in appsettings.json.</summary>
public sealed record WebLimits
{
    /// <summary>The model.onnx of a run; its MODEL_CARD.md is shown if it lies beside it.</summary>
    public string Model { get; init; } = "";

    /// <summary>Largest upload in bytes.</summary>
    public long MaxUploadBytes { get; init; } = 5_000_000;

    /// <summary>Maximum number of pixels of a picture; a small file can unpack to a huge one.</summary>
    public long MaxPixels { get; init; } = 24_000_000;
}
