using System.Numerics.Tensors;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Fine-grained class-conditional distribution balancing: the cells of the confusion matrix of a model that
/// relies on the shortcut stand for the groups; a second training weighs cells so that what the model predicts is
/// distributed alike in every class, as it is over all rows.</summary>
internal sealed class FgCcdb() : MitigationMethod("fg-ccdb", "FG-CCDB",
    "Zhao, Zhang 2026, fine-grained class-conditional distribution balancing",
    deviation: "Written from the published description, without its code: predictions are those of a model that was "
        + "not fitted on the row (two halves in turn), and each stage trains on the rows that the stage before "
        + "predicted right.")
{
    internal override IReadOnlyList<Parameter> Space =>
    [
        .. Common(),
        Log("biased-decay", 0.1, 1e-3, 1),
        Choice("stages", 2, 1, 2, 3),
        Choice("biased-epochs", 10, 5, 10, 20),
    ];

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        var (truth, classes) = (task.Train.Target, task.Data.Outputs);
        var predicted = Predicted(task, settings);
        var weights = Weights(truth, predicted, classes);
        using var net = Erm.Network(task, settings);
        var fit = HeadFit.Run(task, net, Erm.Plan(task, settings, net, weights: weights));
        return Finish(task, net, fit) with
        {
            Notes = new Dictionary<string, double>(
                ClusterNotes.Of(task.Train, [.. truth.Zip(predicted, (y, b) => y * classes + b)]))
            {
                ["off the diagonal"] = truth.Zip(predicted, (y, b) => y == b ? 0 : 1).Sum(),
            },
        };
    }

    /// <summary>The class that the biased model predicts for each training row, by one that was not fitted on
    /// it.</summary>
    private static int[] Predicted(MitigationTask task, Settings settings)
    {
        var (truth, classes) = (task.Train.Target, task.Data.Outputs);
        var half = CrossFit.Halves(truth, classes, task.Seed);
        var biased = new Settings(new Dictionary<string, double>
        { ["rate"] = settings["rate"], ["decay"] = settings["biased-decay"], ["hidden"] = settings["hidden"] });
        int[] predicted = [.. truth];
        for (var stage = 0; stage < settings.Count("stages"); stage++)
        {
            var next = new int[truth.Length];
            for (var side = 0; side < 2; side++)
            {
                int[] rows = [.. AllRows(task).Where(i => half[i] != side && predicted[i] == truth[i])];
                // A stage that predicts a class nowhere leaves nothing to learn the next from.
                if (rows.Select(r => truth[r]).Distinct().Count() < classes)
                    return predicted;
                using var net = Erm.Network(task, biased, rows.Length);
                HeadFit.Run(task, net,
                    Erm.Plan(task, biased, net, rows) with { Epochs = settings.Count("biased-epochs"), KeepBest = false,
                        Stage = "first" });
                var outputs = net.Predict(task.Train);
                for (var i = 0; i < next.Length; i++)
                    if (half[i] == side)
                        next[i] = TensorPrimitives.IndexOfMax(outputs.AsSpan(i * classes, classes));
            }
            predicted = next;
        }
        return predicted;
    }

    /// <summary>P(b) / P(y, b) of a row's class y and prediction b, with mean 1: predictions are then distributed alike
    /// in every class, and classes weigh the same. A cell counts one row more than it has, so that one row does not
    /// stand for many.</summary>
    internal static double[] Weights(int[] truth, int[] predicted, int classes)
    {
        var cells = new double[classes, classes];
        var columns = new double[classes];
        for (var i = 0; i < truth.Length; i++)
        {
            cells[truth[i], predicted[i]]++;
            columns[predicted[i]]++;
        }
        double[] weights = [.. truth.Select((y, i) => columns[predicted[i]] / (cells[y, predicted[i]] + 1))];
        var mean = weights.Average();
        return [.. weights.Select(w => w / mean)];
    }
}
