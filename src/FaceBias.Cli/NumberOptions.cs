using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace FaceBias.Cli;

/// <summary>
/// How options of all commands read numbers: with a decimal point and nothing between thousands. The parser's own way takes 0,5 for 5.
/// </summary>
internal static class NumberOptions
{
    /// <summary>Sets the parser of every numeric option of a command and of those below it.</summary>
    public static void Guard(Command command)
    {
        foreach (var option in command.Options)
        {
            switch (option)
            {
                case Option<double> o: o.CustomParser ??= r => One(r, double.TryParse, 0.0); break;
                case Option<double?> o: o.CustomParser ??= r => One<double>(r, double.TryParse, 0); break;
                case Option<float> o: o.CustomParser ??= r => One(r, float.TryParse, 0f); break;
                case Option<float?> o: o.CustomParser ??= r => One<float>(r, float.TryParse, 0); break;
                case Option<int> o: o.CustomParser ??= r => One(r, int.TryParse, 0); break;
                case Option<int?> o: o.CustomParser ??= r => One<int>(r, int.TryParse, 0); break;
                case Option<long> o: o.CustomParser ??= r => One(r, long.TryParse, 0L); break;
                case Option<long?> o: o.CustomParser ??= r => One<long>(r, long.TryParse, 0); break;
                default: break;
            }
        }
        foreach (var child in command.Subcommands)
            Guard(child);
    }

    private delegate bool TryParse<T>(string text, NumberStyles styles, IFormatProvider culture, out T value);

    private static T One<T>(ArgumentResult result, TryParse<T> parse, T none)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        var whole = none is int or long;
        if (parse(text, whole ? NumberStyles.AllowLeadingSign : NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            return value;
        var name = (result.Parent as OptionResult)?.Option.Name ?? "An option";
        result.AddError(text.Contains(',', StringComparison.Ordinal) ? $"{name} '{text}' is no number; write it with a decimal point and nothing between thousands, such as 0.5 or 1000."
            : $"{name} '{text}' is no {(whole ? "whole " : "")}number.");
        return none;
    }
}
