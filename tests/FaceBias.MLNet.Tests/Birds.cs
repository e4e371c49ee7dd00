using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.MLNet.Tests;

/// <summary>Rows in which a background agrees with the label, as in Waterbirds.</summary>
internal sealed class Birds
{
    public string Label { get; set; } = "";
    public string Background { get; set; } = "";
    [VectorType(2)] public float[] Small { get; set; } = [];
    [VectorType(3)] public float[] Large { get; set; } = [];

    /// <summary>The first feature says the label with noise, the second says the background plainly, which agrees with
    /// the label in a share of the rows.</summary>
    internal static IDataView Of(int count, double agree, int seed)
    {
        var random = new Random(seed);
        var context = new MLContext(seed: 1);
        var rows = Enumerable.Range(0, count).Select(i =>
        {
            var (label, aligned) = (i % 2, random.NextDouble() < agree);
            var background = aligned ? label : 1 - label;
            float own = label + (random.NextSingle() - 0.5f) * 1.6f,
                place = background + (random.NextSingle() - 0.5f) * 0.2f;
            return new Birds { Label = label == 0 ? "land" : "water", Background = aligned ? "usual" : "unusual",
                Small = [own, place], Large = [own, place, random.NextSingle()] };
        }).ToList();
        var view = context.Data.LoadFromEnumerable(rows);
        var keys = context.Data.LoadFromEnumerable(new[] { new { Label = "land" }, new { Label = "water" } });
        return context.Transforms.Conversion.MapValueToKey("Label", keyData: keys).Fit(view).Transform(view);
    }
}
