using System.Numerics;

namespace FaceBias.Primitives.Randomness;

/// <summary>xoshiro256** (Blackman and Vigna 2018), seeded through SplitMix64 from a seed and a stream. Every
/// independent piece of work draws from a stream of its own, so results do not depend on the number of threads or on
/// their order.</summary>
internal struct SeededRandom
{
    private ulong _a, _b, _c, _d;

    public SeededRandom(long seed, ulong stream)
    {
        var state = unchecked((ulong)seed) ^ (stream * 0x9E3779B97F4A7C15UL);
        _a = Split(ref state);
        _b = Split(ref state);
        _c = Split(ref state);
        _d = Split(ref state);
    }

    /// <summary>A stream number from a name and a number: FNV-1a, the same on every machine.</summary>
    public static ulong Stream(string name, long number)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in name)
            hash = (hash ^ c) * 1099511628211UL;
        for (var i = 0; i < 8; i++)
            hash = (hash ^ (byte)(number >> (8 * i))) * 1099511628211UL;
        return hash;
    }

    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1) with 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, bound) by Lemire's multiplication; its bias is below bound / 2^32 and left in.</summary>
    public int NextInt(int bound) => (int)(((NextUInt64() >> 32) * (ulong)bound) >> 32);

    /// <summary>Puts values into a random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    /// <summary>Standard normal by Marsaglia's polar method; the second of each pair is not kept.</summary>
    public double NextNormal()
    {
        while (true)
        {
            double x = (2 * NextDouble()) - 1, y = (2 * NextDouble()) - 1, s = (x * x) + (y * y);
            if (s is > 0 and < 1)
                return x * Math.Sqrt(-2 * Math.Log(s) / s);
        }
    }

    private static ulong Split(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
