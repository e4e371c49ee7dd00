namespace FaceBias.Onnx.Training;

/// <summary>
/// The scale of the loss in mixed precision: halved, and the step undone, where a gradient is not finite; doubled after
/// <see cref="GrowAfter"/> finite steps in a row. The numbers are those of PyTorch's GradScaler.
/// </summary>
/// <param name="Finite">Finite steps since it last changed.</param>
/// <param name="Skipped">Steps that were undone so far.</param>
internal readonly record struct LossScale(float Value, int Finite, long Skipped)
{
    /// <summary>Finite steps after which it doubles.</summary>
    public const int GrowAfter = 2000;

    /// <summary>Where training begins.</summary>
    public static LossScale Start { get; } = new(65536, 0, 0);

    /// <summary>The scale of the step after one.</summary>
    /// <param name="finite">Whether all gradients of that step were finite.</param>
    public LossScale After(bool finite) => !finite ? new(Math.Max(1, Value / 2), 0, Skipped + 1)
        : Finite + 1 < GrowAfter ? this with { Finite = Finite + 1 }
            : new(Math.Min(Value * 2, MathF.ScaleB(1, 40)), 0, Skipped);
}
