using System.CommandLine;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;

namespace FaceBias.Cli.Commands;

/// <summary>The options of every command that reads labels of images.</summary>
internal sealed class LabelArguments
{
    private readonly Option<string[]> _labels;
    private readonly Option<string?> _imageColumn = new("--image-column") { Description = "Column of the labels that names the image.", HelpName = "COLUMN" };
    private readonly Option<string?> _splitColumn = new("--split-column")
    { Description = "Column of the official splits; found by its name and values if not given, 'none' for splits at random.", HelpName = "COLUMN|none" };
    private readonly Option<string[]> _splitValues = new("--split-values")
    { Description = "Which values are which split, where they do not say it: train=0,test=1, several with + between.", HelpName = "SPLIT=VALUE" };
    private readonly Option<string[]> _multiLabel = new("--multi-label")
    { Description = "Columns with several labels in a cell, and their separator: tags or tags=|. Each label becomes a target yes/no.", HelpName = "COLUMN" };
    private readonly Option<string[]> _categorical = new("--categorical") { Description = "Columns of the labels whose numbers are codes of classes.", HelpName = "COLUMNS" };
    private readonly Option<string[]> _numeric = new("--numeric") { Description = "Columns of the labels that are quantities, even if they look like codes.", HelpName = "COLUMNS" };

    private readonly ReadingArguments _reading = new();

    /// <summary>Makes the options.</summary>
    /// <param name="required">Whether the command needs labels.</param>
    /// <param name="when">When they matter: "With --model: ".</param>
    /// <param name="kinds">Whether the command has no options of its own that say how tables are read and what columns hold.</param>
    public LabelArguments(bool required, string when = "", bool kinds = true)
    {
        _labels = new("--labels")
        {
            Description = $"{when}utkface (from the file names), folder (a folder per class), or tables with a row per image; train=FILE test=FILE says their splits.",
            Required = required,
            AllowMultipleArgumentsPerToken = true,
            HelpName = "utkface|folder|FILE",
        };
        All = [_labels, _imageColumn, _splitColumn, _splitValues, _multiLabel, .. kinds ? (Option[])[_categorical, _numeric, .. _reading.All] : []];
    }

    private Option[] All { get; }

    public void AddTo(Command command)
    {
        foreach (var option in All)
            command.Options.Add(option);
    }

    /// <summary>The names of those that were given.</summary>
    public IEnumerable<string> Given(ParseResult parsed) => All.Where(o => parsed.GetResult(o) is { Implicit: false }).Select(o => o.Name);

    /// <summary>What was given, or null if there are no labels.</summary>
    public LabelOptions? Read(ParseResult parsed)
    {
        if (parsed.GetResult(_labels) is null)
        {
            return Given(parsed).FirstOrDefault() is { } other
                ? throw new FaceBiasException($"{other} is about labels; give --labels too.") : null;
        }
        return new()
        {
            Sources = parsed.GetValue(_labels) ?? [],
            ImageColumn = parsed.GetValue(_imageColumn),
            SplitColumn = parsed.GetValue(_splitColumn),
            SplitValues = LabelOptions.ParseSplitValues(Lists.Split(parsed.GetValue(_splitValues))),
            // Not at commas, which may be the separator.
            MultiLabel = parsed.GetValue(_multiLabel) ?? [],
            Kinds = All.Contains(_numeric) ? new() { Categorical = Lists.Split(parsed.GetValue(_categorical)), Numeric = Lists.Split(parsed.GetValue(_numeric)) } : new(),
            Reading = All.Contains(_numeric) ? _reading.Read(parsed) : new(),
        };
    }
}
