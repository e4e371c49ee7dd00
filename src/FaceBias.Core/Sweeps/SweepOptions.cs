using FaceBias.Core.Sweeps.Heads;

namespace FaceBias.Core.Sweeps;

/// <summary>What a user asks of a sweep.</summary>
public sealed record SweepOptions
{
    /// <summary>Folder of a finished run; its features, splits and labels are used, and its model is what has to be beaten.</summary>
    public required string Run { get; init; }

    /// <summary>Folder of the sweep.</summary>
    public required string Out { get; init; }

    /// <summary>What to train; the first is what the objective judges. Null for the run's own targets.</summary>
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>Attributes whose crossings are the groups; null for the judged target and one further, where they are categorical.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>What the sweep is after.</summary>
    public Objective Objective { get; init; } = new(ObjectiveKind.WorstGroup);

    /// <summary>What the winner has to keep to.</summary>
    public SweepConstraints Constraints { get; init; } = new();

    /// <summary>Trials in all.</summary>
    public int Trials { get; init; } = 60;

    /// <summary>Minutes after which no trial goes on; null for no limit.</summary>
    public double? Minutes { get; init; }

    /// <summary>A space in JSON; null for all parameters.</summary>
    public string? SpaceFile { get; init; }

    /// <summary>random, grid or tpe.</summary>
    public string Sampler { get; init; } = "tpe";

    /// <summary>asha, median or none.</summary>
    public string Pruner { get; init; } = "asha";

    /// <summary>Trials at a time; 0 for one per core, at most <see cref="Lookahead"/>.</summary>
    public int Jobs { get; init; }

    /// <summary>Trials that may be under way when one is proposed. Any number of jobs up to it gives the same trials.</summary>
    public int Lookahead { get; init; } = 4;

    /// <summary>Seed of proposals, weights and intervals.</summary>
    public ulong Seed { get; init; } = 7;

    /// <summary>Whether to go on with the journal in <see cref="Out"/>.</summary>
    public bool Resume { get; init; }

    /// <summary>Jobs that will run.</summary>
    internal int EffectiveJobs => Jobs == 0 ? Math.Clamp(Environment.ProcessorCount, 1, Lookahead) : Jobs;

    internal void Check()
    {
        if (Trials is < 1 or > 100_000)
            throw new FaceBiasException($"--trials must be from 1 to 100000, not {Trials}.");
        if (Minutes is { } minutes && !(minutes is > 0 and < 1e5))
            throw new FaceBiasException(FormattableString.Invariant($"--minutes must be above 0, not {minutes}."));
        if (Jobs is < 0 or > 256)
            throw new FaceBiasException($"--jobs must be from 0 to 256, not {Jobs}.");
        if (Targets is { Count: 0 } or null)
            return;
        if (Targets.GroupBy(t => t).FirstOrDefault(g => g.Count() > 1) is { } repeated)
            throw new FaceBiasException($"--targets names '{repeated.Key}' twice; name each column once.");
    }
}
