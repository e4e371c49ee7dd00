namespace FaceBias.Reporting.Cards;

/// <summary><c>MODEL_CARD.md</c> after Mitchell et al. (2019), with the sections of Hugging Face's template.</summary>
internal static class ModelCardDocument
{
    public static CardDocument Compose(CardContents c)
    {
        var (answers, numbers) = (c.Answers, c.Numbers);
        var card = new CardDocument(answers.Of("name"));
        if (c.Run?.Text("/options/drawings") == "true")
            card.Paragraph("The faces of this data set are drawings made by a program. This card says nothing about real people.");
        card.Heading(2, "Model").Paragraph(answers.Of("overview"));
        card.Table("The model", ["What", "Value"],
        [
            ["version", answers.Of("version")], ["responsible", answers.Of("owner")],
            ["contact", answers.Of("contact")], ["licence", answers.Of("licence")],
            .. RunRows(c), .. Licences(c),
        ]);
        card.Heading(2, "Intended use").Paragraph(answers.Of("intended_uses"))
            .Paragraph($"Meant for: {answers.Of("users")}");
        card.Heading(2, "Excluded use").Paragraph(answers.Of("excluded_uses")).List(
        [
            "Decisions about people by the model alone.",
            "Statements about what people are: outputs are what annotators perceived in pictures.",
            "People, cameras and places other than those of the data that it was audited on.",
        ]);
        card.Heading(2, "What the labels are").List(
        [
            "Labels of people are perceived attributes: what annotators saw in a picture, not what the people shown "
                + "say about themselves.",
            .. c.Result.Targets.Concat([]).Where(t => IsBinaryGender(t)).Select(t =>
                $"'{t.Name}' has two values. People who are neither, or both, or not as they are perceived, do not "
                    + $"exist for this model: it is wrong about them by construction, and no metric below shows that."),
            .. c.Special.Select(
                s => $"'{s}' is a special category of personal data, or comes close to one; see the record at the end."),
        ]);
        card.Heading(2, "Training data").Table("The data", ["What", "Value"],
        [
            ["name", answers.Of("data_name")], ["where", answers.Of("data_link")], ["terms", answers.Of("data_terms")],
            .. CurationRows(c),
        ]);
        Results(card, c);
        card.Heading(2, "Limits").List(ReportText.NotToConclude(c.Result));
        card.List(ReportText.Limits(c.Result).Select((l, i) => l));
        card.Paragraph($"Affected: {answers.Of("people_affected")}")
            .Paragraph($"Oversight: {answers.Of("human_oversight")}");
        card.Heading(2, "Uncertainty").List(
        [
            "Every estimate stands with its interval; what cannot be estimated stands with the reason.",
            .. Calibrated(c),
        ]);
        card.Heading(2, "Time and energy").Table("What it took", ["What", "Value"],
        [
            .. c.Run is not { } run ? []
                : run.Children("/steps").Select(
                    s => (string[])[$"seconds of '{run.Text($"{s.Pointer}/name")}'",
                        numbers.Of(run, $"{s.Pointer}/seconds", CardFormat.AsIs)]),
            ["energy", answers.Of("energy")], ["hardware", answers.Of("hardware")],
        ]);
        if (c.Special.Count > 0)
            SpecialData(card, c);
        card.Heading(2, "Where the numbers come from").Paragraph(
            $"The comment behind a number names its entry in {CardFolder.TraceFile}, which gives its file, the JSON "
                + $"pointer in it, and the file's SHA-256. 'facebias card verify' computes every number again and "
                + $"refuses this card if one differs.");
        card.Table("Sources", ["File", "SHA-256"],
            c.Sources.Select(s => (string[])[s.Name.Replace('\\', '/'), s.Sha256]));
        return card.Heading(2, "Signed").Paragraph(answers.Of("signed"));
    }

    private static void Results(CardDocument card, CardContents c)
    {
        card.Heading(2, "Results per group");
        card.Paragraph($"{c.Numbers.Of(c.Audit, "/rows", CardFormat.Count)} predictions were audited; intervals in brackets.");
        for (var t = 0; t < c.Result.Targets.Count; t++)
        {
            var target = c.Result.Targets[t];
            string[] keys = [.. Metrics.Headline(target, c.Result.Options).Select(m => m.Key)];
            card.Table(MetricText.Title(target.Name), ["Group", "n", .. keys.Select(k => Metrics.Find(k).Title)],
                c.Groups(t).Select(g =>
            {
                var estimates = c.Estimates(t, g.Group, g.Pointer).ToDictionary(e => e.Estimate.Metric);
                return (string[])[g.Slice, c.Numbers.Of(c.Audit, $"{g.Pointer}/n", CardFormat.Count),
                    .. keys.Select(k => c.Full(estimates[k].Estimate, estimates[k].Pointer))];
            }));
            Gaps(card, c, t);
        }
        card.Heading(3, "Findings").List(Enumerable.Range(0, c.Result.Findings.Count).Select(i =>
            $"{MetricText.Title(MetricText.Words(c.Result.Findings[i].Verdict))}: "
                + $"{c.Numbers.Of(c.Audit, $"/findings/{i}/sentence", CardFormat.AsIs)}"));
    }

