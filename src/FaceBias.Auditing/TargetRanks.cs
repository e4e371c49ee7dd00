namespace FaceBias.Auditing;

/// <summary>Everything of a target that has to be sorted, sorted once: the rows by each of the values that its metrics
/// are made of.</summary>
internal sealed class TargetRanks
{
    public TargetRanks(TargetData target, int rowCount, int[]? clusters = null)
    {
        Clusters = clusters;
        Target = target;
        Scored = new int[Enumerable.Range(0, rowCount).Count(r => target.HasTruth(r) && target.HasPrediction(r))];
        for (int row = 0, i = 0; row < rowCount; row++)
        {
            if (target.HasTruth(row) && target.HasPrediction(row))
                Scored[i++] = row;
        }
        if (target.Kind == TargetKind.Numeric)
        {
            double Error(int row) => target.PredictedValue[row] - target.TruthValue[row];
            Parallel.Invoke(
                () => AbsoluteError = RankedRows.Of(Scored, r => Math.Abs(Error(r))),
                () => SignedError = RankedRows.Of(Scored, Error),
                () => Truth = RankedRows.Of(Scored, r => target.TruthValue[r], Error));
        }
        else if ((target.Scores ?? (target.NoTruth ? target.Probabilities : null)) is { } scores)
        {
            int[] ranked = [.. Scored.Where(r => !double.IsNaN(scores[0][r]))];
            Classes = [.. scores.Select(
                (s, k) => new CrossRanks(RankedRows.Of(ranked, r => s[r]), rowCount, r => target.Truth[r] == k))];
        }
        else if (target.Probabilities is { } p)
        {
            var rows = Array.Exists(Scored, r => double.IsNaN(p[0][r]))
                ? Array.FindAll(Scored, r => !double.IsNaN(p[0][r])) : Scored;
            double Own(int row) => p[target.Predicted[row]][row];
            double Right(int row) => target.Predicted[row] == target.Truth[row] ? 1 : 0;
            var classes = new CrossRanks[target.Detailed ? p.Length : 0];
            // Each needs room for its keys while it sorts; no more of them at a time than there are cores.
            Parallel.Invoke(new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            [
                // ML.NET clips at 1e-15 too, so that one impossible answer does not make the loss infinite.
                () => Loss = RankedRows.Of(rows, r => -Math.Log(Math.Max(p[target.Truth[r]][r], 1e-15))),
                () => Squares = RankedRows.Of(rows, r => SquaredDistance(p, target.Truth[r], r)),
                () => Confidence = RankedRows.Of(rows, Own, Right),
                () => Overconfidence = RankedRows.Of(rows, r => Own(r) - Right(r)),
                .. Enumerable.Range(0, classes.Length).Select(k => (Action)(() => classes[k] = new(
                    RankedRows.Of(rows, r => p[k][r]), rowCount, r => target.Truth[r] == k)))]);
            Classes = classes;
        }
    }

    public TargetData Target { get; }

    /// <summary>The cluster of each row; null where every row stands for itself.</summary>
    public int[]? Clusters { get; }

    /// <summary>The weight of each row; null where all count alike.</summary>
    public double[]? Weights { get; init; }

    /// <summary>The rows with a truth and a prediction.</summary>
    public int[] Scored { get; }

    /// <summary>By the size of a number's error.</summary>
    public RankedRows? AbsoluteError { get; private set; }

    /// <summary>By prediction minus truth.</summary>
    public RankedRows? SignedError { get; private set; }

    /// <summary>By the true number, then by its error.</summary>
    public RankedRows? Truth { get; private set; }

    /// <summary>By -ln of the true label's probability.</summary>
    public RankedRows? Loss { get; private set; }

    /// <summary>By the squared distance between probabilities and truth.</summary>
    public RankedRows? Squares { get; private set; }

    /// <summary>By the probability of the predicted label, wrong answers before right ones.</summary>
    public RankedRows? Confidence { get; private set; }

    /// <summary>By the probability of the predicted label minus whether it is right.</summary>
    public RankedRows? Overconfidence { get; private set; }

    /// <summary>By the probability of each class.</summary>
    public IReadOnlyList<CrossRanks> Classes { get; } = [];

    private static double SquaredDistance(double[][] p, int truth, int row)
    {
        double sum = 0;
        for (var k = 0; k < p.Length; k++)
            sum += (p[k][row] - (k == truth ? 1 : 0)) * (p[k][row] - (k == truth ? 1 : 0));
        return sum;
    }
}
