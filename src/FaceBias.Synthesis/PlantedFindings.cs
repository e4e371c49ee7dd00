using FaceBias.Primitives.Tables;

namespace FaceBias.Synthesis;

/// <summary>A line of the comparison of what was planted with what was found.</summary>
/// <param name="What">What was planted: "exact duplicates".</param>
/// <param name="Planted">How much of it: "30 files".</param>
/// <param name="Found">How much of that was found: "30 of 30", or why nothing can be said.</param>
/// <param name="Comment">What else is to be said, such as files flagged beyond those planted.</param>
internal sealed record PlantedRow(string What, string Planted, string Found, string Comment);

/// <summary>Compares what was planted with what curation and a model found. Files are matched by name without folders.
/// A flag that nobody looked for is said to be so: not looked for is not the same as not found.</summary>
internal static class PlantedFindings
{
    /// <summary>Names under which found files are given: <c>unreadable</c>, <c>exact_duplicate</c>,
    /// <c>near_duplicate</c>, <c>label_conflict</c>, <c>non_face</c>, <c>wrong_label</c>.</summary>
    public const string Unreadable = "unreadable", ExactDuplicate = "exact_duplicate", NearDuplicate = "near_duplicate",
        LabelConflict = "label_conflict", NonFace = "non_face", WrongLabel = "wrong_label";

    /// <param name="found">Files found, by flag; a flag that is missing was not looked for. A duplicate may be given as
    /// the copy, the original or both.</param>
    /// <param name="predictions">Predictions with the columns <c>id</c>, <c>gender</c> and <c>gender_true</c> (the
    /// label), or null where there are none yet.</param>
    public static IReadOnlyList<PlantedRow> Compare(
        PlantedRecord planted, IReadOnlyDictionary<string, IReadOnlySet<string>> found, Table? predictions = null)
    {
        var flags = found.ToDictionary(f => f.Key, f => f.Value.Select(NameOf).ToHashSet(StringComparer.Ordinal),
            StringComparer.Ordinal);
        var exact = planted.ExactDuplicates.Concat(planted.ConflictingDuplicates).ToArray();
        List<PlantedRow> rows =
        [
            Files("unreadable files", planted.Unreadable, flags.GetValueOrDefault(Unreadable)),
            Copies("exact duplicates, conflicting labels included", exact, [], flags.GetValueOrDefault(ExactDuplicate)),
            // An exact copy is a near one too, so that it counts as planted where it is flagged as near.
            Copies("near duplicates", planted.NearDuplicates, exact, flags.GetValueOrDefault(NearDuplicate)),
            Copies("duplicates with conflicting labels", planted.ConflictingDuplicates, [],
                flags.GetValueOrDefault(LabelConflict)),
            WithoutFace(planted, flags.GetValueOrDefault(NonFace)),
        ];
        var outcomes = predictions is null ? null : Outcomes(predictions);
        rows.Add(WrongLabels(planted, flags.GetValueOrDefault(WrongLabel), outcomes));
        if (planted.RareGroup is { } group)
            rows.Add(Rare(group, outcomes));
        if (planted.Correlation is { } correlation)
            rows.Add(Correlated(correlation, outcomes));
        rows.RemoveAll(r => r.Planted.StartsWith("0 ", StringComparison.Ordinal));
        return rows;
    }

    private static PlantedRow Files(string what, IReadOnlyList<string> planted, HashSet<string>? found)
    {
        var size = Count(planted.Count, "file");
        if (found is null)
            return new PlantedRow(what, size, "not looked for", "");
        return new PlantedRow(what, size, $"{planted.Count(found.Contains)} of {planted.Count}",
            Beyond(found, [.. planted]));
    }

    private static PlantedRow WithoutFace(PlantedRecord planted, HashSet<string>? found)
    {
        var row = Files("pictures without a face", planted.NonFaces, found);
        const string Detector = "facebias curate --faces --backbone faceres asks a face detector";
        return row with { Comment = found is null ? Detector
            : row.Comment.Length == 0
                ? $"by features alone; {Detector} too" : $"{row.Comment}; by features alone; {Detector} too" };
    }

    private static PlantedRow Copies(
        string what, IReadOnlyList<PlantedCopy> planted, IReadOnlyList<PlantedCopy> alsoRight, HashSet<string>? found)
    {
        var size = Count(planted.Count, "pair");
        if (found is null)
            return new PlantedRow(what, size, "not looked for", "");
        var hits = planted.Count(p => found.Contains(p.File) || found.Contains(p.Of));
        HashSet<string> right = [.. planted.Concat(alsoRight).SelectMany(p => new[] { p.File, p.Of })];
        return new PlantedRow(what, size, $"{hits} of {planted.Count}", Beyond(found, right));
    }

