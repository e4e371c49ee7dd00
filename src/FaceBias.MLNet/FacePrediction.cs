using Microsoft.ML.Data;

namespace FaceBias.MLNet;

/// <summary>What a model says about one picture. The shape of a prediction depends on the model, so that it is read with
/// the model's own description.</summary>
public sealed class FacePrediction
{
    /// <summary>All outputs one after another, in the order of the model's targets.</summary>
    [ColumnName(FaceBiasCatalog.Outputs)]
    public float[] Outputs { get; set; } = [];

    /// <summary>The outputs by target.</summary>
    public IReadOnlyDictionary<string, TargetPrediction> Read(FaceBiasModelInfo model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (Outputs.Length != model.OutputLength)
            throw new ArgumentException($"The prediction has {Outputs.Length} values but the model gives {model.OutputLength}; it is another model's.", nameof(model));
        var read = new Dictionary<string, TargetPrediction>(StringComparer.Ordinal);
        var at = 0;
        foreach (var target in model.Targets)
        {
            read.Add(target.Name, new TargetPrediction(target, Outputs[at..(at + target.Width)]));
            at += target.Width;
        }
        return read;
    }
}

/// <summary>What a model says about one target of one picture.</summary>
/// <param name="Target">The target.</param>
/// <param name="Values">Probabilities in the order of the classes, or the number alone.</param>
public sealed record TargetPrediction(FaceBiasTarget Target, IReadOnlyList<float> Values)
{
    /// <summary>The most probable class; null for a number.</summary>
    public string? Label => Target.IsNumeric ? null : Target.Classes[Best];

    /// <summary>The number, or the probability of <see cref="Label"/>.</summary>
    public float Value => Target.IsNumeric ? Values[0] : Values[Best];

    /// <summary>Entropy of the probabilities over its largest possible value: 0 is certain, 1 knows nothing; null for a
    /// number.</summary>
    public double? Uncertainty => Target.IsNumeric ? null : Target.Classes.Count < 2 ? 0
        : -Values.Sum(p => p > 0 ? p * Math.Log(p) : 0) / Math.Log(Target.Classes.Count);

    private int Best => Enumerable.Range(0, Values.Count).MaxBy(i => Values[i]);
}
