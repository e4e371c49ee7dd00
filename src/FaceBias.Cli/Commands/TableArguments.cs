using System.CommandLine;
using FaceBias.Core.Data.Tables;
using FaceBias.Primitives.Tables;

namespace FaceBias.Cli.Commands;

/// <summary>How to read somebody else's table: the options that every command with one has.</summary>
internal sealed class TableArguments
{
    private readonly Option<string[]> _categorical = List("--categorical", "Columns whose numbers are codes of classes.");
    private readonly Option<string[]> _numeric = List("--numeric", "Columns of quantities, also where they look like codes.");
    private readonly Option<string[]> _nominal = List("--nominal", "Grouping columns whose numbers are codes without an order.");
    private readonly Option<string[]> _keepNa = List("--keep-na", "Columns in which NA, None, null and the like are values, not missing; '*' for all.");
    private readonly Option<string?> _separator = new("--separator") { Description = "Separator of a text file; found by default. 'tab' and 'blank' are words for them.", HelpName = "SIGN" };
    private readonly Option<string?> _decimal = new("--decimal") { Description = "Decimal sign of a text file, . or , where it could be either.", HelpName = "SIGN" };
    private readonly Option<string?> _sheet = new("--sheet") { Description = "Sheet of a workbook; the first by default." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _categorical, _numeric, _nominal, _keepNa, _separator, _decimal, _sheet })
            command.Options.Add(option);
    }

    /// <summary>How to read the file.</summary>
    public TableReading Reading(ParseResult parsed) => new()
    {
        KeepNa = Lists.Split(parsed.GetValue(_keepNa)),
        Separator = parsed.GetValue(_separator) switch
        {
            null => null, "tab" or "\\t" => '\t', "blank" or "space" => ' ', [var sign] => sign,
            var text => throw new FaceBiasException($"--separator '{text}' is no single sign; write one such as ';', or tab or blank."),
        },
        Decimal = parsed.GetValue(_decimal) switch
        {
            null => null, "." => '.', "," => ',', var text => throw new FaceBiasException($"--decimal '{text}' is neither . nor ,; choose one of them."),
        },
        Sheet = parsed.GetValue(_sheet),
    };

    /// <summary>What its columns hold.</summary>
    public ColumnKinds Kinds(ParseResult parsed) => new()
    {
        Categorical = Lists.Split(parsed.GetValue(_categorical)), Numeric = Lists.Split(parsed.GetValue(_numeric)), Nominal = Lists.Split(parsed.GetValue(_nominal)),
    };

    private static Option<string[]> List(string name, string description) => new(name) { Description = description, AllowMultipleArgumentsPerToken = true, HelpName = "COLUMN" };
}
