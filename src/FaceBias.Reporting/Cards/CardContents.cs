using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Reporting.Cards;

/// <summary>What the documents of a card are made of: the files of a run, read once.</summary>
internal sealed class CardContents
{
    /// <summary>The files of a run that a card may use.</summary>
    public const string AuditName = "audit.json", RunName = "run.json", CurationName = "curation.json";

    private static readonly string[] s_special =
        ["race", "ethnic", "ethnicity", "skin", "skintone", "monk", "fitzpatrick", "religion", "disability", "health",
            "orientation", "political", "union"];

    private CardContents(CardSource audit, AuditResult result, CardSource? run, CardSource? curation,
        CardSource answers)
    {
        (Audit, Result, Run, Curation, AnswersFile, Answers) =
            (audit, result, run, curation, answers, CardAnswers.Read(answers));
        Special = [.. result.Attributes.Select(a => a.Name).Concat(result.Targets.Select(t => t.Name)).Distinct()
            .Where(n => n.Split('_', '-', ' ', '.').Any(w => s_special.Contains(w, StringComparer.OrdinalIgnoreCase)))];
    }

    public CardSource Audit { get; }

    public AuditResult Result { get; }

    public CardSource? Run { get; }

    public CardSource? Curation { get; }

    public CardSource AnswersFile { get; }

    public CardAnswers Answers { get; }

    public CardNumbers Numbers { get; } = new();

    /// <summary>Attributes and targets that are special categories of personal data, by their names.</summary>
    public IReadOnlyList<string> Special { get; }

    /// <summary>The licence of the backbone's weights, as model.onnx says it; null where it does not.</summary>
    public string? WeightsLicence { get; private init; }

    /// <summary>The files that numbers come from.</summary>
    public IEnumerable<CardSource> Sources => new[] { Audit, Run, Curation, AnswersFile }.OfType<CardSource>();

    /// <param name="folder">The folder of a run or an audit.</param>
    public static CardContents Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw new FaceBiasException($"There is no folder '{folder}'; give the folder of a finished run or audit.",
            ErrorKind.Missing);
        if (!File.Exists(Path.Combine(folder, AuditName)))
            throw new FaceBiasException(
                $"'{folder}' has no {AuditName}, so there are no results to put on a card; run 'facebias train' or "
                    + $"'facebias audit' first.", ErrorKind.Missing);
        CardSource? Optional(string name) => File.Exists(Path.Combine(folder, name)) ? CardSource.Read(folder, name)
            : null;
        return new(CardSource.Read(folder, AuditName), AuditFile.Read(Path.Combine(folder, AuditName)),
            Optional(RunName), Optional(CurationName),
            CardSource.Read(folder, $"{CardFolder.Name}/{CardAnswers.File}"))
        {
            WeightsLicence = Licence(Path.Combine(folder, "model.onnx")),
        };
    }

    private static string? Licence(string model)
    {
        if (!File.Exists(model) || OnnxFile.Read(model) is not { } file || file.Metadata(ModelMetadata.Key) is null)
            return null;
        return ModelMetadata.Read(file, model).WeightsLicence;
    }

    /// <summary>The format of a metric's values.</summary>
    public static CardFormat Format(string metric) =>
        Metrics.Find(metric).IsRate ? CardFormat.Percent : CardFormat.Decimal;

    /// <summary>The groups that a card prints: everybody, then those of each single attribute, with their
    /// pointers.</summary>
    public IEnumerable<(string Slice, GroupAudit Group, string Pointer)> Groups(int target)
    {
        var audit = Result.Targets[target];
        yield return ("all", audit.Overall, $"/targets/{target}/overall");
        for (var g = 0; g < audit.Groupings.Count; g++)
        {
            if (audit.Groupings[g].Attributes is not [var attribute])
                continue;
            for (var k = 0; k < audit.Groupings[g].Groups.Count; k++)
                yield return ($"{attribute}: {audit.Groupings[g].Groups[k].Name()}", audit.Groupings[g].Groups[k],
                    $"/targets/{target}/groupings/{g}/groups/{k}");
        }
    }

    /// <summary>The estimates of a group that a card prints, with their pointers.</summary>
    public IEnumerable<(Estimate Estimate, string Pointer)> Estimates(int target, GroupAudit group, string pointer)
    {
        var audit = Result.Targets[target];
        var keys = Metrics.Headline(audit, Result.Options).Select(m => m.Key).ToHashSet();
        for (var e = 0; e < group.Estimates.Count; e++)
            if (keys.Contains(group.Estimates[e].Metric) && group.Estimates[e].Class is null)
                yield return (group.Estimates[e], $"{pointer}/estimates/{e}");
    }

    /// <summary>A value with its interval, each with its mark; the reason where there is no value.</summary>
    public string Full(Estimate estimate, string pointer)
    {
        var format = Format(estimate.Metric);
        if (estimate.Value is null)
            return estimate.Reason is null ? "–" : Numbers.Of(Audit, $"{pointer}/reason", CardFormat.AsIs);
        var value = Numbers.Of(Audit, $"{pointer}/value", format);
        return estimate.Low is null ? value
            : $"{value} ({Numbers.Of(Audit, $"{pointer}/low", format)} to "
                + $"{Numbers.Of(Audit, $"{pointer}/high", format)})";
    }
}
