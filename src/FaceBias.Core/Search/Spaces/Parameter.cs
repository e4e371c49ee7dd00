namespace FaceBias.Core.Search.Spaces;

/// <summary>Something a sweep may vary. Samplers see it as a position in [0, 1), or as the index of a choice.</summary>
/// <param name="Name">Its name, unique within a space.</param>
public abstract record Parameter(string Name)
{
    /// <summary>Choices of earlier parameters under which this one means anything: all must hold; empty for
    /// always.</summary>
    public IReadOnlyList<Condition> When { get; init; } = [];

    /// <summary>The value that is tried first; of a choice, its index.</summary>
    public required double Default { get; init; }

    /// <summary>The value that costs least, where a cost-frugal search begins; the default where cost does not depend
    /// on it.</summary>
    public double? Cheapest { get; init; }

    /// <summary>Whether it is searched only where a file names it, as it costs more than the training of a
    /// head.</summary>
    internal bool OnRequest { get; init; }

    /// <summary>What is wrong with it, as the end of a sentence; null where it can be searched.</summary>
    internal abstract string? Problem { get; }

    /// <summary>The value at a position in [0, 1).</summary>
    internal abstract double At(double position);

    /// <summary>The position of a value, so that <c>At(PositionOf(v)) = v</c>.</summary>
    internal abstract double PositionOf(double value);

    internal abstract string Text(double value);
}

/// <summary>Requires a choice of another parameter.</summary>
/// <param name="Parent">A choice that comes earlier in the space.</param>
/// <param name="Choices">Indices of the choices that fulfil it.</param>
public sealed record Condition(string Parent, IReadOnlyList<int> Choices);
