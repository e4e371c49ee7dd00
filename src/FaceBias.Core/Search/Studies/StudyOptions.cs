using FaceBias.Core.Search.Pruners;
using FaceBias.Core.Search.Samplers;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Core.Search.Studies;

/// <summary>How a study searches.</summary>
internal sealed record StudyOptions
{
    public required SearchSpace Space { get; init; }

    public ISampler Sampler { get; init; } = new TpeSampler();

    /// <summary>Ends trials that are behind.</summary>
    public IPruner Pruner { get; init; } = new NoPruner();

    /// <summary>Tried first, in this order.</summary>
    public IReadOnlyList<Configuration> First { get; init; } = [];

    /// <summary>Whether no proposal depends on another trial's result, as where all of them are <see cref="First"/>: a
    /// journal's trials are then found by what was tried, whatever their numbers were.</summary>
    public bool IsIndependent { get; init; }

    /// <summary>Trials in all, those of a resumed journal included.</summary>
    public int Trials { get; init; } = 60;

    /// <summary>No trial begins after this time, and running ones are given up; null for no limit. With a limit the
    /// trials are the same but their number is not.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Seed of the proposals.</summary>
    public ulong Seed { get; init; } = 7;

    /// <summary>Trials at a time.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>Trial n is proposed from trials 0 to n - lookahead alone, so that the same trials come of any number of
    /// jobs up to this, in whatever order they end.</summary>
    public int Lookahead { get; init; } = 1;

    /// <summary>The part of the trials that is measured here; null for all of them.</summary>
    internal StudyShare? Share { get; init; }
}

/// <summary>Trials of a study that are measured here while others measure the rest. What is proposed depends on trials
/// at least the lookahead before alone, which are waited for.</summary>
/// <param name="First">The first one's number.</param>
/// <param name="Wait">Gives a trial of the others when it has ended; null if it was never begun, as the space was
/// used up.</param>
internal sealed record StudyShare(int First, int Count, Func<int, Trial?> Wait)
{
    /// <summary>Whether a trial is measured here.</summary>
    public bool Has(int number) => number >= First && number < First + Count;
}
