using System.CommandLine;
using FaceBias.Core.Data.Tables;
using FaceBias.Primitives.Tables;

namespace FaceBias.Cli.Commands;

/// <summary>How to read somebody else's table: the options that every command with one has.</summary>
internal sealed class TableArguments
{
    private readonly ReadingArguments _reading = new();
    private readonly Option<string[]> _categorical = List("--categorical", "Columns whose numbers are codes of classes.");
    private readonly Option<string[]> _numeric = List("--numeric", "Columns of quantities, also where they look like codes.");
    private readonly Option<string[]> _nominal = List("--nominal", "Grouping columns whose numbers are codes without an order.");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_categorical, _numeric, _nominal, .. _reading.All])
            command.Options.Add(option);
    }

    /// <summary>How to read the file.</summary>
    public TableReading Reading(ParseResult parsed) => _reading.Read(parsed);

    /// <summary>What its columns hold.</summary>
    public ColumnKinds Kinds(ParseResult parsed) => new()
    {
        Categorical = Lists.Split(parsed.GetValue(_categorical)), Numeric = Lists.Split(parsed.GetValue(_numeric)), Nominal = Lists.Split(parsed.GetValue(_nominal)),
    };

    private static Option<string[]> List(string name, string description) => new(name) { Description = description, AllowMultipleArgumentsPerToken = true, HelpName = "COLUMN" };
}
