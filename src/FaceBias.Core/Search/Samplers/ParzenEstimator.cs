using FaceBias.Core.Search.Spaces;
using FaceBias.Primitives.Randomness;
using MathNet.Numerics.Distributions;

namespace FaceBias.Core.Search.Samplers;

/// <summary>A density over a space: a mixture with one kernel per observation and a broad one as prior. A kernel is a
/// product over parameters, so that dependencies between them are kept (multivariate TPE; Falkner et al. 2018): normal,
/// cut to [0, 1], for a number, and a share on the observed choice for a choice. A normal kernel is as wide as the
/// farther of its two neighbours is away (Bergstra et al. 2011), per parameter: where the best agree it is narrow,
/// where they do not it is wide. Where an observation has no value for a parameter, its kernel has the prior there:
/// conditional parameters need no space of their own.</summary>
internal sealed class ParzenEstimator
{
    private readonly SearchSpace _space;
    private readonly double[][] _centres;
    private readonly double[][] _widths;
    private readonly double[] _cumulative;
    private readonly double[] _logWeights;
    private readonly double[][] _logMass;

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
        _widths = [.. _centres.Select(c => Array.ConvertAll(c, _ => 1.0))];
        for (var i = 0; i < space.Count; i++)
            if (space.Parameters[i] is NumberParameter)
                SetWidths(i);
        _logMass = [.. _centres.Select((c, k) => c.Select((_, i) => Kernel(k, i))
            .Select(x => Math.Log(Normal.CDF(x.Mean, x.Deviation, 1) - Normal.CDF(x.Mean, x.Deviation, 0))).ToArray())];
    }

    /// <summary>Draws a position for every parameter, from top to bottom so that conditions are known.</summary>
    public Configuration Sample(ref SeededRandom random)
    {
        var pick = random.NextDouble();
        var kernel = Array.FindIndex(_cumulative, c => pick < c);
        if (kernel < 0)
            kernel = _centres.Length - 1;
        var positions = new double[_space.Count];
        for (var i = 0; i < positions.Length; i++)
        {
            var u = random.NextDouble();
            positions[i] = _space.Parameters[i] is ChoiceParameter c ? SampleChoice(c, _centres[kernel][i], u)
                : SampleNumber(kernel, i, u);
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
                        ? Math.Log(ChoiceShare(c, _centres[k][i], (int)configuration.Values[i]))
                        : LogNormal(x[i], k, i) - _logMass[k][i];
        }
        var top = terms.Max();
        return top + Math.Log(terms.Sum(t => Math.Exp(t - top)));
    }

    /// <summary>Distance to the farther neighbour; an outermost observation has one neighbour, a lone one the ends of
    /// the range. Never so narrow that the search freezes: at least a share of the range for each kernel.</summary>
    private void SetWidths(int parameter)
    {
        int[] order = [.. Enumerable.Range(0, _centres.Length).Where(k => !double.IsNaN(_centres[k][parameter]))
            .OrderBy(k => _centres[k][parameter])];
        double At(int place) => place < 0 ? 0 : place == order.Length ? 1 : _centres[order[place]][parameter];
        for (var j = 0; j < order.Length; j++)
        {
            double before = At(j) - At(j - 1), after = At(j + 1) - At(j);
            var width = order.Length == 1 ? Math.Max(before, after)
                : j == 0 ? after : j == order.Length - 1 ? before : Math.Max(before, after);
            _widths[order[j]][parameter] = Math.Clamp(width, 1 / Math.Min(100.0, order.Length + 2), 1);
        }
    }

    private (double Mean, double Deviation) Kernel(int kernel, int parameter) =>
        double.IsNaN(_centres[kernel][parameter]) ? (0.5, 1)
            : (_centres[kernel][parameter], _widths[kernel][parameter]);

    private double SampleNumber(int kernel, int parameter, double u)
    {
        var (mean, deviation) = Kernel(kernel, parameter);
        double low = Normal.CDF(mean, deviation, 0), high = Normal.CDF(mean, deviation, 1);
        return Math.Clamp(Normal.InvCDF(mean, deviation, Math.Clamp(low + u * (high - low), 1e-12, 1 - 1e-12)), 0, 1);
    }

    private double LogNormal(double x, int kernel, int parameter)
    {
        var (mean, deviation) = Kernel(kernel, parameter);
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

    /// <summary>One vote for what was observed and one vote, shared with all kernels, spread over the
    /// choices.</summary>
    private double ChoiceShare(ChoiceParameter c, double centre, int choice)
    {
        if (double.IsNaN(centre))
            return 1.0 / c.Choices.Count;
        var prior = 1.0 / _centres.Length;
        return ((int)c.At(centre) == choice ? 1 + prior : prior) / (1 + prior * c.Choices.Count);
    }
}
