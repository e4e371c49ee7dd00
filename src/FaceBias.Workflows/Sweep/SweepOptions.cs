using System.Globalization;
using FaceBias.Core.Backbones;
using FaceBias.Core.Search.Results;
using FaceBias.Workflows.Train;

namespace FaceBias.Workflows.Sweep;

/// <summary>What a user asks of a sweep.</summary>
public sealed record SweepOptions
{
    /// <summary>Folder of a finished run; its features, splits and labels are used, and its model is what has to be beaten. Null
    /// with <see cref="Prepare"/>.</summary>
    public string? Run { get; init; }

    /// <summary>A run to begin with where there is none: its images are curated and its features computed; it is not trained, and
    /// the default options are what has to be beaten. Its targets and groups are the sweep's.</summary>
    public TrainRunOptions? Prepare { get; init; }

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

    /// <summary>Minutes after which trials are stopped; null for no limit.</summary>
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

    /// <summary>Whether the winner is trained again on training and validation images together before it is tested.</summary>
    public bool Refit { get; init; }

    /// <summary>Other splits of training and validation images on which winner and defaults are trained again, to see how much of
    /// the winner's lead was luck; 0 for none.</summary>
    public int Repeats { get; init; }

    /// <summary>Folds of nested cross-validation, each of which costs as much as the sweep; 0 for none.</summary>
    public int Folds { get; init; }

    /// <summary>Replicates of the audit's bootstrap and permutation tests.</summary>
    public int Replicates { get; init; } = 2000;

    /// <summary>Folder of models and cached features.</summary>
    public string Home { get; init; } = FaceBiasHome.Folder;

    /// <summary>Whether there must be a sweep in <see cref="Out"/> to resume. Without it, too, one is resumed if it is there, else begun.</summary>
    public bool Resume { get; init; }

    /// <summary>Jobs that will run.</summary>
    internal int EffectiveJobs => Jobs == 0 ? Math.Clamp(Environment.ProcessorCount, 1, Lookahead) : Jobs;

    /// <summary>Reads <c>repeated:K</c> or <c>nested:K</c> of <c>--validate</c>.</summary>
    /// <returns>Repeats and folds; one of them is 0.</returns>
    /// <exception cref="FaceBiasException">It is something else.</exception>
    public static (int Repeats, int Folds) ParseValidation(string? text) => text is null ? (0, 0)
        : text.Split(':') is [var kind, var count] && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var k) && k >= 2
            && (kind == "repeated" && k <= 1000 || kind == "nested" && k <= 20)
        ? kind == "repeated" ? (k, 0) : (0, k)
        : throw new FaceBiasException($"--validate must be repeated:K with K from 2 to 1000 or nested:K with K from 2 to 20, such as repeated:5, not '{text}'.");

    internal void Check()
    {
        if (Run is null == Prepare is null)
            throw new FaceBiasException("A sweep starts either from --run, a finished run, or from --images with --labels and --targets; give one of the two.");
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
