using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Json;

namespace FaceBias.Core.Heads.Model;

/// <summary>
/// What the pictures that a model was trained on have in common, so that it can tell others: the mean direction of their
/// features of the last layer (those of earlier layers say how a picture is made, not what it shows), and the cosine distance to it that one in 200 of them exceeds, or the median and 4 robust standard deviations where
/// that is farther. A classifier is as confident about a shark as about a face.
/// </summary>
/// <param name="Mean">The direction, float32 in base64.</param>
/// <param name="Limit">The distance, 1 less the cosine, beyond which a picture is unlike them.</param>
/// <param name="Faces">Whether they are known to be faces.</param>
public sealed record Familiarity(string Mean, double Limit, bool Faces)
{
    /// <summary>The metadata property of a model that holds it.</summary>
    public const string Key = "facebias.familiar";

    /// <summary>The value of a model's graph that it speaks of.</summary>
    internal const string Features = "backbone/features";

    /// <summary>Fewer pictures say nothing of what is usual.</summary>
    private const int FewestPictures = 50;

    private const double FarOff = 4, ToDeviation = 1.4826, Exceeding = 0.005;

    /// <summary>Backbones that were trained on faces.</summary>
    private static readonly string[] FaceBackbones = ["faceres", "faceres-deep", "gear", "sface"];

    /// <summary>Measures it; null where there are too few pictures or features that have no direction.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="features">The features of one, of the last layer alone.</param>
    /// <param name="backbone">The backbone's name.</param>
    internal static Familiarity? Of(IReadOnlyList<int> pictures, FeatureRow features, string backbone)
    {
        if (pictures.Count < FewestPictures)
            return null;
        var mean = new float[features(pictures[0]).Length];
        foreach (var picture in pictures)
        {
            var row = features(picture);
            if (TensorPrimitives.Norm(row) is > 0 and var length)
                TensorPrimitives.MultiplyAdd(row, 1 / (length * pictures.Count), mean, mean);
        }
        if (!(TensorPrimitives.Norm<float>(mean) > 0))
            return null;
        double[] distances = [.. pictures.Select(p => Distance(mean, features(p))).Order()];
        var median = distances[distances.Length / 2];
        var deviation = ToDeviation * distances.Select(d => Math.Abs(d - median)).Order().ElementAt(distances.Length / 2);
        var limit = Math.Max(median + FarOff * deviation, distances[(int)((1 - Exceeding) * (distances.Length - 1))]);
        return new(Convert.ToBase64String(MemoryMarshal.AsBytes<float>(mean)), limit, FaceBackbones.Contains(backbone));
    }

    /// <summary>Reads it from a model; null where it has none that fits.</summary>
    internal static Familiarity? Read(ModelProto model)
    {
        if (model.Metadata(Key) is not { } json || !model.Graph.Node.Any(n => n.Output.Contains(Features)))
            return null;
        try
        {
            return JsonSerializer.Deserialize<Familiarity>(json, CoreJson.Options) is { Mean.Length: > 0, Limit: > 0 } read && read.Direction.Length > 0 ? read : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Writes it into a model.</summary>
    internal void WriteTo(ModelProto model) => model.SetMetadata(Key, JsonSerializer.Serialize(this, CoreJson.Compact));

    /// <summary>Distances of rows of features in units of <see cref="Limit"/>: more than 1 is unlike the training pictures; null
    /// where the rows have fewer features. Those of earlier layers follow, and are left out.</summary>
    internal double[]? Novelty(ReadOnlySpan<float> features, int rows)
    {
        var direction = Direction;
        var width = features.Length / Math.Max(1, rows);
        if (width < direction.Length || features.Length != rows * width)
            return null;
        var novelty = new double[rows];
        for (var i = 0; i < rows; i++)
            novelty[i] = Distance(direction, features.Slice(i * width, direction.Length)) / Limit;
        return novelty;
    }

    private float[] Direction => MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(Mean)).ToArray();

    private static double Distance(ReadOnlySpan<float> mean, ReadOnlySpan<float> row) =>
        TensorPrimitives.Norm(row) > 0 ? 1 - TensorPrimitives.CosineSimilarity(mean, row) : 1;
}
