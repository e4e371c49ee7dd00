using System.Text.Json.Nodes;

namespace FaceBias.Core.Search.Spaces;

/// <summary>A value for every parameter of a space that means anything.</summary>
public sealed class Configuration : IEquatable<Configuration>
{
    private readonly double[] _values;

    internal Configuration(SearchSpace space, double[] values) => (Space, _values) = (space, values);

    /// <summary>The space.</summary>
    public SearchSpace Space { get; }

    /// <summary>One value per parameter: a number, the index of a choice, or NaN where it has no meaning.</summary>
    internal ReadOnlySpan<double> Values => _values;

    /// <summary>Whether the space has this parameter and it has a meaning here.</summary>
    public bool Has(string name) => Space.IndexOf(name) is >= 0 and var i && !double.IsNaN(_values[i]);

    /// <summary>The value of a number.</summary>
    public double Number(string name) => _values[Space.IndexOf(name)];

    /// <summary>The value as text: a number in digits, a choice by its name.</summary>
    public string Text(string name) => Space.Parameters[Space.IndexOf(name)].Text(Number(name));

    /// <summary>A position in [0, 1) per parameter, NaN where it has no meaning.</summary>
    internal double[] Positions() =>
        [.. _values.Select((v, i) => double.IsNaN(v) ? double.NaN : Space.Parameters[i].PositionOf(v))];

    /// <summary>The values by name.</summary>
    internal JsonObject ToJson()
    {
        var json = new JsonObject();
        for (var i = 0; i < _values.Length; i++)
            if (!double.IsNaN(_values[i]))
                json[Space.Parameters[i].Name] = Space.Parameters[i] is ChoiceParameter c ? c.Choices[(int)_values[i]]
                    : _values[i];
        return json;
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote; null if it does not fit the space.</summary>
    internal static Configuration? FromJson(SearchSpace space, JsonNode? json)
    {
        if (json is not JsonObject values)
            return null;
        var read = new double[space.Count];
        for (var i = 0; i < read.Length; i++)
        {
            read[i] = double.NaN;
            if (!space.IsActive(i, read))
                continue;
            if (values[space.Parameters[i].Name] is not JsonValue value)
                return null;
            if (space.Parameters[i] is ChoiceParameter c)
                read[i] = value.TryGetValue<string>(out var text) && c.Choices.ToList().IndexOf(text) is >= 0 and var at
                    ? at : double.NaN;
            else if (value.TryGetValue<double>(out var number))
                read[i] = number;
            if (double.IsNaN(read[i]))
                return null;
        }
        return new(space, read);
    }

    /// <inheritdoc/>
    public bool Equals(Configuration? other) => other is not null && _values.AsSpan().SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Configuration);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var v in _values)
            hash.Add(v);
        return hash.ToHashCode();
    }

    /// <summary>"hidden 256, dropout 0.2".</summary>
    public override string ToString() => string.Join(", ", Enumerable.Range(0, _values.Length)
        .Where(i => !double.IsNaN(_values[i]) && Space.Parameters[i] is not ChoiceParameter { Choices.Count: 1 })
        .Select(i => $"{Space.Parameters[i].Name} {Space.Parameters[i].Text(_values[i])}"));
}
