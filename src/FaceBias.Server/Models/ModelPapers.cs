using FaceBias.Auditing;

namespace FaceBias.Server.Models;

/// <summary>What lies beside a model: its card, and for whom its audit found that it does worse.</summary>
/// <param name="Card">The text of card/MODEL_CARD.md, or of MODEL_CARD.md beside the model; null where there is
/// none.</param>
/// <param name="Findings">What the audit found, gaps that were shown first.</param>
/// <param name="Audited">Rows that were audited; null where there is no audit.</param>
internal sealed record ModelPapers(string? Card, IReadOnlyList<ModelFinding> Findings, int? Audited)
{
    private const string CardFile = "MODEL_CARD.md", CardFolder = "card", Audit = "audit.json";

    private const long MostBytes = 64 << 20;

    public static ModelPapers Beside(string modelFile)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(modelFile))!;
        string[] cards = [Path.Combine(folder, CardFolder, CardFile), Path.Combine(folder, CardFile)];
        var (card, audit) = (cards.FirstOrDefault(IsSmall), Path.Combine(folder, Audit));
        var result = IsSmall(audit) ? Read(audit) : null;
        return new(card is null ? null : File.ReadAllText(card),
            [.. Crossed(result).Concat(result?.Findings ?? []).OrderBy(f => f.Verdict == Verdict.GapShown ? 0 : 1)
                .Select(f => new ModelFinding(f.Target, f.Attribute, f.Verdict, f.Sentence))], result?.Rows);
    }

    /// <summary>The worst crossed group of each target where a gap is shown, and slices that were confirmed.</summary>
    private static IEnumerable<Finding> Crossed(AuditResult? audit) => audit is null ? [] :
    [
        .. audit.Targets.Select(FindingText.Gravest).OfType<FindingSubject>()
            .Where(s => s.Grouping.Attributes.Count > 1).Select(s => s.Finding),
        .. audit.Slices.Where(s => s.Confirmed).Select(s =>
            new Finding(s.Target, s.Description, s.Metric, Verdict.GapShown, FindingText.Of(s, audit))),
    ];

    /// <summary>A damaged audit is no reason not to serve.</summary>
    private static AuditResult? Read(string path)
    {
        try
        {
            return AuditFile.Read(path);
        }
        catch (FaceBiasException)
        {
            return null;
        }
    }

    private static bool IsSmall(string path) => File.Exists(path) && new FileInfo(path).Length <= MostBytes;
}

/// <summary>A sentence of the audit.</summary>
internal sealed record ModelFinding(string Target, string Attribute, Verdict? Verdict, string Sentence);
