using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Search.Results;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Opsets;
using FaceBias.Primitives.Options;
using FaceBias.Workflows.Train;
using FaceBias.Reporting;

namespace FaceBias.Workflows.Sweep;

/// <summary>What a user asks of a sweep.</summary>
public sealed record SweepOptions
{
    /// <summary>Folder of a finished run; its features, splits and labels are used, and its model is what has to be
    /// beaten. Null with <see cref="Prepare"/>.</summary>
    [Option("Folder of a finished 'facebias train' to begin with.", ValueName = "RUN", Group = OptionGroup.Data,
        Common = true, OneOf = true)]
    public string? Run { get; init; }

    /// <summary>A run to begin with where there is none: its images are curated and its features computed; it is not
    /// trained, and the default options are what has to be beaten. Its targets and groups are the sweep's.</summary>
    [Options(When = "Without ‹Run›: ", Key = nameof(TrainRunOptions.Images),
        Only = [nameof(TrainRunOptions.Images), nameof(TrainRunOptions.Labels), nameof(TrainRunOptions.Backbone)])]
    public TrainRunOptions? Prepare { get; init; }

    /// <summary>Folder of the sweep.</summary>
    [Option("Folder of the sweep.", ValueName = "DIR", Group = OptionGroup.Output, Common = true)]
    public required string Out { get; init; }

    /// <summary>What to train; the first is what the objective judges. Null for the run's own targets.</summary>
    [Option("Targets to train, the one that is optimised first; the run's targets by default.", ValueName = "COLUMNS",
        Group = OptionGroup.Data, Common = true)]
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>Attributes whose crossings are the groups; null for the judged target and one further, where they are
    /// categorical.</summary>
    [Option("Attributes whose crossings are the groups: race,gender.", ValueName = "COLUMNS", Group = OptionGroup.Audit,
        Common = true)]
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>What the sweep is after.</summary>
    [Option("What is optimised on the validation images.", ValueName = "worst-group|average|0.5*gap|pareto",
        Group = OptionGroup.Search)]
    public Objective Objective { get; init; } = new(ObjectiveKind.WorstGroup);

    /// <summary>What the winner has to keep to.</summary>
    [Options]
    public SweepConstraints Constraints { get; init; } = new();

    /// <summary>How the page is written; it shows no pictures.</summary>
    [Options(Only = [nameof(PageOptions.Pdf)])]
    public PageOptions Pages { get; init; } = new();

    /// <summary>An older operator set of ONNX in which the winner is written too, as <c>model.opsetN.onnx</c>; null for
    /// none.</summary>
    [Option("Also write the model in an older ONNX operator set, as model.opsetN.onnx.", ValueName = "N",
        Group = OptionGroup.Output)]
    [Range(OpsetConverter.OldestWritten, GraphBuilder.Opset)]
    public int? Opset { get; init; }

    /// <summary>Number of trials.</summary>
    [Option("Number of trials.", Group = OptionGroup.Search, Common = true)]
    [Range(1, 100_000)]
    public int Trials { get; init; } = 60;

    /// <summary>Minutes after which trials are stopped; null for no limit.</summary>
    [Option("Stop after this time; how many trials fit then depends on the machine.", Group = OptionGroup.Search)]
    [Range(0.0, 1e5, MinimumIsExclusive = true)]
    public double? Minutes { get; init; }

    /// <summary>A space in JSON; null for all parameters.</summary>
    [Option("Search space; docs/reference/sweeps.md describes the format.", Name = "space", ValueName = "FILE.json",
        Group = OptionGroup.Search)]
    public string? SpaceFile { get; init; }

    /// <summary>random, grid or tpe.</summary>
    [Option("Sampler of the search.", Group = OptionGroup.Search)]
    [AllowedValues("tpe", "cfo", "nsga2", "random", "grid")]
    public string Sampler { get; init; } = "tpe";

    /// <summary>asha, median or none.</summary>
    [Option("How trials that do badly are stopped early.", Group = OptionGroup.Search)]
    [AllowedValues("asha", "median", "none")]
    public string Pruner { get; init; } = "asha";

