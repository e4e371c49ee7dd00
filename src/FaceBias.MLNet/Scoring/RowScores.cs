namespace FaceBias.MLNet.Scoring;

/// <summary>What a graph gave for one row.</summary>
/// <param name="Outputs">Its numbers by output; not numbers where there is a problem.</param>
/// <param name="Problem">Why the picture cannot be used; null where it was.</param>
internal sealed record RowScores(IReadOnlyList<float[]> Outputs, string? Problem)
{
    /// <summary>A row whose picture cannot be used.</summary>
    public static RowScores Missing(ScoringSpec spec, string problem) =>
        new([.. spec.Outputs.Select(o =>
        {
            var values = new float[o.Length];
            Array.Fill(values, float.NaN);
            return values;
        })], problem);

    /// <summary>The key of the largest number of an output, from 1; 0, which is missing, where there is none.</summary>
    public uint Key(int output)
    {
        var best = 0;
        var values = Outputs[output];
        for (var i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i]))
                return 0;
            if (values[i] > values[best])
                best = i;
        }
        return (uint)best + 1;
    }
}
