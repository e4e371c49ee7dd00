using FaceBias.Core.Search.Spaces;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Values of hyperparameters.</summary>
internal sealed record Settings(IReadOnlyDictionary<string, double> Values)
{
    public double this[string name] => Values[name];

    /// <summary>A value that counts something.</summary>
    public int Count(string name) => (int)Math.Round(Values[name]);

    /// <summary>The published values.</summary>
    public static Settings Defaults(IEnumerable<Parameter> space) =>
        new(space.ToDictionary(p => p.Name, p => double.Parse(p.Text(p.Default), CultureInfo.InvariantCulture)));

    /// <summary>The same with other values for some names; names that are not among these settings are passed
    /// over.</summary>
    public Settings With(IReadOnlyDictionary<string, double> values) =>
        new(Values.ToDictionary(v => v.Key, v => values.TryGetValue(v.Key, out var other) ? other : v.Value));

    /// <summary>A method's settings in a configuration of a space that <see cref="MitigationMethod.SpaceUnder"/> is
    /// part of; what the space leaves out is as published.</summary>
    internal static Settings Of(MitigationMethod method, Configuration c) =>
        new(Defaults(method.Space).Values.ToDictionary(
        v => v.Key, v => c.Has($"{method.Name}.{v.Key}")
            ? double.Parse(c.Text($"{method.Name}.{v.Key}"), CultureInfo.InvariantCulture) : v.Value));

    /// <summary>"rate 0.001, decay 0.01".</summary>
    public override string ToString() => string.Join(", ", Values.OrderBy(v => v.Key, StringComparer.Ordinal)
        .Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key} {v.Value}")));
}
