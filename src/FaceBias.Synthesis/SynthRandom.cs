namespace FaceBias.Synthesis;

/// <summary>
/// Random numbers of one image: SplitMix64 started from a mix of (seed, index, stream). Every image has numbers of its
/// own, whichever thread draws it and whatever was drawn before, and a part of the drawing that has its own stream is
/// not shifted when another part takes one number more.
/// </summary>
internal sealed class SynthRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong _state;

    public SynthRandom(long seed, long index, int stream = 0) =>
        _state = Mix(Mix(Mix((ulong)seed + Golden) ^ ((ulong)index + 1) * 0xD1B54A32D192ED03) ^ ((ulong)stream + 1) * 0x8CB92BA72F3D8DD7);

    /// <summary>A seed for numbers that go on in another place.</summary>
    public long Seed() => (long)Next();

    public ulong Next() => Mix(_state += Golden);

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

    private static ulong Mix(ulong z)
    {
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
