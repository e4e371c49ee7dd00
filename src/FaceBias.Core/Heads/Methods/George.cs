using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;
using FaceBias.Primitives.Clustering;

namespace FaceBias.Core.Heads.Methods;

/// <summary>GEORGE: ERM's hidden vectors are reduced, clustered within each class by a Gaussian mixture whose size the
/// silhouette chooses, and GroupDRO runs over class and cluster.</summary>
internal sealed class George() : MitigationMethod("george", "GEORGE", "Sohoni et al. 2020",
    deviation: "Two principal components take the place of UMAP; the other reduction is the sample's loss, the "
        + "authors' 'hardness'.")
{
    private const int MaxClusters = 5;

    internal override IReadOnlyList<Parameter> Space =>
    [
        .. Common(decay: 0.1),
        Log("eta", 0.01, 1e-3, 0.3),
        Choice("components", 0, 0, 2),
        Choice("first-epochs", 5, 1, 2, 5, 10),
        Choice("adjustment", 0, 0, 1, 2),
    ];

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        var groups = Erm.First(task, settings, "first-epochs", first => Subclasses(task, settings, first));
        var count = groups.Max() + 1;
        return GroupDro.Train(task, settings, groups, count, Shape(task, settings)) with
            { Notes = ClusterNotes.Of(task.Train, groups) };
    }

    private static int[] Subclasses(MitigationTask task, Settings settings, HeadNetwork first)
    {
        var width = settings.Count("components");
        float[] reduced;
        if (width == 0)
            (reduced, width) = (Hardness(first.Predict(task.Train), task.Train.Target, task.Data.Outputs), 1);
        else
            reduced = PrincipalComponents.Project(first.Hidden(task.Train),
                first.Main.Shape.Hidden == 0 ? task.Train.Width : first.Main.Shape.Hidden, width, task.Seed);
        var groups = new int[task.Train.Rows];
        var next = 0;
        foreach (var (_, rows, part) in ByClass(task, reduced, width))
        {
            var k = ClusterQuality.Choose(part, width, MaxClusters, task.Seed,
                (x, n) => GaussianMixture.Fit(x, width, n, task.Seed));
            var assignment = GaussianMixture.Fit(part, width, k, task.Seed);
            // Numbered without gaps: a component may have lost all its rows.
            var numbers = assignment.Distinct().Order().Select((a, i) => (a, i)).ToDictionary(p => p.a, p => p.i);
            for (var i = 0; i < rows.Length; i++)
                groups[rows[i]] = next + numbers[assignment[i]];
            next += numbers.Count;
        }
        return groups;
    }

    /// <summary>The truth's logit against the largest other one, negated: how hard the sample is.</summary>
    internal static float[] Hardness(float[] logits, int[] truth, int classes)
    {
        var hardness = new float[truth.Length];
        for (var i = 0; i < truth.Length; i++)
        {
            var other = float.NegativeInfinity;
            for (var c = 0; c < classes; c++)
                if (c != truth[i])
                    other = Math.Max(other, logits[i * classes + c]);
            hardness[i] = other - logits[i * classes + truth[i]];
        }
        return hardness;
    }
}
