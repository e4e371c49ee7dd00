using System.Numerics.Tensors;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Training;

/// <summary>Loss, accuracies and absolute errors, summed up over the batches of a validation.</summary>
internal sealed class ValidationFigures(IReadOnlyList<TrainingTarget> targets)
{
    private readonly (double Sum, int Count)[] _figures = new (double, int)[targets.Count];
    private double _loss;
    private int _count;

    /// <summary>The mean loss.</summary>
    public double Loss => _loss / _count;

    /// <summary>Evaluates the batch that the session's inputs hold.</summary>
    public void Add(TrainingSession session, ReadOnlySpan<int> images)
    {
        _loss += session.Evaluate() * images.Length;
        _count += images.Length;
        for (var t = 0; t < targets.Count; t++)
        {
            var output = session.Output<float>(targets[t].Output.Name);
            for (var i = 0; i < images.Length; i++)
            {
                if (targets[t].IsMissing(images[i]))
                    continue;
                _figures[t].Count++;
                _figures[t].Sum += targets[t].Output is CategoricalOutput c
                    ? TensorPrimitives.IndexOfMax(output.Slice(i * c.Classes.Count, c.Classes.Count)) == targets[t].Codes[images[i]] ? 1 : 0
                    : Math.Abs(output[i] - targets[t].Values[images[i]]);
            }
        }
    }

    /// <summary>The figures as points of the training curves.</summary>
    public IEnumerable<TrainingPoint> ToPoints(int epoch)
    {
        yield return new TrainingPoint(epoch, "loss/validation", Loss);
        for (var t = 0; t < targets.Count; t++)
            if (_figures[t].Count > 0)
                yield return new TrainingPoint(
                    epoch, $"{targets[t].Output.Name} {(targets[t].Output is CategoricalOutput ? "accuracy" : "MAE")}/validation",
                    _figures[t].Sum / _figures[t].Count);
    }
}
