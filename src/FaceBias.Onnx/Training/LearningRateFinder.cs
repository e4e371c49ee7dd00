namespace FaceBias.Onnx.Training;

/// <summary>
/// Looks for a good learning rate: trains with rates that grow geometrically until the loss explodes, and proposes
/// where the smoothed loss fell fastest (Smith 2017; smoothing as in fastai).
/// </summary>
internal static class LearningRateFinder
{
    /// <summary>One measurement.</summary>
    public readonly record struct Point(double Rate, double Loss, double Smoothed);

    /// <summary>Runs the test and puts the session's parameters back. The optimizer's state is not put back: use a
    /// session of its own.</summary>
    /// <param name="session">The session.</param>
    /// <param name="nextBatch">Fills the session's inputs.</param>
    /// <param name="lowest">The first rate.</param>
    /// <param name="highest">The last rate.</param>
    /// <param name="steps">How many steps to spread over that range, at least 10.</param>
    /// <returns>The curve and the proposal: the rate of the steepest fall.</returns>
    /// <exception cref="FaceBiasException">The loss fell nowhere.</exception>
    public static (double Rate, IReadOnlyList<Point> Curve) Find(
        TrainingSession session, Action nextBatch, double lowest = 1e-6, double highest = 1, int steps = 100)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(nextBatch);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 10);
        var before = session.GetParameters();
        var curve = new List<Point>();
        var (average, best) = (0.0, double.PositiveInfinity);
        for (var i = 0; i < steps; i++)
        {
            var rate = lowest * Math.Pow(highest / lowest, (double)i / (steps - 1));
            nextBatch();
            var loss = session.Step(rate);
            average = 0.9 * average + 0.1 * loss;
            var smoothed = average / (1 - Math.Pow(0.9, i + 1));
            if (!double.IsFinite(smoothed) || smoothed > 4 * best)
                break;
            best = Math.Min(best, smoothed);
            curve.Add(new Point(rate, loss, smoothed));
        }
        session.SetParameters(before);
        var steepest = Enumerable.Range(1, Math.Max(0, curve.Count - 1))
            .Where(i => curve[i].Smoothed < curve[i - 1].Smoothed)
            .OrderBy(i => curve[i].Smoothed - curve[i - 1].Smoothed).Cast<int?>().FirstOrDefault();
        return steepest is { } at
            ? (curve[at].Rate, curve)
            : throw new FaceBiasException(
                $"The loss fell at no learning rate from {lowest} to {highest}; check labels and inputs, or start lower.");
    }
}
