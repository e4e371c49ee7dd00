using FaceBias.Core.Auditing;
using FaceBias.Core.Sweeps.Spaces;
using MathNet.Numerics.Distributions;

namespace FaceBias.Core.Sweeps.Samplers;

/// <summary>
/// A density over a space: a mixture with one kernel per observation and a broad one as prior. A kernel is a product over
/// parameters, so that dependencies between them are kept (multivariate TPE; Falkner et al. 2018): normal, cut to [0, 1], for
/// a number, and a share on the observed choice for a choice. Where an observation has no value for a parameter, its kernel
/// has the prior there: conditional parameters need no space of their own.
/// </summary>
internal sealed class ParzenEstimator
{
    /// <summary>Width of a kernel for one observation, as a share of the range.</summary>
    private const double Magnitude = 0.2;

    private readonly SearchSpace _space;
    private readonly double[][] _centres;
    private readonly double[] _cumulative;
    private readonly double[] _logWeights;
    private readonly double _width;
    private readonly double[][] _logMass;
    private static readonly double PriorLogMass = Math.Log(Normal.CDF(0.5, 1, 1) - Normal.CDF(0.5, 1, 0));

    /// <param name="space">The space.</param>
    /// <param name="positions">Positions of observations, NaN where a parameter had no meaning.</param>
    /// <param name="weights">One weight per observation; the prior weighs 1.</param>
    public ParzenEstimator(SearchSpace space, IReadOnlyList<double[]> positions, IReadOnlyList<double> weights)
    {
        _space = space;
        // The prior is the kernel that has no value for anything.
        _centres = [.. positions, [.. Enumerable.Repeat(double.NaN, space.Count)]];
        var n = positions.Count;
        var total = weights.Sum() + 1;
        _logWeights = [.. weights.Append(1).Select(w => Math.Log(w / total))];
        _cumulative = new double[n + 1];
        for (int i = 0; i <= n; i++)
            _cumulative[i] = (i == 0 ? 0 : _cumulative[i - 1]) + Math.Exp(_logWeights[i]);
        // Scott's rule (1992) in as many dimensions as there are parameters; never so narrow that the search freezes.
        _width = Math.Clamp(Magnitude * Math.Pow(Math.Max(n, 1), -1.0 / (space.Count + 4)), 1.0 / Math.Min(100, n + 1.0) * Magnitude, 1);
        _logMass = [.. _centres.Select(c => Array.ConvertAll(c, x => double.IsNaN(x) ? PriorLogMass
            : Math.Log(Normal.CDF(x, _width, 1) - Normal.CDF(x, _width, 0))))];
    }

    /// <summary>Draws a position for every parameter, from top to bottom so that conditions are known.</summary>
    public Configuration Sample(ref SeededRandom random)
    {
        var pick = random.NextDouble();
        var kernel = Array.FindIndex(_cumulative, c => pick < c);
        var centre = _centres[kernel < 0 ? ^1 : kernel];
        var positions = new double[_space.Count];
        for (var i = 0; i < positions.Length; i++)
        {
            var u = random.NextDouble();
            positions[i] = _space.Parameters[i] is ChoiceParameter c ? SampleChoice(c, centre[i], u) : SampleNumber(centre[i], u);
        }
        return _space.FromPositions(positions);
    }

    /// <summary>Logarithm of the density at a configuration, over the parameters that mean something there.</summary>
    public double LogDensity(Configuration configuration)
    {
        var x = configuration.Positions();
        var terms = new double[_centres.Length];
        for (var k = 0; k < terms.Length; k++)
        {
            terms[k] = _logWeights[k];
            for (var i = 0; i < x.Length; i++)
                if (!double.IsNaN(x[i]))
                    terms[k] += _space.Parameters[i] is ChoiceParameter c
                        ? Math.Log(ChoiceShare(c, _centres[k][i], (int)configuration.Values[i])) : LogNormal(x[i], _centres[k][i]) - _logMass[k][i];
        }
        var top = terms.Max();
        return top + Math.Log(terms.Sum(t => Math.Exp(t - top)));
    }

    private (double Mean, double Deviation) Kernel(double centre) => double.IsNaN(centre) ? (0.5, 1) : (centre, _width);

    private double SampleNumber(double centre, double u)
    {
        var (mean, deviation) = Kernel(centre);
        double low = Normal.CDF(mean, deviation, 0), high = Normal.CDF(mean, deviation, 1);
        return Math.Clamp(Normal.InvCDF(mean, deviation, Math.Clamp(low + u * (high - low), 1e-12, 1 - 1e-12)), 0, 1);
    }

    private double LogNormal(double x, double centre)
    {
        var (mean, deviation) = Kernel(centre);
        var z = (x - mean) / deviation;
        return -0.5 * z * z - Math.Log(deviation * Math.Sqrt(2 * Math.PI));
    }

    private double SampleChoice(ChoiceParameter c, double centre, double u)
    {
        for (var i = 0; i < c.Choices.Count; i++)
            if ((u -= ChoiceShare(c, centre, i)) < 0)
                return c.PositionOf(i);
        return c.PositionOf(c.Choices.Count - 1);
    }

    /// <summary>One vote for what was observed and one vote, shared with all kernels, spread over the choices.</summary>
    private double ChoiceShare(ChoiceParameter c, double centre, int choice)
    {
        if (double.IsNaN(centre))
            return 1.0 / c.Choices.Count;
        var prior = 1.0 / _centres.Length;
        return ((int)c.At(centre) == choice ? 1 + prior : prior) / (1 + prior * c.Choices.Count);
    }
}
