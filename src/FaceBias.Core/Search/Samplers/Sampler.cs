using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Search.Samplers;

/// <summary>What a sampler may look at.</summary>
/// <param name="Seen">Finished trials, by number.</param>
/// <param name="Pending">Configurations that are being tried, by number.</param>
/// <param name="Number">Number of the trial to propose.</param>
/// <param name="Attempt">Above 0 where an earlier proposal repeated a known configuration.</param>
internal sealed record SamplerContext(
    SearchSpace Space, IReadOnlyList<Trial> Seen, IReadOnlyList<Configuration> Pending, int Number, ulong Seed,
    int Attempt = 0)
{
    /// <summary>Random numbers that depend on seed, trial and attempt alone, so that a resumed sweep draws the
    /// same.</summary>
    internal SeededRandom Random(string purpose) =>
        new RandomSource(Seed).Stream($"{purpose} {Attempt}", Number);
}

/// <summary>Proposes configurations. It has no memory of its own: everything follows from the context, so the same
/// history gives the same proposal, in a fresh process too.</summary>
internal interface ISampler
{
    /// <summary>The next configuration, or null if the space has no other.</summary>
    Configuration? Next(SamplerContext context);
}
