using FaceBias.Core.Linear;

namespace FaceBias.Core.Tests.Curation.Linear;

public class LinearTests
{
    private const int Size = 7;

    private static double[] Rows(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count * Size).Select(
            i => (float)(random.NextDouble() + (i % Size == 2 ? 3 * random.NextDouble() : 0)))];
    }

    private static Scatter Sum(double[] rows, IReadOnlyList<int> which) =>
        Scatter.Of(Size, 1, which, (row, vector, output) =>
    {
        for (var i = 0; i < Size; i++)
            vector[i] = (float)rows[row * Size + i];
        output[0] = row % 3;
    }, TestContext.Current.CancellationToken);

    [Fact]
    public void Scatter_gives_the_covariance_of_its_rows_and_parts_add_up()
    {
        var rows = Rows(1500, 1);
        int[] all = [.. Enumerable.Range(0, 1500)];
        var scatter = Sum(rows, all);
        var covariance = scatter.Covariance(0);
        for (var i = 0; i < Size; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                double meanI = all.Average(r => rows[r * Size + i]), meanJ = all.Average(r => rows[r * Size + j]);
                Assert.Equal(all.Average(r => (rows[r * Size + i] - meanI) * (rows[r * Size + j] - meanJ)),
                    covariance[i * Size + j], 4);
            }
        }
        Assert.Equal(all.Sum(r => r % 3), scatter.OutputSum[0]);
        Assert.Equal(all.Sum(r => r % 3 * rows[r * Size + 4]), scatter.Cross[4], 0.01);

        var part = Sum(rows, all[..600]);
        part.Add(Sum(rows, all[600..]));
        part.Add(Sum(rows, all[..100]), -1);
        var rest = Sum(rows, all[100..]);
        Assert.Equal(rest.Count, part.Count);
        for (var i = 0; i < rest.Products.Length; i++)
            Assert.Equal(rest.Products[i], part.Products[i], 0.01);
    }

    [Fact]
    public void Cholesky_solves_and_whitens()
    {
        var matrix = Sum(Rows(300, 2), [.. Enumerable.Range(0, 300)]).Covariance(0.1);
        double At(int i, int j) => i >= j ? matrix[i * Size + j] : matrix[j * Size + i];
        var random = new Random(3);
        float[] x = [.. Enumerable.Range(0, Size).Select(_ => (float)random.NextDouble())];
        float[] right = [
            .. Enumerable.Range(0, Size).Select(i => (float)Enumerable.Range(0, Size).Sum(j => At(i, j) * x[j]))];
        var cholesky = new Cholesky<float>(matrix, Size);
        var solved = (float[])right.Clone();
        cholesky.Solve(solved);
        for (var i = 0; i < Size; i++)
            Assert.Equal(x[i], solved[i], 1e-4);
        // |L^-1 b|^2 = b' A^-1 b.
        cholesky.Whiten(right, solved);
        Assert.Equal(right.Zip(x).Sum(p => p.First * p.Second), solved.Sum(v => v * v), 1e-4);
        Assert.Throws<ArgumentException>(() => new Cholesky<float>([-1], 1));
    }

    [Fact]
    public void Robust_figures_are_those_of_the_middle()
    {
        Assert.Equal(2.5, Robust.Median([4, 1, 1000, 2, 3, -1000]));
        Assert.Equal(1.4826, Robust.Deviation([1, 2, 3, 4, 1000], 3), 6);
        Assert.True(double.IsNaN(Robust.Median([])));
    }
}
