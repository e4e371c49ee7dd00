namespace FaceBias.Core.Heads.Model;

/// <summary>What rows weighed in the fit of a head, as multiples of each other: drawn twice as often is a weight twice
/// as large. Of a method that refits the last layer it is the weights of that fit.</summary>
/// <param name="Training">One weight per training row; null if the fit saw none of them.</param>
/// <param name="Validation">One weight per validation row; null if the fit saw none of them.</param>
internal sealed record RowWeights(double[]? Training, double[]? Validation = null)
{
    /// <summary>Rows with a weight above zero.</summary>
    public int Rows => All.Count(w => w > 0);

    /// <summary>Kish's effective sample size, (Σ w)² / Σ w²: as many rows of equal weight would leave as much
    /// variance.</summary>
    public double EffectiveRows => All.Sum() is var sum && sum > 0 ? sum * sum / All.Sum(w => w * w) : 0;

    private IEnumerable<double> All => (Training ?? []).Concat(Validation ?? []);

    /// <summary>The share of all weight that each group has.</summary>
    /// <param name="trainingGroups">Group of each training row.</param>
    /// <param name="validationGroups">Group of each validation row.</param>
    public double[] Shares(int[] trainingGroups, int[] validationGroups, int groupCount)
    {
        var shares = new double[groupCount];
        for (var i = 0; i < (Training?.Length ?? 0); i++)
            shares[trainingGroups[i]] += Training![i];
        for (var i = 0; i < (Validation?.Length ?? 0); i++)
            shares[validationGroups[i]] += Validation![i];
        var sum = shares.Sum();
        return [.. shares.Select(s => sum > 0 ? s / sum : 0)];
    }
}
