using Microsoft.ML.Transforms.Image;

namespace FaceBias.MLNet;

/// <summary>A picture for a <c>PredictionEngine</c>.</summary>
public sealed class FaceImage
{
    /// <summary>The picture, of any size. ML.NET disposes it when the engine is given the next one, so that a picture
    /// serves for one prediction; whoever made it disposes the last one. Pixels have no EXIF orientation: give them
    /// upright.</summary>
    [AnySizeImage]
    public MLImage? Image { get; set; }
}

/// <summary>Marks an <see cref="MLImage"/> whose size is not known beforehand. ML.NET's own
/// <see cref="ImageTypeAttribute"/> without arguments means the same, but asks for positive sizes when it is
/// used.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class AnySizeImageAttribute : DataViewTypeAttribute
{
    /// <inheritdoc/>
    public override void Register() => DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage), this);

    /// <inheritdoc/>
    public override bool Equals(DataViewTypeAttribute? other) => other is AnySizeImageAttribute;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AnySizeImageAttribute;

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(AnySizeImageAttribute).GetHashCode();
}
