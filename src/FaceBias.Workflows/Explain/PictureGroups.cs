using FaceBias.Core.Data.Labels;
using FaceBias.Core.Explaining;
using FaceBias.Core.Explaining.Groups;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Workflows.Explain;

/// <summary>The groups of the explained pictures.</summary>
internal sealed class PictureGroups
{
    private const int MostGroups = 6;

    private readonly string _attribute;
    private readonly Dictionary<string, string> _of;
    private readonly string[] _levels;

    private PictureGroups(string attribute, Dictionary<string, string> of) => (_attribute, _of, _levels) =
        (attribute, of, [
            .. of.Values.GroupBy(v => v).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal)
                .Take(MostGroups).Select(g => g.Key)]);

    /// <summary>Reads them from the labels.</summary>
    public static PictureGroups Load(ExplainRunOptions options, IReadOnlyList<ImageFile> files)
    {
        var labels = LabelSource.Load(options.Labels!, files);
        var name = options.GroupBy!;
        if (!labels.Table.Has(name))
            throw new FaceBiasException(
                $"The labels have no '{name}' to group by; they have "
                    + $"{string.Join(", ", labels.Table.Columns.Take(20).Select(c => c.Name))}.");
        if (labels.Table[name] is NumberColumn)
            throw new FaceBiasException($"'{name}' is a number, and groups are words; group by another label.");
        var column = labels.Table.Text(name);
        var of = Enumerable.Range(0, files.Count).Where(i => column[i] is not null).ToDictionary(i => files[i].Id,
            i => column[i]!);
        return of.Values.Distinct().Count() > 1 ? new(name, of)
            : throw new FaceBiasException(
                $"All images have the same '{name}' or none, so there are no groups to compare.");
    }

    /// <summary>As many pictures of each group as the limit allows, in a random order of the seed.</summary>
    public IReadOnlyList<ImageFile> Choose(IReadOnlyList<ImageFile> files, int limit, int seed)
    {
        ImageFile[] known = [.. files.Where(f => _of.TryGetValue(f.Id, out var g) && _levels.Contains(g))];
        if (limit == 0)
            return known;
        new RandomSource(seed).Stream("pictures of groups").Shuffle<ImageFile>(known);
        var each = Math.Max(1, limit / _levels.Length);
        return [.. known.GroupBy(f => _of[f.Id]).SelectMany(g => g.Take(each)).OrderBy(f => f.Id,
            StringComparer.Ordinal)];
    }

    /// <summary>Every two groups under every method.</summary>
    public IReadOnlyList<ComparedGroups> Compare(IReadOnlyList<ExplainedPicture> pictures, FacePlaces places,
        ExplainRunOptions options) =>
        [.. pictures.GroupBy(p => p.Method).Select(of =>
    {
        var groups = of.GroupBy(p => _of[p.Id]).ToDictionary(g => g.Key, g => g.ToList());
        string[] levels = [.. _levels.Where(groups.ContainsKey)];
        double[][] Shares(string level) => [.. groups[level].Select(p => p.Face!.Shares.ToArray())];
        var pairs = (from i in Enumerable.Range(0, levels.Length)
                     from j in Enumerable.Range(i + 1, levels.Length - i - 1)
                     select GroupRelevance.Compare(levels[i], levels[j], FaceRegions.Names, Shares(levels[i]),
                         Shares(levels[j]), options.Permutations, options.Explain.Seed)).ToList();
        return new ComparedGroups(_attribute, of.Key, levels.ToDictionary(l => l, l => Mean(groups[l])),
            [.. pairs.Select(p => p with
        {
            Regions = [.. p.Regions.Select(r => r with { AdjustedP = Math.Min(1, r.AdjustedP * pairs.Count) })],
        })], places.Sentence([.. levels.Select(
                l => (l, (IReadOnlyList<ExplainedPicture>)groups[l]))]));
    })];

    /// <summary>What was found, for the console.</summary>
    public static IEnumerable<string> Lines(ComparedGroups compared)
    {
        const double Alpha = 0.05;
        yield return compared.Faces;
        foreach (var pair in compared.Pairs)
        {
            var about = $"{compared.Method.Word()}, {compared.Attribute} {pair.First} ({pair.FirstCount}) and "
                + $"{pair.Second} ({pair.SecondCount})";
            if (pair.Reason is { } reason)
                yield return $"{about}: not compared, {reason}.";
            else if (pair.Regions.Where(r => r.AdjustedP <= Alpha).ToList() is { Count: > 0 } shown)
                yield return $"{about}: the relevance lies on other parts: " + string.Join(", ",
                    shown.Select(r => string.Create(CultureInfo.InvariantCulture,
                        $"{r.Name} {100 * r.First:0.0}% and {100 * r.Second:0.0}% (p {r.AdjustedP:0.000})"))) + ".";
            else
                yield return $"{about}: no difference between parts of the face is shown.";
        }
    }

    private static double[] Mean(List<ExplainedPicture> pictures) =>
        [.. Enumerable.Range(0, ExplainedPicture.Cells * ExplainedPicture.Cells)
            .Select(i => pictures.Average(p => Normal(p.Face!.Grid)[i]))];

    /// <summary>A map whose relevance adds up to 1, so that no picture outweighs the others.</summary>
    private static double[] Normal(IReadOnlyList<double> grid) =>
        grid.Sum(Math.Abs) is > 0 and var sum ? [.. grid.Select(v => v / sum)] : [.. grid];
}
