using System.CommandLine;
using System.CommandLine.Parsing;
using FaceBias.Core.Curation;

namespace FaceBias.Cli.Commands;

/// <summary>The option <c>--near</c>: what becomes of near duplicates, in training as in curation.</summary>
internal static class NearPolicyOption
{
    private static readonly string[] s_values = ["drop-all", "keep-best", "keep-first"];

    public static Option<NearPolicy> Create()
    {
        var option = new Option<NearPolicy>("--near")
        {
            Description = "What becomes of near duplicates: drop-all, keep-best (largest, sharpest) or keep-first.",
            DefaultValueFactory = _ => NearPolicy.DropAll,
            CustomParser = Parse,
            HelpName = string.Join('|', s_values),
        };
        option.CompletionSources.Clear();
        option.CompletionSources.Add(s_values);
        return option;
    }

    private static NearPolicy Parse(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (Enum.TryParse<NearPolicy>(text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var policy) && !char.IsDigit(text[0]))
            return policy;
        argument.AddError($"--near must be drop-all, keep-best or keep-first, not '{text}'.");
        return default;
    }
}
