using System.Numerics.Tensors;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Curation;

/// <summary>How alike two images are by their features: the cosine on a scale on which 1 is equal and 0 is what two
/// images of the set have by chance. Networks differ in how alike they find any two pictures; on this scale they
/// agree.</summary>
internal sealed class FeatureSimilarity
{
    private const int FewestToSample = 50, LargestSample = 500;

    private readonly Manifest _manifest;
    private readonly ImageFeatures _features;

    /// <summary>Learns chance from a sample of images, all of which have features.</summary>
    public FeatureSimilarity(Manifest manifest, ImageFeatures features, int[] sample)
    {
        (_manifest, _features) = (manifest, features);
        Chance = MeanCosine(sample);
    }

    /// <summary>Mean cosine of two images by chance.</summary>
    public double Chance { get; }

    /// <summary>Similarity of two images.</summary>
    public double Of(int a, int b) =>
        (TensorPrimitives.CosineSimilarity(Features(a), Features(b)) - Chance) / (1 - Chance);

    /// <summary>Images to learn from what chance is: the first by SHA-256, which has nothing to do with what they show;
    /// none where there are too few.</summary>
    public static int[] Sample(Manifest manifest, int[] unique) => unique.Length < FewestToSample ? []
        : [.. unique.OrderBy(i => manifest.Sha256[i]).Take(LargestSample)];

    private ReadOnlySpan<float> Features(int row) => _features.LastLayer(_manifest.Sha256[row]);

    /// <summary>Mean cosine of all pairs, from the sum of the unit vectors; 0 without a sample.</summary>
    private double MeanCosine(int[] sample)
    {
        if (sample.Length < 2)
            return 0;
        var sum = new float[_features.Backbone.LastLayerCount];
        foreach (var row in sample)
        {
            var values = Features(row);
            var norm = TensorPrimitives.Norm(values);
            if (norm > 0)
                TensorPrimitives.MultiplyAdd(values, 1 / norm, sum, sum);
        }
        return Math.Max(0,
            (TensorPrimitives.SumOfSquares(sum) - (double)sample.Length)
                / ((double)sample.Length * (sample.Length - 1)));
    }
}
