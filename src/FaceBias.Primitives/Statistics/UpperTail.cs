using MathNet.Numerics;

namespace FaceBias.Primitives.Statistics;

/// <summary>Probabilities of a statistic at least as large as one. They are computed as such: one minus the
/// distribution function knows nothing below 1e-16.</summary>
internal static class UpperTail
{
    /// <summary>Of the chi-square distribution: the regularised upper incomplete gamma function Q(degrees / 2, x /
    /// 2).</summary>
    public static double ChiSquare(double degrees, double x) =>
        x <= 0 ? 1 : double.IsPositiveInfinity(x) ? 0 : SpecialFunctions.GammaUpperRegularized(degrees / 2, x / 2);

    /// <summary>Of the F distribution: the regularised incomplete beta function I(d2 / 2, d1 / 2) at d2 / (d2 + d1
    /// x).</summary>
    public static double F(double d1, double d2, double x) =>
        x <= 0 ? 1 : double.IsPositiveInfinity(x) ? 0
            : SpecialFunctions.BetaRegularized(d2 / 2, d1 / 2, d2 / (d2 + (d1 * x)));
}
