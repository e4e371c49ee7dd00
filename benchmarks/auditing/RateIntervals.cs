using FaceBias.Primitives.Statistics;
using MathNet.Numerics.Distributions;

namespace FaceBias.Benchmarks.Auditing;

/// <summary>Wilson's interval beside others of the same nominal coverage, exactly: would another one keep to the band
/// in more cells? (Brown, Cai and DasGupta 2001 compare them.)</summary>
internal static class RateIntervals
{
    private const double Tail = 0.025;

    private static readonly (string Name, Func<int, int, Interval> Of)[] Methods =
    [
        ("Wilson", (k, n) => Interval.Wilson(k, n, Interval.Z(0.95))),
        ("Jeffreys", (k, n) => new(k == 0 ? 0 : Beta.InvCDF(k + 0.5, n - k + 0.5, Tail),
            k == n ? 1 : Beta.InvCDF(k + 0.5, n - k + 0.5, 1 - Tail))),
        ("Agresti-Coull", AgrestiCoull),
        ("Clopper-Pearson",
            (k, n) => new(k == 0 ? 0 : Beta.InvCDF(k, n - k + 1, Tail),
                k == n ? 1 : Beta.InvCDF(k + 1, n - k, 1 - Tail))),
        ("Clopper-Pearson, mid-p",
            (k, n) => new(k == 0 ? 0 : Solve(p => MidP(k, n, p), Tail),
                k == n ? 1 : Solve(p => MidP(k, n, p), 1 - Tail))),
    ];

    /// <summary>Prints a row per interval.</summary>
    /// <param name="sizes">Rows.</param>
    /// <param name="rates">True rates.</param>
    /// <param name="attainable">The coverage nearest to 95% that any interval can have at a size and a rate.</param>
    public static void Print(int[] sizes, double[] rates, Func<int, double, double> attainable)
    {
        static bool Within(double coverage) => coverage is >= 0.935 and <= 0.965;
        var cells = sizes.SelectMany(n => rates.Select(r => (N: n, Rate: r))).ToArray();
        Console.WriteLine(
            FormattableString.Invariant(
                $"{cells.Count(c => Within(attainable(c.N, c.Rate)))} of {cells.Length} cells can be within 93.5 to 96.5% at all"));
        Console.WriteLine("| interval | cells within 93.5 to 96.5% | lowest | mean | mean width at n = 10, 30, 100 |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (name, of) in Methods)
        {
            var found = cells.AsParallel().AsOrdered().Select(c => (c.N, Found: Measure(c.N, c.Rate, of))).ToArray();
            var widths = string.Join(", ",
                new[] { 10, 30, 100 }.Select(
                    n => FormattableString.Invariant(
                        $"{found.Where(f => f.N == n).Average(f => f.Found.Width):0.000}")));
            Console.WriteLine(FormattableString.Invariant(
                $"| {name} | {found.Count(f => Within(f.Found.Coverage))} | {100 * found.Min(f => f.Found.Coverage):0.0}% | {100 * found.Average(f => f.Found.Coverage):0.0}% | {widths} |"));
        }
    }

    private static (double Coverage, double Width) Measure(int n, double rate, Func<int, int, Interval> of)
    {
        double covered = 0, width = 0;
        for (var k = 0; k <= n; k++)
        {
            // Counts beyond these have no weight that a table could show.
            if (Binomial.PMF(rate, n, k) is not (> 1e-10 and var p))
                continue;
            var i = of(k, n);
            covered += i.Low <= rate && rate <= i.High ? p : 0;
            width += p * (i.High - i.Low);
        }
        return (covered, width);
    }

    private static Interval AgrestiCoull(int k, int n)
    {
        var z = Interval.Z(0.95);
        double m = n + (z * z), p = (k + (z * z / 2)) / m, half = z * Math.Sqrt(p * (1 - p) / m);
        return new(Math.Max(0, p - half), Math.Min(1, p + half));
    }

    /// <summary>P(X > k) + P(X = k) / 2, which rises with p.</summary>
    private static double MidP(int k, int n, double p) =>
        ((k == 0 ? 1 : Beta.CDF(k, n - k + 1, p)) + (k == n ? 0 : Beta.CDF(k + 1, n - k, p))) / 2;

    private static double Solve(Func<double, double> rising, double value)
    {
        double low = 0, high = 1;
        for (var i = 0; i < 50; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = rising(middle) < value ? (middle, high) : (low, middle);
        }
        return (low + high) / 2;
    }
}
