// Written by facebias {{version}} for one model; yours to change.
using Microsoft.ML.OnnxRuntime;

namespace {{name}};

/// <summary>A model of face images on plain ONNX Runtime. {{note}} Safe to use from several threads at once.</summary>
public sealed class FaceModel(string modelFile) : IDisposable
{
    /// <summary>Size of the model's input in pixels.</summary>
    public const int Width = {{width}}, Height = {{height}};

    private static readonly string[] Inputs = [{{input}}];
    private static readonly string[] Outputs = [{{outputs}}];

    private readonly InferenceSession _session = new(modelFile);
    private readonly RunOptions _run = new();

    /// <summary>Predicts for a picture file.</summary>
    /// <exception cref="InvalidDataException">The file is no picture that can be read.</exception>
    public FacePrediction Predict(string pictureFile) => Predict(Picture.Read(pictureFile, Width, Height, cover: {{cover}}));

    /// <summary>Predicts from pixels: planes of red, green and blue, [3, Height, Width], values 0 to 255.</summary>
    public FacePrediction Predict(float[] pixels)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, Height, Width]);
        using var outputs = _session.Run(_run, Inputs, [input], Outputs);
        return new FacePrediction
        {
{{assignments}}
        };

        float[] Values(int output) => outputs[output].GetTensorDataAsSpan<float>().ToArray();
    }

    /// <summary>Frees the session.</summary>
    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }
}

/// <summary>What the model says about one picture. Labels of people are perceived attributes: what an annotator would
/// have written down, not who somebody is.</summary>
public sealed record FacePrediction
{
{{properties}}
}

/// <summary>Probabilities of classes.</summary>
/// <param name="Labels">The classes in the order of the model.</param>
/// <param name="Probabilities">Their probabilities, summing to 1.</param>
public sealed record ClassPrediction(IReadOnlyList<string> Labels, IReadOnlyList<float> Probabilities)
{
    /// <summary>The most probable class.</summary>
    public string Label => Labels[Best];

    /// <summary>Its probability.</summary>
    public float Probability => Probabilities[Best];

    /// <summary>Entropy of the probabilities over that of a coin as many-sided as there are classes: 0 is certain, 1 knows nothing.</summary>
    public double Uncertainty => Labels.Count < 2 ? 0 : -Probabilities.Sum(p => p > 0 ? p * Math.Log(p) : 0) / Math.Log(Labels.Count);

    private int Best => Enumerable.Range(0, Probabilities.Count).MaxBy(i => Probabilities[i]);
}
