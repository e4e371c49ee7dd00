namespace FaceBias.Core.Heads.Methods;

/// <summary>Environments of the validation rows without group labels, as EIIL infers them (Creager, Jacobsen, Zemel
/// 2021) and EVaLS chooses by them (Ghaznavi et al. 2024): the assignment of rows to two environments that makes the
/// invariance penalty of ERM largest, Σ over environments of (d/ds mean loss of s · outputs at s = 1)².</summary>
/// <remarks>The authors climb that penalty in soft assignments by thousands of Adam steps. It is convex in them, so its
/// maximum is a corner, and with g_i = d/ds of a row's loss the two squares are largest where all rows with g_i above
/// zero are on one side: the rows on which ERM is too confident, against those on which it is not confident enough. Of
/// two classes those are exactly the rows that ERM gets wrong and those that it gets right.</remarks>
internal sealed class Environments
{
    private readonly Lock _gate = new();
    private int[]? _found;

    /// <summary>The environment of each validation row, 0 or 1, by an ERM head with its published settings whose epoch
    /// is chosen by the worst class; found once for all copies of a task.</summary>
    public int[] Of(MitigationTask task)
    {
        lock (_gate)
        {
            if (_found is not null)
                return _found;
            var erm = new Erm();
            var reference = task.With(SelectionRule.WorstClass, seed: 1, onEpoch: _ => true);
            using var net = Erm.Network(reference, Settings.Defaults(erm.Space));
            HeadFit.Run(reference, net, Erm.Plan(reference, Settings.Defaults(erm.Space), net));
            return _found = Split(net.Predict(task.Validation), task.Validation);
        }
    }

    /// <summary>1 for a row whose loss falls if the outputs are scaled down, 0 for the others.</summary>
    internal static int[] Split(float[] outputs, HeadPart rows)
    {
        var width = outputs.Length / rows.Rows;
        var environments = new int[rows.Rows];
        for (var i = 0; i < rows.Rows; i++)
        {
            double slope;
            if (rows.Values.Length > 0)
            {
                // Of the squared error of a centred number: s f - y, squared, changes by 2 f (f - y).
                slope = outputs[i] * (outputs[i] - rows.Values[i]);
            }
            else
            {
                var logits = outputs.AsSpan(i * width, width);
                var p = LastLayer.Softmax(logits);
                slope = -logits[rows.Target[i]];
                for (var c = 0; c < width; c++)
                    slope += p[c] * logits[c];
            }
            environments[i] = slope > 0 ? 1 : 0;
        }
        return environments;
    }
}
