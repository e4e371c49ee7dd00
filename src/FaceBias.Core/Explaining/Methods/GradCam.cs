using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>Grad-CAM (Selvaraju et al. 2017): the maps of the last layer that still has places, each weighted by the
/// mean of the score's gradient over it, added up, what is below zero left out.</summary>
internal sealed class GradCam : IDisposable
{
    private readonly DifferentiableScore _score;
    private readonly OnnxSession _session;
    private readonly string _gradient;
    private readonly string _layer;
    private readonly OnnxBatch _batch;

    /// <param name="score">The graph, of batches of one picture.</param>
    /// <param name="layer">The layer's value; null for the last.</param>
    public GradCam(DifferentiableScore score, string? layer, int threads)
    {
        _score = score;
        _layer = Layer(score, layer);
        (_session, var gradients) = score.Open([_layer], threads);
        _gradient = gradients[_layer];
        _batch = _session.CreateBatch(score.Batch);
    }

    /// <summary>The map at the layer's own resolution, and the score.</summary>
    public (LayerMap Map, double Score, IReadOnlyList<string> Notes) Explain(float[] picture)
    {
        picture.CopyTo(_batch.Input<float>(_score.Input));
        _batch.Run();
        var shape = _score.Facts.Shape(_layer);
        var (channels, size) = ((int)shape[1], (int)(shape[2] * shape[3]));
        var maps = _batch.Output<float>(_layer);
        var gradient = _batch.Output<float>(_gradient);
        var sums = new double[size];
        var any = false;
        for (var c = 0; c < channels; c++)
        {
            double weight = 0;
            foreach (var v in gradient.Slice(c * size, size))
                weight += v / size;
            any |= weight != 0;
            for (var i = 0; i < size; i++)
                sums[i] += weight * maps[c * size + i];
        }
        if (!any)
            throw new FaceBiasException(
                $"The gradient of {_score.Explained} by '{_layer}' is zero, as behind a rounded or chosen value; use "
                    + "a method that needs the model's answers alone: lime, kernelshap, occlusion or rise.");
        IReadOnlyList<string> notes = sums.All(s => s <= 0)
            ? ["Nothing at the layer speaks for this answer: every place of the map is below zero and is left out."]
            : [];
        return (new(_layer, (int)shape[3], (int)shape[2], [.. sums.Select(s => (float)Math.Max(s, 0))]),
            _batch.Output<float>(DifferentiableScore.Score)[0], notes);
    }

    /// <summary>A layer's map at the size of the picture, bilinear between the centres of its places.</summary>
    public static float[] Enlarge(LayerMap map, ImageSpec spec)
    {
        var result = new float[spec.Width * spec.Height];
        for (var y = 0; y < spec.Height; y++)
        {
            var v = Math.Clamp((y + 0.5f) * map.Height / spec.Height - 0.5f, 0, map.Height - 1);
            var (y0, fy) = ((int)v, v - (int)v);
            var y1 = Math.Min(y0 + 1, map.Height - 1);
            for (var x = 0; x < spec.Width; x++)
            {
                var u = Math.Clamp((x + 0.5f) * map.Width / spec.Width - 0.5f, 0, map.Width - 1);
                var (x0, fx) = ((int)u, u - (int)u);
                var x1 = Math.Min(x0 + 1, map.Width - 1);
                float top = map.Values[y0 * map.Width + x0] * (1 - fx) + map.Values[y0 * map.Width + x1] * fx,
                    bottom = map.Values[y1 * map.Width + x0] * (1 - fx) + map.Values[y1 * map.Width + x1] * fx;
                result[y * spec.Width + x] = top * (1 - fy) + bottom * fy;
            }
        }
        return result;
    }

    /// <summary>The last value [N, C, h, w] of several places on the way to the score that a layer made.</summary>
    internal static string Layer(DifferentiableScore score, string? given)
    {
        var graph = score.Model.Graph;
        var ways = new HashSet<string> { score.Input };
        foreach (var node in graph.Node)
            if (node.Input.Any(ways.Contains))
                ways.UnionWith(node.Output.Where(o => o.Length > 0));
        bool HasPlaces(string value) =>
            ways.Contains(value) && score.Facts.TryShape(value) is [_, > 0, > 0, > 0] shape && shape[2] * shape[3] > 1
                && score.Facts.IsReal(value);
        if (given is not null)
            return HasPlaces(given) ? given
                : throw new FaceBiasException(
                    $"'{given}' is no layer with maps [N, C, h, w] between the picture and the answer; leave the "
                        + "layer out to take the last.");
        var found = graph.Node.LastOrDefault(
            n => n.OpType is not ("Transpose" or "Reshape" or "Shape" or "Expand" or "Unsqueeze" or "Identity" or "Cast"
                or "ReduceMean" or "Slice" or "Dropout") && HasPlaces(n.Output[0]));
        return found?.Output[0]
            ?? throw new FaceBiasException(
                "Grad-CAM needs a layer with maps [N, C, h, w], which this model has none of; use lime, kernelshap, "
                    + "occlusion, rise or integrated-gradients.", ErrorKind.Unsupported);
    }

    public void Dispose()
    {
        _batch.Dispose();
        _session.Dispose();
    }
}
