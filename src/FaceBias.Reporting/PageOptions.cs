using FaceBias.Core.Explaining.Superpixels;
using FaceBias.Core.Imaging;

namespace FaceBias.Reporting;

/// <summary>How pages are written.</summary>
public sealed record PageOptions
{
    /// <summary>The side of a thumbnail, and of one that is blurred: so few pixels that nobody is recognised, in the
    /// file as on the screen.</summary>
    private const int Side = 112, BlurredSide = 9;

    /// <summary>Whether pages show pictures.</summary>
    [Option("Write pages without pictures of people.", Name = "no-pictures", Group = OptionGroup.Output)]
    public bool Pictures { get; init; } = true;

    /// <summary>Whether pictures are blurred.</summary>
    [Option("Blur the pictures in pages beyond recognition, in the file as on the screen.", Name = "blur-pictures",
        Group = OptionGroup.Output)]
    public bool Blur { get; init; }

    /// <summary>Whether the page is printed as PDF beside it, by a Chromium that is on the machine.</summary>
    [Option("Also print the page as PDF, with an installed Chromium, Chrome or Edge.",
        Group = OptionGroup.Output)]
    public bool Pdf { get; init; }

    /// <summary>A thumbnail of a picture; null without pictures, or where it cannot be decoded.</summary>
    internal byte[]? Thumbnail(string path, int side = Side, int quality = 80) =>
        Pictures ? ThumbnailWriter.Write(path, Blur ? BlurredSide : side, quality).Jpeg : null;

    /// <summary>Planes of a picture as pages show them: themselves, or in squares of their mean.</summary>
    /// <param name="planes">Planes R, G, B.</param>
    internal float[] Shown(float[] planes, ImageSpec spec)
    {
        if (!Blur)
            return planes;
        var (result, area) = (new float[planes.Length], spec.Width * spec.Height);
        var cells = Segmentation.Grid(spec.Width, spec.Height, BlurredSide);
        for (var plane = 0; plane < 3; plane++)
        {
            var means = cells.Mean(planes.AsSpan(plane * area, area).ToArray());
            for (var i = 0; i < area; i++)
                result[plane * area + i] = (float)Math.Round(means[cells.Labels[i]]);
        }
        return result;
    }

    /// <summary>Prints a page that was written, if that was asked for.</summary>
    internal void Print(string page, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        if (!Pdf)
            return;
        progress?.Report(new("printing the PDF", 0, 1, "files"));
        PdfPrinter.Print(page, cancel);
        progress?.Report(new("printing the PDF", 1, 1, "files"));
    }

    /// <summary>Ends where what was asked for cannot be had, before anything is computed.</summary>
    internal void Check()
    {
        if (Pdf && PdfPrinter.Browser is null)
            throw new FaceBiasException(
                "‹Pdf› prints by Chromium, Chrome or Edge, and none was found; install one, set the variable CHROMIUM "
                    + "to its path, or leave ‹Pdf› out.");
    }
}
