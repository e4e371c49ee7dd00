using System.Text;

namespace FaceBias.Primitives.Randomness;

/// <summary>Random numbers by position: the i-th number of a stream depends on the seed, the stream's name and i alone,
/// so any thread may compute any part, and a resumed run finds its place by counting. (SplitMix64: Steele, Lea, Flood,
/// "Fast splittable pseudorandom number generators", 2014.)</summary>
internal readonly struct CounterRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private readonly ulong _key;

    public CounterRandom(ulong seed, string stream)
    {
        // FNV-1a, because string.GetHashCode differs between runs.
        var hash = 0xCBF29CE484222325;
        foreach (var b in Encoding.UTF8.GetBytes(stream))
            hash = (hash ^ b) * 0x100000001B3;
        _key = Mix(Mix(seed + Golden) ^ hash);
    }

    private CounterRandom(ulong key) => _key = key;

    /// <summary>The stream of a numbered thing and a part of it.</summary>
    internal static CounterRandom Of(ulong seed, long index, int part) => new(
        Mix(Mix(Mix(seed + Golden) ^ ((ulong)index + 1) * 0xD1B54A32D192ED03) ^ ((ulong)part + 1)
            * 0x8CB92BA72F3D8DD7));

    /// <summary>The 64 random bits at a position.</summary>
    public ulong this[ulong position] => Mix(_key + position * Golden);

    /// <summary>A stream of numbers for a position, such as a replicate's: they depend on no other position.</summary>
    public SeededRandom Stream(int position) => new(unchecked((long)this[(ulong)position]), 0);

    /// <summary>A number in (0, 1) at a position.</summary>
    public double Uniform(ulong position) => ((this[position] >> 11) + 0.5) * (1.0 / (1UL << 53));

    /// <summary>A standard normal number at a position (Box-Muller).</summary>
    public double Normal(ulong position) =>
        Math.Sqrt(-2 * Math.Log(Uniform(2 * position))) * Math.Cos(2 * Math.PI * Uniform(2 * position + 1));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
