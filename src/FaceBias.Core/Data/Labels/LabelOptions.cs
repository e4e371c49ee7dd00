using FaceBias.Core.Data;
using FaceBias.Core.Data.Tables;
using FaceBias.Primitives.Options;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>Where labels come from, and how to read them where their files do not say it.</summary>
public sealed record LabelOptions
{
    /// <summary><c>utkface</c> (file names), <c>folder</c> (a folder per class), <c>webdataset</c> (beside the images
    /// in their tars), or tables: of the same columns for other images, or of other columns for the same.
    /// <c>test=FILE</c> says that the images of a table are for the test.</summary>
    [Option("utkface (from the file names), folder (a folder per class), webdataset (KEY.cls and KEY.json in the "
        + "images' tars), or tables with a row per image; train=FILE test=FILE says their splits.", Name = "labels",
        ValueName = "utkface|folder|webdataset|FILE", Whole = true,
        Common = true, Key = true)]
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>The column that names the image; null finds it.</summary>
    [Option("Column of the labels that names the image.", ValueName = "COLUMN")]
    public string? ImageColumn { get; init; }

    /// <summary>The column of official splits; null finds it, "none" splits at random whatever the tables
    /// say.</summary>
    [Option("Column of the official splits; by default detected by its name and values, 'none' for random splits.",
        ValueName = "COLUMN|none")]
    public string? SplitColumn { get; init; }

    /// <summary>Which values of that column are which split, where their names do not say it.</summary>
    [Option("Which value is which split, where the values do not say: train=0,test=1; several joined by +.",
        ValueName = "SPLIT=VALUE")]
    public IReadOnlyDictionary<string, Split> SplitValues { get; init; } = new Dictionary<string, Split>();

    /// <summary>Columns with several labels in a cell, <c>NAME</c> or <c>NAME=SEPARATOR</c>: each label becomes a
    /// column yes/no.</summary>
    [Option("Columns with several labels in a cell, and their separator: tags or tags=|. Each label becomes a target yes/no.", ValueName = "COLUMN", Whole = true)]
    public IReadOnlyList<string> MultiLabel { get; init; } = [];

    /// <summary>What the user says that columns hold.</summary>
    [Options]
    public ColumnKinds Kinds { get; init; } = new();

    /// <summary>How to read the tables.</summary>
    [Options]
    public TableReading Reading { get; init; } = new();

    /// <summary>Labels from one source, everything else found.</summary>
    public static implicit operator LabelOptions(string source) => new() { Sources = [source] };

    /// <summary>The tables among the sources.</summary>
    internal IEnumerable<string> Files => Sources.Select(s => Parts(s).File).Where(File.Exists);

    /// <summary>The same with tables by their full paths, so that they are found from any folder.</summary>
    internal LabelOptions Rooted() => this with
    {
        Sources = [.. Sources.Select(s => Parts(s) is var (split, file) && Path.Exists(file)
            ? split + Path.GetFullPath(file) : s)],
    };

    /// <summary>A source in two: "test=" or nothing, and the file.</summary>
    private static (string Split, string File) Parts(string source) =>
        source.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && !System.IO.File.Exists(source)
            ? (source[..(at + 1)], source[(at + 1)..]) : ("", source);

    /// <summary>The sources for people.</summary>
    public override string ToString() => string.Join(", ", Sources);

    /// <summary>"test=0" and "test=PublicTest+PrivateTest" as values of splits.</summary>
    /// <exception cref="FaceBiasException">A split is none, or a value stands for two.</exception>
    internal static IReadOnlyDictionary<string, Split> ParseSplitValues(IReadOnlyList<string> given)
    {
        ArgumentNullException.ThrowIfNull(given);
        var values = new Dictionary<string, Split>(StringComparer.OrdinalIgnoreCase);
        foreach (var text in OptionText.Split(given))
        {
            var parts = text.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length < 2 || parts[1].Length == 0 || SplitNames.Parse(parts[0]) is not { } split)
                throw new FaceBiasException(
                    $"‹SplitValues› '{text}' does not say which values are a split; write "
                        + "train=0,validation=1,test=2, several values with + between.");
            foreach (var value in parts[1].Split('+',
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                if (!values.TryAdd(value, split))
                    throw new FaceBiasException($"‹SplitValues› names '{value}' twice; name each value once.");
        }
        return values;
    }
}
