using FaceBias.Auditing;

namespace FaceBias.Core.Tests.Auditing;

public class SliceSearchTests
{
    private const int Rows = 400, Count = 5, Levels = 3, Fewest = 8;

    /// <summary>Random attributes and losses, with a part of three attributes that does worse.</summary>
    private static (AttributeData[] Attributes, int[] Rows, double[] Loss) Make(int seed, bool numbers)
    {
        var random = new Random(seed);
        ushort[][] codes =
            [.. Enumerable.Range(0, Count).Select(
                _ => Enumerable.Range(0, Rows).Select(_ => (ushort)random.Next(Levels)).ToArray())];
        AttributeData[] attributes =
            [.. codes.Select(
                (c, a) => new AttributeData($"a{a}", $"a{a}", c,
                    [.. Enumerable.Range(0, Levels).Select(l => $"l{l}")]))];
        double[] loss = [.. Enumerable.Range(0, Rows).Select(r =>
        {
            var bad = codes[0][r] == 1 && codes[2][r] == 0 && codes[4][r] == 2;
            return numbers ? random.NextDouble() * (bad ? 6 : 3) : random.NextDouble() < (bad ? 0.6 : 0.1) ? 1 : 0;
        })];
        return (attributes, [.. Enumerable.Range(0, Rows)], loss);
    }

    /// <summary>The statistic of every slice.</summary>
    private static List<double> Statistics(AttributeData[] attributes, double[] loss, int depth)
    {
        var found = new List<double>();
        var level = new int[Count];
        for (var mask = 1; mask < 1 << Count; mask++)
        {
            int[] used = [.. Enumerable.Range(0, Count).Where(a => (mask >> a & 1) == 1)];
            if (used.Length > depth)
                continue;
            for (var code = 0; code < Math.Pow(Levels, used.Length); code++)
            {
                for (int i = 0, rest = code; i < used.Length; i++, rest /= Levels)
                    level[used[i]] = rest % Levels;
                double[] inside =
                    [.. Enumerable.Range(0, Rows).Where(r => used.All(a => attributes[a].Codes[r] == level[a]))
                        .Select(r => loss[r])];
                double[] outside =
                    [.. Enumerable.Range(0, Rows).Where(r => !used.All(a => attributes[a].Codes[r] == level[a]))
                        .Select(r => loss[r])];
                if (inside.Length < Fewest || outside.Length < Fewest)
                    continue;
                double Spread(double[] x) => x.Average(v => (v - x.Average()) * (v - x.Average()));
                var variance = Spread(inside) + Spread(outside);
                var all = loss.Sum(v => (v - loss.Average()) * (v - loss.Average())) / (Rows - 1);
                found.Add((inside.Average() - outside.Average())
                    / Math.Sqrt((variance + all) / 2 * ((1.0 / inside.Length) + (1.0 / outside.Length))));
            }
        }
        return found;
    }

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(2, 2, false)]
    [InlineData(3, 3, false)]
    [InlineData(4, 4, false)]
    [InlineData(5, 3, true)]
    [InlineData(6, 4, true)]
    public void The_search_finds_the_worst_of_all_slices(int seed, int depth, bool numbers)
    {
        var (attributes, rows, loss) = Make(seed, numbers);
        var all = Statistics(attributes, loss, depth);
        var worst = SliceSearch.Worst(attributes, rows, loss, depth, Fewest, 12);
        Assert.Equal(all.OrderDescending().Where(t => t >= 2).Take(12), worst.Select(w => w.T),
            (x, y) => Math.Abs(x - y) < 1e-9);
        var found = worst[0];
        Assert.InRange(found.Terms.Count, 1, depth);
        Assert.Equal(found.N, rows.Count(found.Holds));
    }

    [Fact]
    public void A_planted_slice_of_three_attributes_has_its_name()
    {
        var (attributes, rows, loss) = Make(11, numbers: false);
        Assert.Equal("a0 l1, a2 l0, a4 l2", SliceSearch.Worst(attributes, rows, loss, 3, Fewest, 1)[0].Name());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Threads_change_nothing(int threads)
    {
        var (attributes, rows, loss) = Make(21, numbers: true);
        var (one, many) = (SliceSearch.Worst(attributes, rows, loss, 4, Fewest, 20, 1),
            SliceSearch.Worst(attributes, rows, loss, 4, Fewest, 20, threads));
        Assert.Equal(one.Select(s => (s.Name(), s.T, s.N)), many.Select(s => (s.Name(), s.T, s.N)));
    }

    [Fact]
    public void Where_all_rows_are_served_alike_there_is_no_slice()
    {
        var (attributes, rows, _) = Make(1, numbers: false);
        Assert.Empty(SliceSearch.Worst(attributes, rows, new double[Rows], 3, Fewest, 5));
        Assert.Empty(SliceSearch.Worst(attributes, rows, [.. Enumerable.Repeat(1.0, Rows)], 3, Fewest, 5));
    }

    [Fact]
    public void A_mixture_finds_rows_that_look_alike_and_are_served_badly_by_their_features_alone()
    {
        var random = new Random(3);
        const int N = 1600, Width = 12;
        var points = new float[N * Width];
        bool[] odd = [.. Enumerable.Range(0, N).Select(_ => random.NextDouble() < 0.15)];
        for (var i = 0; i < N; i++)
            for (var j = 0; j < Width; j++)
                points[i * Width + j] = (float)(random.NextDouble() - 0.5 + (odd[i] && j < 3 ? 1 : 0));
        int[] fitted = [.. Enumerable.Range(0, N / 2)];
        double[] loss = [.. fitted.Select(i => random.NextDouble() < (odd[i] ? 0.7 : 0.05) ? 1.0 : 0)];
        var (reduced, d) = ErrorMixture.Reduce(points, Width, 5);
        var (component, _, count) = ErrorMixture.Fit(reduced, d, fitted, loss, 5)!.Value;
        Assert.Equal(2, count);
        // Of the rows whose losses it never saw, one component holds the odd ones.
        int[] unseen = [.. Enumerable.Range(N / 2, N / 2)];
        var right = Math.Max(unseen.Count(i => component[i] == 0 == odd[i]),
            unseen.Count(i => component[i] == 1 == odd[i]));
        Assert.True(right > 0.95 * unseen.Length, $"{right} of {unseen.Length}");
        Assert.Equal(component, ErrorMixture.Fit(reduced, d, fitted, loss, 5)!.Value.Component);
    }
}
