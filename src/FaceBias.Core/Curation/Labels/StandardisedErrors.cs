using FaceBias.Core.Linear;

namespace FaceBias.Core.Curation.Labels;

/// <summary>Errors of a predicted number in units of the error that is usual at such a prediction: ages of adults are
/// guessed less closely than those of children.</summary>
internal static class StandardisedErrors
{
    private const int Bands = 10;

    /// <summary>Given minus predicted, less the median and over the robust standard deviation of the errors in its
    /// tenth of the predictions; NaN where nothing was given, or where nothing in its tenth varies.</summary>
    public static double[] Of(float[] predicted, double[] given)
    {
        var result = new double[given.Length];
        Array.Fill(result, double.NaN);
        var known = Enumerable.Range(0, given.Length).Where(i => !double.IsNaN(given[i])).OrderBy(i => predicted[i])
            .ThenBy(i => i).ToArray();
        for (var band = 0; band < Bands; band++)
        {
            var rows = known[(int)((long)known.Length * band / Bands)..(int)((long)known.Length * (band + 1) / Bands)];
            var errors = Array.ConvertAll(rows, i => given[i] - predicted[i]);
            var median = Robust.Median(errors);
            var scale = Robust.Deviation(errors, median);
            for (var r = 0; r < rows.Length && scale > 0; r++)
                result[rows[r]] = (errors[r] - median) / scale;
        }
        return result;
    }
}
