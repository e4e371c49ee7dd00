using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Curation.Review;

/// <summary><c>review.csv</c>: one row per image that a person should look at. The person writes <c>keep</c>,
/// <c>drop</c> or <c>relabel</c> into <c>action</c> and, for the last, <c>gender=female; age=31</c> into
/// <c>relabel</c>; the other columns are for information. Curation rewrites the file and keeps every decision in
/// it.</summary>
internal static class ReviewFile
{
    /// <summary>Its name in the folder of a curation.</summary>
    public const string Name = "review.csv";

    /// <summary>Digits of the SHA-256 that stand in the file.</summary>
    internal const int Digits = 16;

    /// <summary>Reads the decisions; rows without an action are none.</summary>
    /// <exception cref="FaceBiasException">The file lacks a column, or a row holds what is no decision; nothing of it
    /// is then used and the file is left as it is.</exception>
    public static IReadOnlyList<ReviewDecision> Read(string path)
    {
        // Where nothing is worth a look, curation writes no row.
        var table = TableFile.Read(path, mayLackRows: true);
        if (!table.Has("id") || !table.Has("action"))
            throw new FaceBiasException(
                $"'{path}' lacks the column '{(table.Has("id") ? "action" : "id")}'; it needs id, action (keep, drop "
                    + "or relabel) and relabel.");
        TextColumn ids = table.Text("id"), actions = table.Text("action");
        var relabels = table.Has("relabel") ? table.Text("relabel") : null;
        var sums = table.Has("sha256") ? table.Text("sha256") : null;
        var decisions = new Dictionary<string, ReviewDecision>(StringComparer.Ordinal);
        for (var row = 0; row < table.RowCount; row++)
        {
            if (actions[row]?.Trim() is not { Length: > 0 } action)
            {
                if (relabels?[row]?.Trim() is { Length: > 0 } forgotten)
                    throw new FaceBiasException(
                        $"'{path}' gives '{ids[row]}' new labels ({forgotten}) but no action; write relabel into 'action'.");
                continue;
            }
            if (ids[row] is not { } id)
                throw new FaceBiasException(
                    $"'{path}' has an action '{action}' without an id in row {row + 1}; add the id or remove the row.");
            var decision = new ReviewDecision(id, sums?[row] ?? "", Action(path, id, action),
                Labels(path, id, relabels?[row]));
            if (decision.Action == ReviewAction.Relabel != decision.Labels.Count > 0)
            {
                throw new FaceBiasException(decision.Action == ReviewAction.Relabel
                    ? $"'{path}' asks to relabel '{id}' but gives no label; write such as gender=female into 'relabel'."
                    : $"'{path}' gives '{id}' new labels but the action '{action}'; write relabel into 'action'.");
            }
            if (decisions.TryGetValue(id, out var earlier)
                && (earlier.Action != decision.Action || earlier.Relabel != decision.Relabel))
                throw new FaceBiasException($"'{path}' decides on '{id}' twice and differently; keep one of the rows.");
            decisions[id] = decision;
        }
        return [.. decisions.Values];
    }

    /// <summary>Writes a row per image that was flagged for more than being a copy of another, by cluster, then by id;
    /// and every decision, those on images that are gone included.</summary>
    public static void Write(string path, Manifest manifest, IReadOnlyList<ReviewDecision> decisions,
        IReadOnlyDictionary<int, string>? reasons = null)
    {
        var byId = decisions.ToDictionary(d => d.Id, StringComparer.Ordinal);
        const ManifestFlags NothingToSee = ManifestFlags.ExactCopy | ManifestFlags.Unreadable;
        var rows = Enumerable.Range(0, manifest.Count)
            .Where(i => (manifest.Flags[i] & ~NothingToSee) != 0
                || (byId.Count > 0 && byId.ContainsKey(manifest.Files[i].Id)))
            .OrderBy(i => manifest.Cluster[i]).ThenBy(i => i).ToArray();
        ReviewDecision[] gone = [];
        if (decisions.Count > 0)
        {
            var present = ImageIndex.ById(manifest.Files);
            gone = [.. decisions.Where(d => present.Find(d.Id) < 0)];
        }
        ReviewDecision? Of(int i) => byId.GetValueOrDefault(manifest.Files[i].Id);
        TextColumn Text(string name, Func<int, string?> value, Func<ReviewDecision, string?> ofGone) =>
            new(name, [.. rows.Select(value), .. gone.Select(ofGone)]);
        TableFile.Write(path, new(
        [
            Text("id", i => manifest.Files[i].Id, d => d.Id),
            Text("action", i => Of(i)?.Action.ToString().ToLowerInvariant(),
                d => d.Action.ToString().ToLowerInvariant()),
            Text("relabel", i => Of(i)?.Relabel, d => d.Relabel),
            Text("flags", i => string.Join(' ', manifest.Flags[i].Columns()), _ => null),
            Text("why", i => reasons?.GetValueOrDefault(i) ?? manifest.Suspects[i], _ => "no such image any more"),
            Text("kept", i => manifest.Kept[i] ? "yes" : "no", _ => null),
            Text("cluster", i => manifest.Files[manifest.Cluster[i]].Id, _ => null),
            .. manifest.Labels.Select(label => Text(LabelName(label.Name), i => LabelText.Of(label, i), _ => null)),
            Text("sha256", i => manifest.Sha256[i].ToString()[..Digits], d => d.Sha256),
        ]));
    }

    /// <summary>Whether a decision was made on the picture that is there now.</summary>
    internal static bool Fits(ReviewDecision decision, Digest sha256) =>
        decision.Sha256.Length == 0
            || sha256.ToString().StartsWith(decision.Sha256, StringComparison.OrdinalIgnoreCase);

    // A label may have the name of one of the columns before it.
    private static string LabelName(string name) =>
        name.ToLowerInvariant() is "id" or "action" or "relabel" or "flags" or "why" or "kept" or "cluster" or "sha256"
            ? $"label {name}" : name;

    private static ReviewAction Action(string path, string id, string action) =>
        !int.TryParse(action, out _) && Enum.TryParse<ReviewAction>(action, ignoreCase: true, out var known) ? known
            : throw new FaceBiasException(
                $"'{path}' has the action '{action}' for '{id}'; use keep, drop or relabel, or leave it empty.");

    private static SortedDictionary<string, string> Labels(string path, string id, string? text)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in (text ?? "").Split(';',
            StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at < 1)
                throw new FaceBiasException(
                    $"'{path}' has '{part}' as a new label of '{id}'; write it as column=value, several with ';' "
                        + "between them.");
            if (!labels.TryAdd(part[..at].Trim(), part[(at + 1)..].Trim()))
                throw new FaceBiasException($"'{path}' gives '{id}' two values of '{part[..at].Trim()}'; keep one.");
        }
        return labels;
    }
}
