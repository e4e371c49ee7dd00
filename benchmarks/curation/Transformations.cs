using NetVips;

namespace FaceBias.Benchmarks.Curation;

/// <summary>What becomes of pictures on the way through the web: each makes a near copy.</summary>
internal static class Transformations
{
    /// <summary>Every transformation by name; <c>Turned</c> are those that only a search in other orientations can
    /// undo.</summary>
    public static IReadOnlyList<(string Name, bool Turned, Func<Image, byte[]> Make)> All { get; } =
    [
        .. new[] { 95, 75, 50, 30 }.Select(
            q => ($"JPEG {q}", false, (Func<Image, byte[]>)(i => i.JpegsaveBuffer(q: q)))),
        .. new[] { 0.5, 0.75, 1.5, 2 }.Select(
            f => Saved(FormattableString.Invariant($"size x {f}"), false, i => i.Resize(f))),
        .. new[] { 1, 2, 5, 10 }.Select(p => Saved($"crop {p}% of the sides", false, i => Crop(i, p))),
        Saved("brighter by 40", false, i => i + 40),
        Saved("darker by 40", false, i => i - 40),
        Saved("contrast x 1.4", false, i => (i - 128) * 1.4 + 128),
        Saved("contrast x 0.6", false, i => (i - 128) * 0.6 + 128),
        Saved("blur, sigma 1", false, i => i.Gaussblur(1)),
        Saved("blur, sigma 2", false, i => i.Gaussblur(2)),
        Saved("watermark", false, Watermark),
        Saved("grey", false, i => i.Colourspace(Enums.Interpretation.Bw)),
        Saved("turned by 3 degrees", false, i => i.Rotate(3, background: [0, 0, 0])),
        Saved("mirrored", true, i => i.Flip(Enums.Direction.Horizontal)),
        Saved("upside down", true, i => i.Flip(Enums.Direction.Vertical)),
        Saved("turned by 90 degrees", true, i => i.Rot90()),
        Saved("turned by 180 degrees", true, i => i.Rot180()),
        Saved("turned by 270 degrees", true, i => i.Rot270()),
    ];

    private static (string, bool, Func<Image, byte[]>) Saved(string name, bool turned, Func<Image, Image> change) =>
        (name, turned, image =>
    {
        using var changed = change(image);
        using var bytes = changed.Cast(Enums.BandFormat.Uchar);
        return bytes.JpegsaveBuffer(q: 90);
    });

    /// <summary>Cuts a share off width and height, two thirds of it left and above.</summary>
    private static Image Crop(Image image, int percent)
    {
        int width = image.Width * (100 - percent) / 100, height = image.Height * (100 - percent) / 100;
        return image.Crop((image.Width - width) * 2 / 3, (image.Height - height) * 2 / 3, width, height);
    }

    /// <summary>A white band, half transparent, over the lower part, as agencies print their name.</summary>
    private static Image Watermark(Image image)
    {
        int height = image.Height / 10, top = image.Height * 3 / 4;
        using var part = image.Crop(image.Width / 10, top, image.Width * 4 / 5, height);
        using var band = part * 0.5 + 127;
        return image.Insert(band.Cast(Enums.BandFormat.Uchar), image.Width / 10, top);
    }
}
