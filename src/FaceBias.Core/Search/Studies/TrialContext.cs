using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Core.Search.Studies;

/// <summary>What a trial in progress needs and may say.</summary>
internal sealed class TrialContext
{
    private readonly List<StepReport> _reports = [];
    private readonly Func<IReadOnlyList<StepReport>, bool> _prune;

    internal TrialContext(int number, Configuration configuration, Func<IReadOnlyList<StepReport>, bool> prune,
        CancellationToken cancel) =>
        (Number, Configuration, _prune, Cancel) = (number, configuration, prune, cancel);

    /// <summary>The trial's number.</summary>
    public int Number { get; }

    public Configuration Configuration { get; }

    /// <summary>When to stop at once.</summary>
    public CancellationToken Cancel { get; }

    public IReadOnlyList<StepReport> Reports => _reports;

    /// <summary>Whether the trial was told to end.</summary>
    public bool IsPruned { get; private set; }

    /// <summary>Reports a metric, smaller being better, after a step from 1; true if the trial should end.</summary>
    /// <param name="last">Whether the trial ends here anyway, so that there is nothing to save.</param>
    public bool Report(int step, double loss, bool last = false)
    {
        _reports.Add(new(step, loss));
        return IsPruned = _prune(_reports) && !last;
    }
}
