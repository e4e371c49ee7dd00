using FaceBias.Core.Auditing;
using MathNet.Numerics.Distributions;

namespace FaceBias.Core.Mitigation.Running;

/// <summary>Student's paired t test and interval of a mean difference.</summary>
/// <param name="Mean">Mean difference.</param>
/// <param name="Low">Lower end of the 95% interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="P">Two-sided.</param>
internal readonly record struct PairedTest(double Mean, double Low, double High, double P)
{
    /// <summary>The test of differences, at least two.</summary>
    public static PairedTest Of(double[] differences)
    {
        var moments = Moments.Of(differences);
        var error = Math.Sqrt(moments.Variance / moments.Count);
        if (error == 0)
            return new(moments.Mean, moments.Mean, moments.Mean, moments.Mean == 0 ? 1 : 0);
        var t = StudentT.InvCDF(0, 1, moments.Count - 1, 0.975);
        return new(moments.Mean, moments.Mean - t * error, moments.Mean + t * error,
            2 * StudentT.CDF(0, 1, moments.Count - 1, -Math.Abs(moments.Mean) / error));
    }
}
