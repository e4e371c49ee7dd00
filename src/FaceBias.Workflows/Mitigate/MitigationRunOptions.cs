using FaceBias.Core.Heads.Methods;
using static FaceBias.OptionRule;

namespace FaceBias.Workflows.Mitigate;

/// <summary>What to compare and how.</summary>
public sealed record MitigationRunOptions
{
    /// <summary>The methods.</summary>
    public required IReadOnlyList<MitigationMethod> Methods { get; init; }

    /// <summary>Folder for everything that is written.</summary>
    public required string Out { get; init; }

    /// <summary>Repetitions with other first weights and orders; each chooses its own settings.</summary>
    public int Seeds { get; init; } = 3;

    /// <summary>Settings to try per method and seed.</summary>
    public int Trials { get; init; } = 10;

    /// <summary>Hyperparameters that are not searched but have this value, in every method that has them.</summary>
    public IReadOnlyDictionary<string, double> Fixed { get; init; } = new Dictionary<string, double>();

    /// <summary>By what epochs and settings are chosen; null: by the worst group where groups are known, else by the worst
    /// class.</summary>
    public SelectionRule? Rule { get; init; }

    /// <summary>Name of the method whose head is exported whatever the paired test against ERM says; null to export the best on
    /// held-out rows if that test shows it to be better than ERM, else ERM.</summary>
    public string? Export { get; init; }

    /// <summary>Maximum number of epochs.</summary>
    public int Epochs { get; init; } = 50;

    /// <summary>Epochs without a better score before training ends.</summary>
    public int Patience { get; init; } = 12;

    /// <summary>Rows per step.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>Trials side by side; 0 for one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Refuses what cannot be run with.</summary>
    public void Check()
    {
        Require(Seeds is >= 1 and <= 100, "--seeds must be from 1 to 100", Seeds);
        Require(Trials is >= 1 and <= 10_000, "--trials must be from 1 to 10000", Trials);
        Require(Epochs is >= 1 and <= 100_000, "--epochs must be from 1 to 100000", Epochs);
        Require(Patience >= 1, "--patience must be at least 1", Patience);
        Require(BatchSize >= 1, "--batch-size must be at least 1", BatchSize);
        foreach (var name in Fixed.Keys)
            if (!Methods.Any(m => m.Space.Any(h => h.Name == name)))
                throw new FaceBiasException($"No chosen method has a hyperparameter '{name}'; they have {string.Join(", ", Methods.SelectMany(m => m.Space).Select(h => h.Name).Distinct().Order())}.");
        if (Export is not null)
        {
            var exported = Methods.FirstOrDefault(m => m.Name == Export) ?? throw new FaceBiasException(
                $"--export '{Export}' is none of the compared methods, which are {string.Join(", ", Methods.Select(m => m.Name))}.");
            if (exported.Groups.HasFlag(GroupUse.Prediction))
                throw new FaceBiasException($"--export {Export}: {exported.Title} is a rule on ERM's outputs that needs the attribute of everybody it predicts, so there is no head of it to export.");
        }
        OptionRule.Threads(Threads);
    }

    /// <summary>The rule of selection for some data.</summary>
    internal SelectionRule RuleFor(HeadData data) => Rule ?? (data.HasGroups ? SelectionRule.WorstGroup : SelectionRule.WorstClass);
}
