using FaceBias.Core.Search.Spaces;

namespace FaceBias.Core.Search.Samplers;

/// <summary>Draws every parameter by itself, evenly on its scale (Bergstra and Bengio 2012): the search that every
/// other has to beat.</summary>
internal sealed class RandomSampler : ISampler
{
    public Configuration? Next(SamplerContext context)
    {
        var random = context.Random("random");
        var positions = new double[context.Space.Count];
        foreach (ref var position in positions.AsSpan())
            position = random.NextDouble();
        return context.Space.FromPositions(positions);
    }
}
