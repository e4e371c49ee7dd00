using FaceBias.Primitives.Randomness;

namespace FaceBias.Synthesis;

/// <summary>Random numbers of one image, drawn one after the other. Every image has numbers of its own, whichever
/// thread draws it and whatever was drawn before, and a part of the drawing that has its own stream is not shifted when
/// another part takes one number more.</summary>
internal sealed class SynthRandom(long seed, long index, int stream = 0)
{
    private readonly CounterRandom _numbers = new RandomSource(seed).Counter(index, stream);
    private ulong _position;

    /// <summary>A seed for numbers that continue in another place.</summary>
    public long Seed() => (long)Next();

    public ulong Next() => _numbers[++_position];

    /// <summary>Uniform in [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Between(double low, double high) => low + (high - low) * Unit();

    /// <summary>Uniform in 0 .. count - 1.</summary>
    public int Below(int count) => (int)BigMul(Next(), (ulong)count);

    public bool Chance(double probability) => Unit() < probability;

    /// <summary>Standard normal, cut at three standard deviations so that no face falls apart. Box-Muller.</summary>
    public double Normal()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - Unit()));
        return Math.Clamp(radius * Math.Cos(2 * Math.PI * Unit()), -3, 3);
    }

    public double Normal(double mean, double deviation) => mean + deviation * Normal();

    /// <summary>An index drawn with probability proportional to its weight.</summary>
    public int Weighted(ReadOnlySpan<double> weights)
    {
        var total = 0.0;
        foreach (var w in weights)
            total += w;
        var at = Unit() * total;
        for (var i = 0; i < weights.Length; i++)
            if ((at -= weights[i]) < 0)
                return i;
        // Rounding can leave a rest of the order of 1e-16: the last index that has a weight takes it.
        return weights.LastIndexOfAnyExcept(0.0);
    }

    /// <summary>Fisher-Yates.</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    private static ulong BigMul(ulong a, ulong b) => Math.BigMul(a, b, out _);
}
