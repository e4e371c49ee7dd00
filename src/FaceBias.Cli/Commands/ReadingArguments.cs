using System.CommandLine;
using FaceBias.Core.Data.Tables;

namespace FaceBias.Cli.Commands;

/// <summary>How to read the file of somebody else's table: the options that every command with one has.</summary>
internal sealed class ReadingArguments
{
    private readonly Option<string[]> _keepNa = new("--keep-na")
    { Description = "Columns in which NA, None, null and the like are values, not missing; '*' for all.", AllowMultipleArgumentsPerToken = true, HelpName = "COLUMN" };
    private readonly Option<string?> _separator = new("--separator") { Description = "Separator of a text file; found by default. 'tab' and 'blank' are words for them.", HelpName = "SIGN" };
    private readonly Option<string?> _decimal = new("--decimal") { Description = "Decimal sign of a text file, . or , where it could be either.", HelpName = "SIGN" };
    private readonly Option<string?> _sheet = new("--sheet") { Description = "Sheet of a workbook; the first by default." };

    public ReadingArguments() => All = [_keepNa, _separator, _decimal, _sheet];

    /// <summary>The options, to add to a command.</summary>
    public IReadOnlyList<Option> All { get; }

    /// <summary>How to read the file.</summary>
    public TableReading Read(ParseResult parsed) => new()
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
}
