using FaceBias.Reporting;
using FaceBias.Workflows.Uncertainty;

namespace FaceBias.Workflows.Train;

/// <summary>Makes a <see cref="ResamplingSummary"/> of the weights of the last epoch.</summary>
internal static class ResamplingSummaries
{
    private const int Tenths = 10, MostLevels = 30;

    /// <summary>The weights of the training images as a table: <c>id</c> and <c>share</c> of the draws.</summary>
    public static Table Weights(RunData data, IReadOnlyList<int> images, double[] weights) => new(
    [
        new TextColumn("id", [.. images.Select(i => (string?)data.Manifest.Files[i].Id)]),
        new NumberColumn("share", weights),
    ]);

    /// <param name="data">The run's images.</param>
    /// <param name="pictures">Whether average pictures are shown.</param>
    public static ResamplingSummary Of(RunData data, Table weights, bool pictures)
    {
        var share = weights.Number("share").Values;
        var of = Enumerable.Range(0, data.Manifest.Count).ToDictionary(i => data.Manifest.Files[i].Id,
            StringComparer.Ordinal);
        int[] images = [.. Enumerable.Range(0, share.Length).Select(r => of[weights.Text("id")[r]!])];
        int[] order = [.. Enumerable.Range(0, share.Length).OrderBy(r => share[r]).ThenBy(r => r)];
        byte[]? Average(IReadOnlyList<int> rows) => !pictures ? null
            : UncertaintySummaries.Average(image => data.Manifest.Files[image].Path, [.. rows.Select(r => images[r])]);
        var tenths = Enumerable.Range(0, Tenths).Select(
            t => order[(t * order.Length / Tenths)..((t + 1) * order.Length / Tenths)]).Select(
            rows => new DrawnTenth(rows.Sum(r => share[r]), Average(rows)));
        var groups = data.Targets.Concat(data.Groups).DistinctBy(t => t.Name)
            .Where(t => t.Kind == TargetKind.Categorical && t.Classes.Count is >= 2 and <= MostLevels)
            .SelectMany(t => t.Classes.Select((level, code) =>
            {
                int[] members = [.. Enumerable.Range(0, images.Length).Where(r => t.Codes[images[r]] == code)];
                return new DrawnGroup(t.Name, level, members.Length, (double)members.Length / images.Length,
                    members.Sum(r => share[r]));
            })).Where(g => g.Images > 0);
        return new([.. tenths], Average(order), Average(Drawn(order, share)), UncertaintySummaries.Averaged,
            [.. groups]);
    }

    /// <summary>Rows as they are drawn: the ends of equal steps along their summed shares.</summary>
    private static List<int> Drawn(int[] order, double[] share)
    {
        var (rows, sum, total) = (new List<int>(), 0.0, order.Sum(r => share[r]));
        foreach (var row in order)
        {
            sum += share[row];
            while (rows.Count < UncertaintySummaries.Averaged
                && (rows.Count + 0.5) / UncertaintySummaries.Averaged <= sum / total)
                rows.Add(row);
        }
        return rows;
    }
}
