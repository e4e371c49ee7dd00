namespace FaceBias.Reporting;

/// <summary>What a training was fed before and after its images were drawn by how rare they are.</summary>
/// <param name="Tenths">The training images in tenths, from those drawn least often.</param>
/// <param name="Before">PNG of the average picture of the images as they are; null where none can be shown.</param>
/// <param name="After">PNG of the average picture as they are drawn.</param>
/// <param name="Averaged">Pictures that each average is made of, at most.</param>
/// <param name="Groups">Groups among the images and among the draws.</param>
internal sealed record ResamplingSummary(IReadOnlyList<DrawnTenth> Tenths, byte[]? Before, byte[]? After, int Averaged,
    IReadOnlyList<DrawnGroup> Groups);

/// <summary>A tenth of the training images.</summary>
/// <param name="Share">Its share of the draws of the last epoch.</param>
/// <param name="Average">PNG of its average picture; null where none can be shown.</param>
internal sealed record DrawnTenth(double Share, byte[]? Average);

/// <summary>A group of the training images.</summary>
internal sealed record DrawnGroup(string Attribute, string Group, int Images, double Before, double After);
