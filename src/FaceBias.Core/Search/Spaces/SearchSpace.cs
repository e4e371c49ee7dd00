namespace FaceBias.Core.Search.Spaces;

/// <summary>The parameters of a sweep in an order in which every condition looks back.</summary>
public sealed class SearchSpace
{
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly (int Parent, IReadOnlyList<int> Choices)[][] _conditions;

    /// <exception cref="FaceBiasException">A name is repeated, a range or a default is none, or a condition does not
    /// name an earlier choice.</exception>
    public SearchSpace(IEnumerable<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Parameters = [.. parameters];
        _conditions = new (int, IReadOnlyList<int>)[Parameters.Count][];
        for (var i = 0; i < Parameters.Count; i++)
        {
            var parameter = Parameters[i];
            if (parameter.Problem is { } problem)
                throw new FaceBiasException($"Parameter '{parameter.Name}' {problem}.");
            _conditions[i] =
                [.. parameter.When.Select(
                    c => _index.TryGetValue(c.Parent, out var parent) && Parameters[parent] is ChoiceParameter
                ? (parent, c.Choices)
                : throw new FaceBiasException(
                    $"Parameter '{parameter.Name}' depends on '{c.Parent}', which is no choice that comes before it."))];
            if (!_index.TryAdd(parameter.Name, i))
                throw new FaceBiasException($"The space has the parameter '{parameter.Name}' twice; name each once.");
        }
    }

    /// <summary>The parameters.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Number of parameters.</summary>
    public int Count => Parameters.Count;

    /// <summary>Index of a parameter, or -1.</summary>
    internal int IndexOf(string name) => _index.GetValueOrDefault(name, -1);

    /// <summary>Whether a parameter means anything, given the values before it.</summary>
    internal bool IsActive(int parameter, ReadOnlySpan<double> values)
    {
        foreach (var (parent, choices) in _conditions[parameter])
            if (double.IsNaN(values[parent]) || !choices.Contains((int)values[parent]))
                return false;
        return true;
    }

    /// <summary>A configuration from one position in [0, 1) per parameter; those without meaning are left
    /// out.</summary>
    internal Configuration FromPositions(ReadOnlySpan<double> positions)
    {
        var values = new double[Count];
        for (var i = 0; i < Count; i++)
            values[i] = IsActive(i, values) ? Parameters[i].At(positions[i]) : double.NaN;
        return new(this, values);
    }

    /// <summary>A configuration from values, of which those without meaning are left out.</summary>
    /// <param name="choose">The value of each parameter.</param>
    internal Configuration From(Func<Parameter, double> choose)
    {
        var values = new double[Count];
        for (var i = 0; i < Count; i++)
            values[i] = IsActive(i, values) ? choose(Parameters[i]) : double.NaN;
        return new(this, values);
    }

    /// <summary>Every parameter at its default.</summary>
    public Configuration Defaults => From(p => p.Default);

    /// <summary>Every parameter where it costs least.</summary>
    internal Configuration Cheapest => From(p => p.Cheapest ?? p.Default);
}
