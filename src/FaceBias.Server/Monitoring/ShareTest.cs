using MathNet.Numerics;

namespace FaceBias.Server.Monitoring;

/// <summary>
/// Whether a share has departed from that of a reference sample, asked after every observation. The evidence is an
/// e-process: the likelihood of reference and observations under a share of each own, mixed over Beta(1/2, 1/2), over
/// their largest likelihood under one share (universal inference: Wasserman, Ramdas and Balakrishnan 2020). Where both
/// have one share, whatever it is, it exceeds 1/a at any time with probability at most a (Ville's inequality), however
/// often one looks. It counts the size of the reference too: few reference rows prove little. Assumes that observations
/// are independent of each other.
/// </summary>
/// <param name="ReferenceYes">Rows of the reference that have the property.</param>
internal sealed record ShareTest(long ReferenceYes, long ReferenceRows)
{
    private readonly double _reference = LogMixture(ReferenceYes, ReferenceRows);

    /// <summary>The logarithm of the evidence after some observations; above log(1/a) is an alarm at level a.</summary>
    public double LogEvidence(long yes, long rows) =>
        _reference + LogMixture(yes, rows) - LogLargest(ReferenceYes + yes, ReferenceRows + rows);

    /// <summary>log of the integral of p^yes (1-p)^no over Beta(1/2, 1/2).</summary>
    private static double LogMixture(long yes, long rows) =>
        SpecialFunctions.GammaLn(yes + 0.5) + SpecialFunctions.GammaLn(rows - yes + 0.5)
            - SpecialFunctions.GammaLn(rows + 1) - Math.Log(Math.PI);

    private static double LogLargest(long yes, long rows) => Term(yes, rows) + Term(rows - yes, rows);

    private static double Term(long part, long rows) => part == 0 ? 0 : part * Math.Log((double)part / rows);
}
