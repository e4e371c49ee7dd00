namespace FaceBias.Onnx.Training;

/// <summary>Lowers the learning rate when a metric, lower being better, has not improved for a while
/// (torch.optim.lr_scheduler.ReduceLROnPlateau with its relative threshold). Ask <see cref="Factor"/> after every
/// <see cref="Report"/> and multiply the schedule's rate by it.</summary>
/// <param name="patience">Reports without an improvement that are tolerated.</param>
/// <param name="factor">What the rate is multiplied by then.</param>
/// <param name="threshold">The relative improvement that counts.</param>
internal sealed class Plateau(int patience = 10, double factor = 0.1, double threshold = 1e-4)
{
    /// <summary>The lowest metric so far; +infinity before the first report.</summary>
    public double Best { get; private set; } = double.PositiveInfinity;

    /// <summary>Reports since the last improvement or reduction.</summary>
    public int Waited { get; private set; }

    /// <summary>The product of all reductions so far.</summary>
    public double Factor { get; private set; } = 1;

    /// <summary>Takes a metric and returns whether it improved on the best one.</summary>
    public bool Report(double figure)
    {
        var improved = double.IsPositiveInfinity(Best) ? !double.IsNaN(figure)
            : figure < Best - Math.Abs(Best) * threshold;
        if (improved)
        {
            (Best, Waited) = (figure, 0);
            return true;
        }
        if (++Waited > patience)
        {
            Factor *= factor;
            Waited = 0;
        }
        return false;
    }

    /// <summary>Takes up the state of an earlier run.</summary>
    public void Restore(double best, int waited, double reductions) =>
        (Best, Waited, Factor) = (best, waited, reductions);
}