    private static PlantedRow WrongLabels(
        PlantedRecord planted, HashSet<string>? found, Dictionary<string, bool>? outcomes)
    {
        if (found is not null)
            return Files("wrong gender labels", planted.WrongLabels, found);
        var size = Count(planted.WrongLabels.Count, "file");
        // A model that disagrees with a wrong label saw the face and not the label.
        if (outcomes is null || Rate(planted.WrongLabels, outcomes) is not { Total: > 0 } seen)
            return new PlantedRow("wrong gender labels", size, "not estimable: none of them was predicted", "");
        return new PlantedRow("wrong gender labels", size,
            $"the model disagrees with {seen.Total - seen.Right} of the {seen.Total} predicted",
            "a disagreement is a hint, not a proof");
    }

    private static PlantedRow Rare(PlantedGroup group, Dictionary<string, bool>? outcomes)
    {
        var size = $"{group.InTraining} of {group.OfTraining} in training, {group.InTest} of {group.OfTest} in test";
        return Contrast($"rare group ({group.Where})", size, group.Files, "in the group", "outside it", outcomes);
    }

    private static PlantedRow Correlated(PlantedCorrelation c, Dictionary<string, bool>? outcomes)
    {
        var size = $"{Share(c.Agreeing, c.Rest)} of {c.Rest} faces";
        if (c.Balanced > 0)
            size += $", {Share(c.BalancedAgreeing, c.Balanced)} of {c.Balanced} balanced ones";
        return Contrast($"{c.Nuisance} goes with gender ({c.Where})", size, c.Against, "where it goes against gender",
            "elsewhere", outcomes);
    }

    private static PlantedRow Contrast(
        string what, string size, IReadOnlyList<string> files, string inside, string outside,
        Dictionary<string, bool>? outcomes)
    {
        if (outcomes is null)
            return new PlantedRow(what, size, "not estimable: no predictions of gender", "");
        var group = Rate(files, outcomes);
        var all = (Right: outcomes.Values.Count(r => r), Total: outcomes.Count);
        var rest = (Right: all.Right - group.Right, Total: all.Total - group.Total);
        if (group.Total == 0 || rest.Total == 0)
            return new PlantedRow(what, size,
                $"not estimable: no face {(group.Total == 0 ? inside : outside)} was predicted", "");
        var (a, b) = ((double)group.Right / group.Total, (double)rest.Right / rest.Total);
        // Two binomial standard errors of the difference; the audit's own intervals are the better ones.
        var error = Math.Sqrt(a * (1 - a) / group.Total + b * (1 - b) / rest.Total);
        var verdict = b - a > 2 * error ? "the model is worse there, as planted"
            : $"no clear difference with {group.Total} faces";
        return new PlantedRow(what, size,
            $"gender accuracy {Share(group.Right, group.Total)} {inside} (n = {group.Total}), "
                + $"{Share(rest.Right, rest.Total)} {outside} (n = {rest.Total})", verdict);
    }

    /// <summary>Whether the predicted gender is the label's, by file; rows without either are left out.</summary>
    private static Dictionary<string, bool> Outcomes(Table predictions)
    {
        var (id, gender, truth) = (predictions.Text("id"), predictions.Text("gender"), predictions.Text("gender_true"));
        var outcomes = new Dictionary<string, bool>(StringComparer.Ordinal);
        for (var i = 0; i < predictions.RowCount; i++)
            if (id[i] is { } name && gender[i] is { } g && truth[i] is { } t)
                outcomes[NameOf(name)] = g == t;
        return outcomes;
    }

    private static (int Right, int Total) Rate(IEnumerable<string> files, Dictionary<string, bool> outcomes)
    {
        var (right, total) = (0, 0);
        foreach (var file in files)
            if (outcomes.TryGetValue(file, out var isRight))
                (right, total) = (right + (isRight ? 1 : 0), total + 1);
        return (right, total);
    }

    private static string Beyond(HashSet<string> found, HashSet<string> right) =>
        found.Count(f => !right.Contains(f)) is > 0 and var n
            ? $"{Count(n, "further file")} flagged that {(n == 1 ? "was" : "were")} not planted" : "";

    private static string Count(int n, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{n} {unit}{(n == 1 ? "" : "s")}");

    private static string Share(int part, int whole) => whole == 0 ? "none"
        : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:0.0}%");

    private static string NameOf(string id) => id[(id.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
}
