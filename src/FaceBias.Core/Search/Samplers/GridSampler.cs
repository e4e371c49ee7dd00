using FaceBias.Core.Search.Spaces;

namespace FaceBias.Core.Search.Samplers;

/// <summary>Every combination of choices and of some evenly spaced values per number, the last parameter changing
/// fastest.</summary>
/// <param name="points">Values per number, at least 2; fewer where a whole number has fewer.</param>
internal sealed class GridSampler(int points = 4) : ISampler
{
    private SearchSpace? _space;
    private List<Configuration> _all = [];

    /// <summary>A grid larger than this is refused.</summary>
    public const int Largest = 100_000;

    public Configuration? Next(SamplerContext context)
    {
        if (_space != context.Space)
            (_space, _all) = (context.Space, Enumerate(context.Space));
        var known = context.Seen.Select(t => t.Configuration).Concat(context.Pending).ToHashSet();
        return _all.Find(c => !known.Contains(c));
    }

    /// <summary>All combinations, conditions respected.</summary>
    /// <exception cref="FaceBiasException">There are too many.</exception>
    public List<Configuration> Enumerate(SearchSpace space)
    {
        var partial = new List<double[]> { new double[space.Count] };
        for (var i = 0; i < space.Count; i++)
        {
            var next = new List<double[]>();
            foreach (var values in partial)
                foreach (var value in space.IsActive(i, values) ? Values(space.Parameters[i]) : [double.NaN])
                {
                    var copy = (double[])values.Clone();
                    copy[i] = value;
                    next.Add(copy);
                }
            partial = next;
            if (partial.Count > Largest)
                throw new FaceBiasException(
                    $"The grid has more than {Largest:N0} combinations; name fewer parameters in ‹SpaceFile›, or use "
                        + "‹Sampler› tpe.");
        }
        return [.. partial.Select(v => new Configuration(space, v))];
    }

    private IEnumerable<double> Values(Parameter parameter) => parameter is ChoiceParameter c
        ? Enumerable.Range(0, c.Choices.Count).Select(i => (double)i)
        : Enumerable.Range(0, points).Select(i => parameter.At((double)i / (points - 1))).Distinct();
}
