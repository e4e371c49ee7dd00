using System.Text.Json.Serialization;

namespace FaceBias.Auditing;

/// <summary>
/// A part of the data that nobody named and in which the model does worse than elsewhere: found on one half of the
/// rows, measured on the other, so that the metrics are not the luck of the search. A slice is sought and measured
/// among the rows that no slice found before it holds.
/// </summary>
/// <param name="Target">The target.</param>
/// <param name="Description">What the rows have in common: "age 0-9, race Black", or a cluster of look-alikes.</param>
/// <param name="Metric">accuracy, or mae for a number.</param>
/// <param name="N">The slice's rows in the confirming half.</param>
/// <param name="Value">The metric there.</param>
/// <param name="Rest">The metric of all other rows of that half.</param>
/// <param name="Difference">How much worse the slice is: above zero where it is.</param>
/// <param name="Low">Lower end of the difference's interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="FoundN">The slice's rows in the half that it was found in.</param>
/// <param name="FoundDifference">How much worse it looked there; larger by the luck of the search.</param>
/// <param name="P">One-sided p in the confirming half: Fisher's for labels, Welch's for numbers and clustered
/// rows.</param>
/// <param name="AdjustedP">P corrected for all slices tested: twice what Holm makes of the confirming half's, or twice P
/// times the number of slices that there are, where only that confirms it.</param>
/// <param name="Confirmed">Whether the corrected p is at most alpha.</param>
/// <param name="Examples">Ids of rows of the slice, where it lies within a cluster: those nearest to the cluster's
/// centre.</param>
public sealed record Slice(
    string Target, string Description, string Metric, int N, double Value, double Rest, double Difference, double Low,
    double High,
    int FoundN, double FoundDifference, double P, double AdjustedP, bool Confirmed,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Examples = null)
{
    /// <summary>Whether all rows were searched and the same rows measured: the interval then holds for every slice that
    /// there is at once, and so for the one that was chosen.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllRows { get; init; }
}

/// <summary>A vector per image, such as a backbone's features, in which rows that look alike lie close
/// together.</summary>
/// <param name="Source">Where they come from, for the report.</param>
/// <param name="Width">Values per image.</param>
/// <param name="RowOf">The place of an image's vector by the id of its row.</param>
/// <param name="Values">The vectors, one after the other.</param>
internal sealed record AuditFeatures(string Source, int Width, IReadOnlyDictionary<string, int> RowOf,
    ReadOnlyMemory<float> Values);
