namespace FaceBias.Primitives.Randomness;

/// <summary>The one source of random numbers: a seed and named streams of 64 bits. Every independent piece of work
/// draws from a stream of its own, so results do not depend on the number of threads or on their order, and one more
/// stream changes no other.</summary>
internal readonly record struct RandomSource(ulong Seed)
{
    /// <summary>The same from a signed seed.</summary>
    public RandomSource(long seed) : this(unchecked((ulong)seed))
    {
    }

    /// <summary>The same from a signed seed.</summary>
    public RandomSource(int seed) : this((long)seed)
    {
    }

    /// <summary>Numbers that are drawn one after the other.</summary>
    public SeededRandom Stream(string name, long number = 0) =>
        new(unchecked((long)Seed), SeededRandom.Stream(name, number));

    /// <summary>Numbers by position, for work that is shared by threads or resumed in its middle.</summary>
    public CounterRandom Counter(string name) => new(Seed, name);

    /// <summary>Numbers by position, such as a replicate, which has a stream of its own
    /// (<see cref="CounterRandom.Stream"/>).</summary>
    /// <param name="name">What for.</param>
    /// <param name="number">Which of the streams of this name.</param>
    public CounterRandom Counter(string name, long number) =>
        new(Seed, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} {number}"));

    /// <summary>Numbers by position of a numbered thing, such as a picture, and a part of it.</summary>
    public CounterRandom Counter(long index, int part) => CounterRandom.Of(Seed, index, part);
}
