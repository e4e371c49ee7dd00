using FaceBias.Primitives.Clustering;

namespace FaceBias.Core.Tests.Mitigation;

public class ClusterTests
{
    /// <summary>Round clouds around given centres, 40 points each.</summary>
    private static (float[] Rows, int[] Truth) Clouds(params (double X, double Y)[] centres)
    {
        var random = new Random(5);
        double Noise() => random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5;
        var truth = Enumerable.Range(0, 40 * centres.Length).Select(i => i % centres.Length).ToArray();
        return ([.. truth.SelectMany(t => new[] { (float)(centres[t].X + Noise()), (float)(centres[t].Y + Noise()) })],
            truth);
    }

    [Fact]
    public void Clouds_far_apart_are_found_by_both_clusterers_and_by_the_silhouette()
    {
        var (rows, truth) = Clouds((0, 0), (8, 0), (0, 8));
        Assert.Equal(1, ClusterQuality.MutualInformation(KMeans.Fit(rows, 2, 3, 1).Assignment, truth), 9);
        Assert.Equal(1, ClusterQuality.MutualInformation(GaussianMixture.Fit(rows, 2, 3, 1), truth), 9);
        Assert.Equal(3, ClusterQuality.Choose(rows, 2, 6, 1, (x, k) => KMeans.Fit(x, 2, k, 1).Assignment));
        Assert.InRange(ClusterQuality.Silhouette(rows, 2, truth), 0.75, 1);
    }

    [Fact]
    public void A_mixture_sees_stretched_clouds_that_k_means_cuts()
    {
        var random = new Random(3);
        var truth = Enumerable.Range(0, 200).Select(i => i % 2).ToArray();
        float[] rows = [
            .. truth.SelectMany(
                t => new[] { (float)(40 * random.NextDouble()), (float)(4 * t + random.NextDouble()) })];
        Assert.True(ClusterQuality.MutualInformation(GaussianMixture.Fit(rows, 2, 2, 1), truth)
            >= ClusterQuality.MutualInformation(KMeans.Fit(rows, 2, 2, 1).Assignment, truth));
    }

    [Fact]
    public void Equal_rows_are_one_cluster()
    {
        var rows = Enumerable.Repeat(1.5f, 30).ToArray();
        var fit = KMeans.Fit(rows, 3, 4, 1);
        Assert.Equal(3, fit.Centres.Length);
        Assert.All(fit.Assignment, a => Assert.Equal(0, a));
        Assert.Equal(0, fit.Inertia, 6);
        Assert.All(GaussianMixture.Fit(rows, 3, 4, 1), a => Assert.Equal(0, a));
        Assert.Equal(double.NaN, ClusterQuality.Silhouette(rows, 3, fit.Assignment));
    }

    [Fact]
    public void Figures_by_hand()
    {
        // Points 0, 1 | 4: silhouettes (4 - 1)/4, (3 - 1)/3 and 0 for the lonely one.
        Assert.Equal((0.75 + 2 / 3.0) / 3, ClusterQuality.Silhouette([0, 1, 4], 1, [0, 0, 1]), 9);
        // H(a) = ln 2, H(b) = H(1/4, 3/4), I = H(b) - H(b|a) = .5623 - .5 ln 2.
        var h = -(0.25 * Math.Log(0.25) + 0.75 * Math.Log(0.75));
        Assert.Equal(2 * (h - 0.5 * Math.Log(2)) / (h + Math.Log(2)),
            ClusterQuality.MutualInformation([0, 0, 1, 1], [0, 1, 1, 1]), 9);
        Assert.Equal(double.NaN, ClusterQuality.MutualInformation([0, 0], [0, 1]));
    }

    [Fact]
    public void The_first_component_follows_the_longest_direction()
    {
        float[] rows = [
            .. Enumerable.Range(-10, 21).SelectMany(i => new[] { 3f * i, 4f * i + (i % 2 == 0 ? 0.1f : -0.1f), 7 })];
        var projected = PrincipalComponents.Project(rows, 3, 1, 1);
        Assert.Equal(50, Math.Abs(projected[0]), 0.1);
        Assert.Equal(0, projected[10], 0.1);
    }
}
