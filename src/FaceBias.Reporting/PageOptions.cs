namespace FaceBias.Reporting;

/// <summary>How pages are written.</summary>
public sealed record PageOptions
{
    /// <summary>The side of a thumbnail, and of one that is blurred: so few pixels that nobody is recognised, in the
    /// file as on the screen.</summary>
    private const int Side = 112, BlurredSide = 9;

    /// <summary>Whether pages show pictures.</summary>
    [Option("Pages without pictures of people.", Name = "no-pictures", Group = OptionGroup.Audit)]
    public bool Pictures { get; init; } = true;

    /// <summary>Whether pictures are blurred.</summary>
    [Option("Pictures of pages are blurred beyond recognition, in the file as on the screen.", Name = "blur-pictures",
        Group = OptionGroup.Audit)]
    public bool Blur { get; init; }

    /// <summary>Whether the page is printed as PDF beside it, by a Chromium that is on the machine.</summary>
    [Option("Print the page as PDF, too, by a Chromium, Chrome or Edge that is on the machine.",
        Group = OptionGroup.Audit)]
    public bool Pdf { get; init; }

    /// <summary>Pixels of the longer side of a thumbnail; 0 for none.</summary>
    internal int ThumbnailSide => !Pictures ? 0 : Blur ? BlurredSide : Side;

    /// <summary>Ends where what was asked for cannot be had, before anything is computed.</summary>
    internal void Check()
    {
        if (Pdf && PdfPrinter.Browser is null)
            throw new FaceBiasException(
                "‹Pdf› prints by Chromium, Chrome or Edge, and none was found; install one, set the variable CHROMIUM "
                    + "to its path, or leave ‹Pdf› out.");
    }
}
