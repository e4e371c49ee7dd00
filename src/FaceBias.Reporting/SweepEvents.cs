using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Reporting;

/// <summary>A TensorBoard run per trial, with its values for the page HParams: <c>tensorboard --logdir
/// DIR/events</c>.</summary>
internal static class SweepEvents
{
    /// <summary>Writes trials anew.</summary>
    public static void Write(string folder, IEnumerable<Trial> trials)
    {
        foreach (var trial in trials)
        {
            var own = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"trial-{trial.Number:0000}"));
            if (Directory.Exists(own))
                foreach (var old in Directory.GetFiles(own, "events.out.tfevents.*"))
                    File.Delete(old);
            using var writer = TensorBoardWriter.Open(own);
            var space = trial.Configuration.Space;
            writer.HyperParameters(space.Parameters.Where(p => trial.Configuration.Has(p.Name)).Select(p =>
                (p.Name, p is ChoiceParameter ? trial.Configuration.Text(p.Name)
                    : (object)trial.Configuration.Number(p.Name))), trial.State != TrialState.Failed);
            foreach (var report in trial.Reports)
                writer.Scalar("objective/loss", report.Loss, report.Step);
            var m = trial.Metrics;
            (string Name, double? Value)[] metrics =
            [
                ("average", m.Average), ("worst", m.Worst), ("gap", m.Gap), ("epochs", m.Epochs),
                ("epoch", trial.Result is null ? null : m.Epoch),
                ("headEpoch", m.HeadEpoch), ("bytes", m.Bytes), ("milliseconds", m.Milliseconds),
                .. m.Groups.Select(g => ("group " + g.Key, (double?)g.Value)),
            ];
            foreach (var (name, value) in metrics)
                if (value is { } known)
                    writer.Scalar("validation/" + name, known, 0);
        }
    }
}