    private static void Gaps(CardDocument card, CardContents c, int t)
    {
        var target = c.Result.Targets[t];
        var rows = new List<string[]>();
        for (var g = 0; g < target.Groupings.Count; g++)
        {
            for (var k = 0; k < target.Groupings[g].Gaps.Count; k++)
            {
                var gap = target.Groupings[g].Gaps[k];
                if (target.Groupings[g].Attributes.Count != 1
                    || !target.FindingMetrics.Any(f => f.Metric == gap.Metric && f.Class == gap.Class))
                    continue;
                var (pointer, format) = ($"/targets/{t}/groupings/{g}/gaps/{k}",
                    Metrics.Find(gap.Metric).IsRate ? CardFormat.Points : CardFormat.Decimal);
                string N(string name, CardFormat f) => c.Numbers.Of(c.Audit, $"{pointer}/{name}", f);
                rows.Add([target.Groupings[g].Attributes[0], Metrics.Find(gap.Metric).Title, gap.Worst ?? "–",
                    gap.Best ?? "–", N("value", format),
                    gap.Low is null ? "–" : $"{N("low", format)} to {N("high", format)}",
                    N("adjustedP", CardFormat.Probability),
                    gap.Value is null ? gap.Reason ?? "–" : MetricText.Words(gap.Verdict)]);
            }
        }
        card.Table($"{MetricText.Title(target.Name)}: gaps between "
            + $"groups{(target.Unit is { } unit ? $", in {unit} or points" : ", in points")}",
            ["By", "Metric", "Worst", "Best", "Gap", "Interval", "p", "Verdict"], rows);
    }

    private static IEnumerable<string[]> RunRows(CardContents c)
    {
        if (c.Run is not { } run)
            yield break;
        foreach (var (what, pointer) in new[] { ("backbone", "/options/backbone"), ("seed", "/options/training/seed"),
            ("hidden units", "/options/training/hidden"), ("epochs", "/options/training/epochs") })
            if (run.Text(pointer) is not null)
                yield return [what, c.Numbers.Of(run, pointer, CardFormat.AsIs)];
        foreach (var version in run.Children("/versions"))
            yield return [$"version of {version.Name}", c.Numbers.Of(run, version.Pointer, CardFormat.AsIs)];
        if (run.Text("/artefacts/model.onnx") is not null)
            yield return ["SHA-256 of model.onnx", c.Numbers.Of(run, "/artefacts/model.onnx", CardFormat.AsIs)];
    }

    private static IEnumerable<string[]> Licences(CardContents c) =>
        c.WeightsLicence is { } licence ? [["licence of the backbone's weights", licence]] : [];

    private static IEnumerable<string[]> CurationRows(CardContents c)
    {
        if (c.Curation is not { } curation)
            yield break;
        foreach (var (what, name) in new[]
        {
            ("files", "files"), ("unreadable files", "unreadable"), ("different readable images", "unique"),
            ("groups of exact copies", "exactGroups"),
            ("groups of copies whose labels contradict each other", "labelConflicts"),
            ("near duplicates", "nearFlagged"), ("images left for training and audit", "kept"),
        })
            yield return [what, c.Numbers.Of(curation, $"/{name}", CardFormat.Count)];
    }

    private static IEnumerable<string> Calibrated(CardContents c)
    {
        for (var t = 0; t < c.Result.Targets.Count; t++)
            for (var e = 0; e < c.Result.Targets[t].Overall.Estimates.Count; e++)
                if (c.Result.Targets[t].Overall.Estimates[e] is { Metric: var metric, Class: null } estimate
                    && metric == Metrics.CalibrationError.Key)
                    yield return $"{c.Result.Targets[t].Name}: {Metrics.Find(metric).Title} "
                        + $"{c.Full(estimate, $"/targets/{t}/overall/estimates/{e}")}.";
    }

    /// <summary>The record that processing special categories of data to find bias asks for. It cites the law and does
    /// not say what it says.</summary>
    internal static void SpecialData(CardDocument card, CardContents c)
    {
        card.Heading(2, "Record of special categories of personal data");
        card.Paragraph("Kept under Article 10(5) of Regulation (EU) 2024/1689 and, where it is in force, Article 4a "
            + "of that Regulation as inserted by the Digital Omnibus on AI. The wording of the law is authoritative, "
            + "and is not repeated here.");
        card.Table("The record", ["What", "Written down"],
        [
            ["data", string.Join(", ", c.Special)], ["purpose", c.Answers.Of("special_purpose")],
            ["why no other data would do", c.Answers.Of("special_no_other_data")],
            ["access", c.Answers.Of("special_access")], ["safeguards", c.Answers.Of("special_safeguards")],
            ["deleted on", c.Answers.Of("special_deletion")],
        ]);
    }

    private static bool IsBinaryGender(TargetAudit target) =>
        target.Classes.Count == 2
            && target.Name.Split('_', '-', ' ').Any(
                w => w.Equals("gender", StringComparison.OrdinalIgnoreCase)
                    || w.Equals("sex", StringComparison.OrdinalIgnoreCase));
}
