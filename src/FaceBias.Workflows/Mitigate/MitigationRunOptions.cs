using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Heads.Methods;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Opsets;
using FaceBias.Primitives.Options;
using FaceBias.Reporting;

namespace FaceBias.Workflows.Mitigate;

/// <summary>What to compare and how.</summary>
public sealed record MitigationRunOptions
{
    /// <summary>The methods by name, or "all".</summary>
    [Option("all, or some of {0}.", Name = "method", ValueName = "NAMES", Group = OptionGroup.Search, Common = true)]
    public IReadOnlyList<string> Methods { get; init; } = ["all"];

    internal IReadOnlyList<MitigationMethod> Compared => MitigationMethods.Find(Methods);

    /// <summary>Folder for everything that is written.</summary>
    [Option("Folder for the table, the heads and the journal.", ValueName = "DIR", Group = OptionGroup.Output,
        Common = true)]
    public required string Out { get; init; }

    /// <summary>Repetitions with other first weights and orders; each chooses its own settings.</summary>
    [Option("Repetitions with different initial weights.", Group = OptionGroup.Search)]
    [Range(1, 100)]
    public int Seeds { get; init; } = 3;

    /// <summary>Settings to try per method and seed.</summary>
    [Option("Configurations to try per method and seed, beginning with the published one.", Group = OptionGroup.Search)]
    [Range(1, 10_000)]
    public int Trials { get; init; } = 10;

    /// <summary>Hyperparameters that are not searched but have this value, in every method that has them.</summary>
    [Option("Hyperparameters that are not searched: hidden=0,rate=0.001.", Name = "set", ValueName = "NAME=VALUE",
        Group = OptionGroup.Search)]
    public IReadOnlyDictionary<string, double> Fixed { get; init; } = new Dictionary<string, double>();

    /// <summary>By what epochs and settings are chosen; null: by the worst group where groups are known, else by the
    /// worst class.</summary>
    [Option("How epochs and configurations are chosen on the validation images: worst (group), balanced (average "
        + "over groups), class "
        + "(worst class, no group labels), environments (worst class where ERM is right or wrong, no group labels).",
        Name = "select", Group = OptionGroup.Search)]
    public SelectionRule? Rule { get; init; }

    /// <summary>Name of the method whose head is exported whatever the paired test against ERM says; null to export the
    /// best on held-out rows if that test shows it to be better than ERM, else ERM.</summary>
    [Option("Exports this method's head. Without it the best on held-out rows is exported if the test rows show it to "
        + "be better than ERM, else ERM.", ValueName = "METHOD", Group = OptionGroup.Output)]
    public string? Export { get; init; }

    /// <summary>Maximum number of epochs.</summary>
    [Option("Maximum number of epochs.", Group = OptionGroup.Training)]
    [Range(1, OptionLimits.Epochs)]
    public int Epochs { get; init; } = 50;

    /// <summary>Epochs without a better score before training ends.</summary>
    [Option("Epochs without a better score before training ends.", Group = OptionGroup.Training)]
    [Range(1, int.MaxValue)]
    public int Patience { get; init; } = 12;

    /// <summary>Rows per step.</summary>
    [Option("Rows per step.", Group = OptionGroup.Training)]
    [Range(1, int.MaxValue)]
    public int BatchSize { get; init; } = 256;

    /// <summary>How the page is written; it shows no pictures.</summary>
    [Options(Only = [nameof(PageOptions.Pdf)])]
    public PageOptions Pages { get; init; } = new();

    /// <summary>An older operator set of ONNX in which the model is written too, as <c>model.opsetN.onnx</c>; null for
    /// none.</summary>
    [Option("Also write the model in an older ONNX operator set, as model.opsetN.onnx.", ValueName = "N",
        Group = OptionGroup.Output)]
    [Range(OpsetConverter.OldestWritten, GraphBuilder.Opset)]
    public int? Opset { get; init; }

    /// <summary>Trials side by side; 0 for one per core.</summary>
    [Option("Trials side by side; 0 for one per core.", Group = OptionGroup.Resources)]
    [Range(0, OptionLimits.Threads)]
    public int Threads { get; init; }

    /// <summary>Refuses what cannot be run with.</summary>
    internal void Check()
    {
        OptionSchema.Check(this);
        var compared = Compared;
        foreach (var name in Fixed.Keys)
            if (!compared.Any(m => m.Space.Any(h => h.Name == name)))
                throw new FaceBiasException(
                    $"No chosen method has a hyperparameter '{name}'; they have "
                        + $"{string.Join(", ", compared.SelectMany(m => m.Space).Select(h => h.Name).Distinct().Order())}.");
        if (Export is not null)
        {
            var exported = compared.FirstOrDefault(m => m.Name == Export) ?? throw new FaceBiasException(
                $"‹Export› '{Export}' is none of the compared methods, which are "
                    + $"{string.Join(", ", compared.Select(m => m.Name))}.");
            if (exported.Groups.HasFlag(GroupUse.Prediction))
                throw new FaceBiasException(
                    $"‹Export› {Export}: {exported.Title} is a rule on ERM's outputs that needs the attribute of "
                        + "everybody it predicts, so there is no head of it to export.");
        }
    }

    /// <summary>The rule of selection for some data.</summary>
    internal SelectionRule RuleFor(HeadData data) =>
        Rule ?? (data.HasGroups ? SelectionRule.WorstGroup : SelectionRule.WorstClass);

    internal static IEnumerable<string> MethodsNames => MitigationMethods.All.Select(m => m.Name);

    internal static IReadOnlyList<string> ParseMethods(IReadOnlyList<string> texts) =>
        [.. MitigationMethods.Find(OptionText.Split(texts)).Select(m => m.Name)];

    internal static IReadOnlyDictionary<string, double> ParseFixed(IReadOnlyList<string> texts)
    {
        var values = new Dictionary<string, double>();
        foreach (var text in OptionText.Split(texts))
        {
            var parts = text.Split('=', 2, StringSplitOptions.TrimEntries);
            values[parts[0]] =
                parts.Length == 2
                    && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && double.IsFinite(value) && value >= 0
                ? value : throw new FaceBiasException(
                    $"‹Fixed› must hold NAME=VALUE pairs such as hidden=0,rate=0.001, not '{text}'.");
        }
        return values;
    }
}
