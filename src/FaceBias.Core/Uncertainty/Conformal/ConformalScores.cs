namespace FaceBias.Core.Uncertainty.Conformal;

/// <summary>The scores of classes and numbers: the larger, the less a value conforms to what was predicted.</summary>
internal static class ConformalScores
{
    /// <summary>What a score may exceed its cutoff by, for sums of probabilities differ in their last bits between
    /// runtimes.</summary>
    public const double Slack = 1e-6;

    /// <summary>Standard deviations below this share of the mean one are raised to it, so that a row that the model is
    /// wholly sure of gets an interval too.</summary>
    public const double LeastDeviation = 1e-3;

    /// <summary>The score of every class of a row.</summary>
    /// <param name="free">Classes without a penalty.</param>
    /// <param name="scores">Takes one score per class.</param>
    public static void Classes(SetScore score, ReadOnlySpan<float> p, double penalty, int free, Span<double> scores)
    {
        for (var k = 0; k < p.Length; k++)
        {
            if (score == SetScore.Lac)
            {
                scores[k] = 1 - (double)p[k];
                continue;
            }
            // Every class at least as probable counts, so that the order of equal ones does not decide.
            double sum = 0;
            var rank = 0;
            foreach (var other in p)
                (sum, rank) = other >= p[k] ? (sum + other, rank + 1) : (sum, rank);
            scores[k] = sum + (score == SetScore.Raps ? penalty * Math.Max(0, rank - free) : 0);
        }
    }

    /// <summary>The score of a number: how far it lies outside low to high, in units of the scale; negative
    /// inside.</summary>
    public static double Number(double value, double low, double high, double scale) =>
        Math.Max(low - value, value - high) / scale;
}
