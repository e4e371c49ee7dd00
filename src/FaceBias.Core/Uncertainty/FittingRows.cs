using System.Numerics.Tensors;
using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Uncertainty;

/// <summary>The rows that wrappers are fitted on: features as the heads take them, with labels and groups.</summary>
internal sealed record FittingRows
{
    /// <summary>Features of a row, float32 [<see cref="Width"/>], unscaled.</summary>
    public required FeatureRow Features { get; init; }

    /// <summary>Features per row.</summary>
    public required int Width { get; init; }

    /// <summary>Of these, the features of the last layer come first; those of earlier layers follow.</summary>
    public int LastLayer { get; init; }

    /// <summary>The rows that the model was trained on: for densities, posteriors and further networks.</summary>
    public required IReadOnlyList<int> Train { get; init; }

    /// <summary>Rows that the model was not trained on: for calibration.</summary>
    public required IReadOnlyList<int> Validation { get; init; }

    /// <summary>Further rows that did not even choose the epoch: for guarantees; null where there are only those of
    /// <see cref="Validation"/>.</summary>
    public IReadOnlyList<int>? Calibration { get; init; }

    /// <summary>Whether those rows chose the epoch all the same, as in a run that was trained before anybody thought of
    /// them.</summary>
    internal bool EpochSawCalibration { get; init; }

    /// <summary>Labels by row, for targets of the model by name; classes in the order of the model's output.</summary>
    public required IReadOnlyList<Target> Targets { get; init; }

    /// <summary>Further columns by row, to give guarantees for.</summary>
    public IReadOnlyList<Target> Groups { get; init; } = [];

    /// <summary>Seed of all random draws.</summary>
    public ulong Seed { get; init; } = 7;

    /// <summary>Threads; 0 for one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Told what is done.</summary>
    public IProgress<StepProgress>? Progress { get; init; }

    /// <summary>Ends after the batch in flight.</summary>
    public CancellationToken Cancel { get; init; }

    /// <summary>Numbers of <see cref="ReadUnit"/>.</summary>
    internal int UnitWidth => LastLayer > 0 ? LastLayer : Width;

    /// <summary>Writes a row's features of the last layer, scaled to length 1; zeros stay. What hardly activates a
    /// network lies near zero, which raw distances and densities take for ordinary, and earlier layers say how a
    /// picture is made, not what it shows.</summary>
    internal void ReadUnit(int row, Span<float> vector)
    {
        var values = Features(row)[..vector.Length];
        var length = TensorPrimitives.Norm(values);
        if (length > 0)
            TensorPrimitives.Divide(values, length, vector);
        else
            vector.Clear();
    }

    /// <summary>The same as features; of one thread.</summary>
    internal FeatureRow Unit()
    {
        var vector = new float[UnitWidth];
        return row =>
        {
            ReadUnit(row, vector);
            return vector;
        };
    }

    /// <exception cref="FaceBiasException">There are none.</exception>
    public Target Labels(string target) => Targets.FirstOrDefault(t => t.Name == target)
        ?? throw new FaceBiasException(
            $"The rows have no labels of '{target}', so its uncertainty cannot be fitted; give them, or leave "
                + $"'{target}' out.");
}
