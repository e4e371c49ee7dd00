using FaceBias.Primitives.Randomness;

namespace FaceBias.Workflows.Bounty;

/// <summary>The found settings against the entry's fixed ones, by the competition's score on the test images.</summary>
/// <param name="Found">Score of the found settings.</param>
/// <param name="Entry">Score of the entry's fixed settings.</param>
/// <param name="Difference">Found less entry.</param>
/// <param name="Low">Lower end of its 95% percentile interval over images drawn anew.</param>
/// <param name="High">Upper end.</param>
/// <param name="Images">Labelled test images.</param>
/// <param name="Sentence">What that shows.</param>
internal sealed record BountyComparison(double Found, double Entry, double Difference, double Low, double High,
    int Images, string Sentence)
{
    /// <summary>Compares; images are drawn for both alike.</summary>
    internal static BountyComparison Of(int[][] truth, int[][] found, int[][] entry, int replicates, ulong seed)
    {
        int[] rows = [.. Enumerable.Range(0, truth[0].Length).Where(i => truth.All(t => t[i] >= 0))];
        if (rows.Length == 0)
            throw new FaceBiasException(
                "No test image has labels for all three tasks, so nothing can be scored; check the labels of the test folder.");
        double Score(int[][] predicted, int[] at)
        {
            var tasks = BountyClasses.Tasks.Select(
                (t, k) => BountyScore.Task(t.Name, [.. at.Select(i => truth[k][i])],
                    [.. at.Select(i => predicted[k][i])])).ToArray();
            return BountyScore.Combine(tasks[0], tasks[2], tasks[1]);
        }
        var (a, b) = (Score(found, rows), Score(entry, rows));
        var differences = new double[replicates];
        Parallel.For(0, replicates, r =>
        {
            var random = new RandomSource(unchecked((long)seed)).Stream("bounty comparison", r);
            var drawn = new int[rows.Length];
            for (var i = 0; i < drawn.Length; i++)
                drawn[i] = rows[random.NextInt(rows.Length)];
            differences[r] = Score(found, drawn) - Score(entry, drawn);
        });
        Array.Sort(differences);
        double low = differences[(int)(0.025 * (replicates - 1))],
            high = differences[(int)Math.Ceiling(0.975 * (replicates - 1))];
        var interval = string.Create(CultureInfo.InvariantCulture,
            $"{a - b:+0.000;-0.000} ({low:+0.000;-0.000} to {high:+0.000;-0.000}) on {rows.Length:N0} test images");
        return new(a, b, a - b, low, high, rows.Length,
            low > 0 ? $"The found settings score more than the entry's fixed ones: {interval}."
            : high < 0 ? $"The found settings score less than the entry's fixed ones: {interval}."
            : $"It could not be shown that the found settings score more than the entry's fixed ones: {interval}.");
    }
}
