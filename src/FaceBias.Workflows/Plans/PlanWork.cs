using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Storage;
using FaceBias.Workflows.Steps;

namespace FaceBias.Workflows.Plans;

/// <summary>A plan and its step, opened after a look at whether everything is as it was when the plan was
/// made.</summary>
internal sealed class PlanWork : IDisposable
{
    private PlanWork(ShardPlan plan, ShardedStep step) => (Plan, Step) = (plan, step);

    public ShardPlan Plan { get; }

    public ShardedStep Step { get; }

    /// <exception cref="FaceBiasException">Something was changed, or is not there.</exception>
    public static PlanWork Open(string pathOrUrl, int threads, string home,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var plan = ShardPlan.Open(pathOrUrl, cancel);
        var here = PlanRecord.Here();
        foreach (var (name, version) in plan.Record.Versions)
            if (here.GetValueOrDefault(name) is var own && own != version)
                throw new FaceBiasException(
                    $"The plan at '{pathOrUrl}' was made with {name} {version} and this machine has "
                        + $"{own ?? "none"}, whose last digits may differ; use one version everywhere.",
                    ErrorKind.Permanent);
        foreach (var input in plan.Record.Inputs.Where(i => Path.IsPathFullyQualified(i.Name)))
            Check(input, input.Name);
        var step = PlanSteps.Open(PlanSteps.Options(plan.Record), threads, home, progress, cancel);
        foreach (var (name, path) in step.Inputs.Where(i => i.Name != i.Path))
            if (plan.Record.Inputs.FirstOrDefault(i => i.Name == name) is { } input)
                Check(input, path);
        return new(plan, step);
    }

    private static void Check(PlanInput input, string path)
    {
        if (!File.Exists(path))
            throw new FaceBiasException(
                $"'{input.Name}' was there when the plan was made and is not now; mount its storage or restore it.",
                ErrorKind.Busy);
        if (Sha256.OfFile(path) != input.Sha256)
            throw new FaceBiasException(
                $"'{input.Name}' was changed since the plan was made (SHA-256 {input.Sha256[..12]}... then); restore "
                    + "it, or make the plan again with 'facebias plan'.", ErrorKind.Permanent);
    }

    /// <summary>Refuses a result whose pictures vanished: their storage did, not they.</summary>
    public void CheckStorage(StepPart part)
    {
        if (part.Count > 0 && Enumerable.Range(0, part.Count).All(r =>
            part.ProblemOf(r)?.StartsWith(WebStore.NotAvailable, StringComparison.Ordinal) == true))
            throw new FaceBiasException($"None of the {part.Count:N0} pictures can be fetched; of '{part.Name(0)}' "
                + $"{part.ProblemOf(0)}; look at the network, and run it again.", ErrorKind.Busy);
        if (!Enumerable.Range(0, part.Count).Any(r => part.ProblemOf(r) == Core.Imaging.ImageDecoder.Absent))
            return;
        if (Step.Roots.FirstOrDefault(r => !File.Exists(r)
            && (!Directory.Exists(r) || !Directory.EnumerateFileSystemEntries(r).Any())) is { } gone)
            throw new FaceBiasException(
                $"The pictures in '{gone}' are no longer there; mount their storage, and run it again.",
                ErrorKind.Busy);
    }

    public void Dispose() => Step.Dispose();
}
