using FaceBias.Core.Search.Results;
using FaceBias.Workflows.Audit;
using FaceBias.Workflows.Bounty;
using FaceBias.Workflows.Check;
using FaceBias.Workflows.Compare;
using FaceBias.Workflows.Curate;
using FaceBias.Workflows.Errors;
using FaceBias.Workflows.Explain;
using FaceBias.Workflows.Features;
using FaceBias.Workflows.Init;
using FaceBias.Workflows.Mitigate;
using FaceBias.Workflows.Plans;
using FaceBias.Workflows.Predict;
using FaceBias.Workflows.Quickstart;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Sweep;
using FaceBias.Workflows.Train;
using FaceBias.Workflows.Uncertainty;

namespace FaceBias.Workflows;

/// <summary>The jobs of the command line for programs, each from a record of options to files in a folder. What is done
/// already is not done again; a job that is cancelled resumes with the same call. Where nothing else is said, a job
/// returns the lines that the command prints, and throws <see cref="FaceBiasException"/> with one sentence for the
/// user.</summary>
public static class Jobs
{
    /// <summary><c>facebias train</c>: images and labels become a model, its predictions, an audit and a
    /// report.</summary>
    public static TrainRunResult Train(TrainRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => TrainRun.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias train --check</c>: looks at images and labels without training on them.</summary>
    public static IReadOnlyList<string> CheckInput(TrainRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => TrainRun.Check(options, progress, cancellationToken);

    /// <summary><c>facebias audit</c>: for whom a model fails, from a table of its predictions or by asking
    /// it.</summary>
    public static AuditRunResult Audit(AuditRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => AuditRun.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias curate</c>: copies, label conflicts and pictures that would poison training.</summary>
    public static IReadOnlyList<string> Curate(CurateRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => CurateRun.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias predict</c>: a table of predictions for a folder of images.</summary>
    public static IReadOnlyList<string> Predict(PredictRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => PredictRun.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias features</c>: a backbone's features of images as a matrix.</summary>
    public static IReadOnlyList<string> Features(FeatureRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => FeatureRun.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias explain</c>: heat maps of a model's answers, and how far they can be relied on.</summary>
    public static IReadOnlyList<string> Explain(ExplainRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => ExplainRun.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias errors</c>: where a run's model fails, and which labels are in doubt.</summary>
    public static IReadOnlyList<string> Errors(ErrorRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => ErrorRun.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias uncertainty</c>: the model of a finished run says what it does not know.</summary>
    public static IReadOnlyList<string> Uncertainty(UncertaintyRunOptions options,
        IProgress<StepProgress>? progress = null, CancellationToken cancellationToken = default) =>
        UncertaintyRun.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias mitigate</c>: heads that rely less on a shortcut, by every published method.</summary>
    public static IReadOnlyList<string> Mitigate(MitigationJobOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => MitigationJob.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias mitigate split</c>: a biased training set and balanced validation and test sets.</summary>
    public static IReadOnlyList<string> Split(BiasedSplitOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => BiasedSplit.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias sweep</c>: the best model under a fairness goal.</summary>
    public static SweepReport Sweep(SweepOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => SweepRun.Execute(options, null, progress, cancellationToken);

    /// <summary><c>facebias plan</c>: a heavy step as shards for many workers.</summary>
    /// <typeparam name="T">The options of a step: <c>PredictRunOptions</c>, <c>FeatureRunOptions</c>,
    /// <c>CurateRunOptions</c>, <c>AuditRunOptions</c> or <c>SweepOptions</c>.</typeparam>
    public static IReadOnlyList<string> Plan<T>(PlanRunOptions<T> options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) where T : class =>
        PlanRun.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias run</c>: computes shards of a plan.</summary>
    /// <exception cref="FaceBiasException"><see cref="ErrorKind.Busy"/> where the same again may work.</exception>
    public static IReadOnlyList<string> RunShards(ShardRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => ShardRun.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias merge</c>: joins the shards of a plan.</summary>
    public static IReadOnlyList<string> Merge(ShardMergeOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => ShardMerge.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias bounty8bit</c>: the 8-bit Bias Bounty from its folders to a submission.</summary>
    public static IReadOnlyList<string> Bounty(BountyRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => BountyRun.Execute(options, progress, cancellationToken).Lines;

    /// <summary><c>facebias compare</c>: the audits and costs of runs side by side.</summary>
    /// <param name="folders">Folders with an audit.json; differences are to the first.</param>
    /// <param name="folder">Where comparison.json and comparison.html go; null writes nothing.</param>
    public static IReadOnlyList<string> Compare(IReadOnlyList<string> folders, string? folder = null) =>
        RunComparison.Execute(folders, folder);

    /// <summary><c>facebias check</c>: whether an audit shows what a policy asks for.</summary>
    public static CheckRunResult Check(CheckRunOptions options) => CheckRun.Execute(options);

    /// <summary><c>facebias card</c>: writes the cards of a run.</summary>
    /// <param name="run">The folder of a finished run or audit.</param>
    /// <param name="strict">Whether what only people can write must be there.</param>
    public static IReadOnlyList<string> WriteCard(string run, bool strict = false) =>
        CardRun.Write(new() { Run = run, Strict = strict });

    /// <summary><c>facebias card verify</c>: computes every number of a card again.</summary>
    /// <param name="run">The folder of a run or audit with a card, or the card's folder.</param>
    public static (bool Holds, IReadOnlyList<string> Lines) VerifyCard(string run) =>
        CardRun.Verify(new() { Run = run });

    /// <summary><c>facebias init</c>: the command that fits a folder, a table, or both.</summary>
    public static string Propose(ProposalOptions options) => Proposal.Of(options).Line();

    /// <summary><c>facebias quickstart</c>: the main jobs on drawn faces with a planted bias.</summary>
    public static IReadOnlyList<string> Quickstart(QuickstartOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) => QuickstartRun.Execute(options, progress, cancellationToken);

    /// <summary><c>facebias export mlflow</c>: writes a run into a file store of MLflow.</summary>
    /// <param name="run">The folder of a finished training.</param>
    /// <param name="store">The folder that MLflow calls mlruns; made if need be.</param>
    public static IReadOnlyList<string> ExportToMlflow(string run, string store) => MlflowExport.Write(run, store);
}
