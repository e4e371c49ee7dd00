using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Heads.Methods;

/// <summary>A last layer fitted on the validation rows, and on the training rows too if they are given, with a weight
/// per group. What it gives for each half of the validation rows after a fit without that half tells how good it
/// is.</summary>
internal sealed class CrossFit : IDisposable
{
    private readonly MitigationTask _task;
    private readonly HeadPart _validation;
    private readonly HeadPart _pool;
    private readonly int[] _groups;
    private readonly int[] _half;
    private readonly ConvexFit _fit;
    private readonly Dictionary<string, float[]>?[] _last = new Dictionary<string, float[]>?[2];

    /// <summary>Prepares the fits.</summary>
    /// <param name="task">Kind of target, groups, seed, cancellation.</param>
    /// <param name="validation">What the layer sees of the validation rows.</param>
    /// <param name="training">What it sees of the training rows, or null to leave them out.</param>
    /// <param name="l1">Weight of the sum of absolute weights in the mean loss.</param>
    /// <param name="l2">Weight of half the sum of squared weights in the mean loss.</param>
    public CrossFit(MitigationTask task, HeadPart validation, HeadPart? training, double l1, double l2)
    {
        (_task, _validation, _pool) = (task, validation, training is null ? validation : Join(validation, training));
        _groups = training is null ? task.ValidationGroups : [.. task.ValidationGroups, .. task.TrainGroups];
        _half = Halves(task.ValidationGroups, task.Data.GroupCount, task.Seed);
        _fit = new ConvexFit(task, _pool, l1, l2);
    }

    /// <summary>The outputs for all validation rows, [rows, outputs], each half's by the fit without it.</summary>
    /// <param name="shares">What each group weighs as a whole.</param>
    public float[] HeldOut(double[] shares)
    {
        var outputs = _task.Data.Outputs;
        var heldOut = new float[_validation.Rows * outputs];
        // Half of the rows can curve more than all of them; a margin instead of a second power iteration.
        var curvature = 1.25 * ConvexFit.LargestEigenvalue(_pool, Weights(_groups, shares, _ => true));
        for (var half = 0; half < 2; half++)
        {
            var weights = Weights(_groups, shares, i => i >= _half.Length || _half[i] != half);
            _last[half] = _fit.Run(weights, curvature, _last[half]);
            var found = ConvexFit.Outputs(_validation, _last[half]!, outputs);
            for (var i = 0; i < _validation.Rows; i++)
                if (_half[i] == half)
                    found.AsSpan(i * outputs, outputs).CopyTo(heldOut.AsSpan(i * outputs));
        }
        return heldOut;
    }

    /// <summary>The layer fitted on all rows: "out.weight" and "out.bias".</summary>
    /// <param name="shares">What each group weighs as a whole.</param>
    public Dictionary<string, float[]> Fit(double[] shares)
    {
        var weights = Weights(_groups, shares, _ => true);
        return _fit.Run(weights, ConvexFit.LargestEigenvalue(_pool, weights));
    }

    /// <summary>What each row weighs in <see cref="Fit"/>.</summary>
    /// <param name="shares">What each group weighs as a whole.</param>
    public RowWeights RowWeights(double[] shares)
    {
        var weights = Weights(_groups, shares, _ => true);
        return new(_groups.Length == _half.Length ? null : weights[_half.Length..], weights[.._half.Length]);
    }

    public void Dispose() => _fit.Dispose();

    /// <summary>Weights that give each group its share in all, equally divided among those of its rows that take
    /// part.</summary>
    internal static double[] Weights(int[] groups, double[] shares, Func<int, bool> takesPart)
    {
        var sizes = new int[shares.Length];
        for (var i = 0; i < groups.Length; i++)
            if (takesPart(i))
                sizes[groups[i]]++;
        return [.. groups.Select((g, i) => takesPart(i) ? shares[g] / sizes[g] : 0)];
    }

    /// <summary>0 or 1 per row, alternating within each group in a random order.</summary>
    internal static int[] Halves(int[] groups, int groupCount, ulong seed)
    {
        var random = new RandomSource(seed).Stream("halves", 0);
        var keys = groups.Select(_ => random.NextUInt64()).ToArray();
        var half = new int[groups.Length];
        for (var g = 0; g < groupCount; g++)
        {
            var place = 0;
            foreach (var i in Enumerable.Range(0, groups.Length).Where(i => groups[i] == g).OrderBy(i => keys[i]))
                half[i] = place++ % 2;
        }
        return half;
    }

    private static HeadPart Join(HeadPart a, HeadPart b) =>
        new([.. a.Features, .. b.Features], a.Width, [.. a.Target, .. b.Target], [.. a.Values, .. b.Values], null);
}
