using System.Text.Json.Serialization;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Heads.Model;

/// <summary>Something a model predicts. Labels of people are <em>perceived</em> attributes.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(CategoricalOutput), "categorical")]
[JsonDerivedType(typeof(NumericOutput), "numeric")]
internal abstract record OutputSpec(string Name);

/// <summary>One of several classes; the model's output is [N, classes] probabilities.</summary>
/// <param name="Name">Name of the target and of the graph's output.</param>
/// <param name="Classes">Class names in the order of the output.</param>
internal sealed record CategoricalOutput(string Name, IReadOnlyList<string> Classes) : OutputSpec(Name);

/// <summary>
/// A number, predicted as the median of a distribution over equally spaced values (DEX, Rothe et al. 2015, with
/// the smoothed labels of DLDL, Gao et al. 2017); the model's output is [N, 1].
/// </summary>
/// <param name="Name">Name of the target and of the graph's output.</param>
/// <param name="Minimum">First value of the distribution.</param>
/// <param name="Maximum">Last value of the distribution.</param>
/// <param name="Bins">Number of values, both ends included.</param>
/// <param name="Unit">Unit of the values, such as "years", or null.</param>
internal sealed record NumericOutput(string Name, double Minimum, double Maximum, int Bins, string? Unit)
    : OutputSpec(Name)
{
    /// <summary>Maximum number of values of a distribution; a wider range gets a coarser step.</summary>
    public const int MaxBins = 128;

    /// <summary>Distance between two neighbouring values.</summary>
    [JsonIgnore]
    public double Step => (Maximum - Minimum) / (Bins - 1);

    /// <summary>Whether the values are whole numbers in steps of one, such as completed years; so is the prediction
    /// then.</summary>
    [JsonIgnore]
    public bool IsWhole => Step == 1 && Minimum == Math.Floor(Minimum);

    public double Value(int bin) => Minimum + bin * Step;

    /// <summary>Chooses the distribution for labels: steps of one where they are whole numbers over a range of fewer
    /// than <see cref="MaxBins"/>, else <see cref="MaxBins"/> equal steps.</summary>
    /// <param name="labels">Finite labels, at least two different ones.</param>
    public static NumericOutput For(string name, IReadOnlyCollection<double> labels)
    {
        double minimum = labels.Min(), maximum = labels.Max();
        var whole = labels.All(v => v == Math.Floor(v));
        var bins = whole && maximum - minimum < MaxBins ? (int)(maximum - minimum) + 1 : MaxBins;
        var unit = Quantity.UnitOf(name);
        return new NumericOutput(name, minimum, maximum, Math.Max(2, bins), unit);
    }
}
