using System.Numerics.Tensors;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Curation.Linear;

/// <summary>Features of the last layer, scaled to length 1. What hardly activates a network lies near zero, which raw
/// distances take for ordinary; by direction it is far from everything.</summary>
internal sealed class UnitFeatures(Manifest manifest, ImageFeatures features)
{
    /// <summary>Values per image.</summary>
    public int Count => features.Backbone.LastLayerCount;

    /// <summary>Writes the features of an image.</summary>
    public void Read(int row, Span<float> vector)
    {
        var values = features.LastLayer(manifest.Sha256[row]);
        var norm = TensorPrimitives.Norm(values);
        if (norm > 0)
            TensorPrimitives.Divide(values, norm, vector);
        else
            vector.Clear();
    }
}