    /// <summary>Trials at a time; 0 for one per core, at most <see cref="Lookahead"/>.</summary>
    [Option("Trials at a time, each on one thread; 0 for one per core, at most 4.", Group = OptionGroup.Resources)]
    [Range(0, OptionLimits.Threads)]
    public int Jobs { get; init; }

    /// <summary>Trials that may be under way when one is proposed. Any number of jobs up to it gives the same
    /// trials.</summary>
    public int Lookahead { get; init; } = 4;

    /// <summary>Seed of proposals, weights and intervals.</summary>
    [Option("Seed of proposals, weights and intervals.", Group = OptionGroup.Resources)]
    public ulong Seed { get; init; } = 7;

    /// <summary>Whether the winner is trained again on training and validation images together before it is
    /// tested.</summary>
    [Option("Train the winner again on training and validation images together before it is tested.",
        Group = OptionGroup.Search)]
    public bool Refit { get; init; }

    /// <summary>Other splits of training and validation images on which winner and defaults are trained again, to see
    /// how much of the winner's lead was luck; 0 for none.</summary>
    public int Repeats { get; init; }

    /// <summary>Folds of nested cross-validation, each of which costs as much as the sweep; 0 for none.</summary>
    public int Folds { get; init; }

    /// <summary>Either of the two as a text: <c>repeated:K</c> or <c>nested:K</c>.</summary>
    [Option("repeated:K trains winner and defaults again on K other splits of training and validation images; "
        + "nested:K does the whole search again without each of K folds and measures it there.",
        ValueName = "repeated:K|nested:K", Group = OptionGroup.Search)]
    public string? Validate
    {
        get;
        init
        {
            field = value;
            (Repeats, Folds) = ParseValidation(value);
        }
    }

    /// <summary>Replicates of the audit's bootstrap and permutation tests.</summary>
    public int Replicates { get; init; } = 2000;

    /// <summary>Folder of models and cached features.</summary>
    public string Home { get; init; } = FaceBiasHome.Folder;

    /// <summary>Whether there must be a sweep in <see cref="Out"/> to resume. Without it, too, one is resumed if it is
    /// there, else begun.</summary>
    [Option("Fail if there is no sweep in ‹Out› to resume; one that is there is resumed without this option, too.",
        Group = OptionGroup.Output)]
    public bool Resume { get; init; }

    /// <summary>Jobs that will run.</summary>
    internal int EffectiveJobs => Jobs == 0 ? Math.Clamp(Environment.ProcessorCount, 1, Lookahead) : Jobs;

    /// <summary>Reads <c>repeated:K</c> or <c>nested:K</c>.</summary>
    /// <returns>Repeats and folds; one of them is 0.</returns>
    /// <exception cref="FaceBiasException">It is something else.</exception>
    internal static (int Repeats, int Folds) ParseValidation(string? text) => text is null ? (0, 0)
        : text.Split(':') is [var kind, var count]
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var k) && k >= 2
            && (kind == "repeated" && k <= 1000 || kind == "nested" && k <= 20)
        ? kind == "repeated" ? (k, 0) : (0, k)
        : throw new FaceBiasException(
            "‹Validate› must be repeated:K with K from 2 to 1000 or nested:K with K from 2 to 20, such as "
                + $"repeated:5, not '{text}'.");

    internal void Check()
    {
        if (Run is null == Prepare is null)
            throw new FaceBiasException(
                "A sweep starts either from ‹Run›, a finished run, or from ‹Images› with ‹Labels› and ‹Targets›; give "
                    + "one of the two.");
        OptionSchema.Check(this);
        if (Targets is { Count: 0 } or null)
            return;
        if (Targets.GroupBy(t => t).FirstOrDefault(g => g.Count() > 1) is { } repeated)
            throw new FaceBiasException($"‹Targets› names '{repeated.Key}' twice; name each column once.");
    }
}
