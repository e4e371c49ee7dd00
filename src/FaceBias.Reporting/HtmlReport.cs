namespace FaceBias.Reporting;

/// <summary>Writes <c>report.html</c>: one file that opens offline and asks for nothing from anywhere. The first screen
/// answers for whom the model fails, by how much, how sure that is and what to do next; each finding is a picture with
/// its sentence; the rest is one click away.</summary>
internal static partial class HtmlReport
{
    /// <summary>What thumbnails may add to the file.</summary>
    private const int PictureBudget = 480_000;

    /// <summary>The sections in their order. To add one: a method that makes its markup from <see cref="Parts"/>,
    /// <see cref="DotChart"/> and <see cref="Plot"/>, empty where there is nothing to say, and a line here; what is of
    /// a single target goes to <see cref="s_targetParts"/>.</summary>
    private static readonly (string Id, string Name, string Title, bool Folded,
        Func<ReportInput, ReportPictures, Html> Body)[] s_sections =
    [
        ("answer", "", "", false, Answer),
        ("findings", "Findings", "Findings", false, Findings),
        ("explore", "Explore", "Explore groups", false, Explorer),
        ("coverage", "Coverage", "Do prediction sets hold the truth, and for whom?", false, Coverage),
        ("abstaining", "Abstaining", "What abstaining does, and to whom", true, Abstaining),
        ("slices", "Slices", "Where else it does worse", true, Slices),
        ("resampling", "Resampling", "Before and after resampling", false, Resampling),
        ("comparison", "Comparison", "Compared with another model", false, Comparison),
        ("scores", "Uncertainty", "What the model does not know", true, Scores),
        ("planted", "Planted", "What was planted and what was found", true, Planted),
        ("targets", "All metrics", "All metrics", true, Targets),
        ("limits", "Limits", "Limits and sample sizes", true, (input, _) => Limits(input.Audit)),
        ("training", "Training", "Training", true, Training),
        ("curation", "Curation", "Curation of the data", true, Curation),
        ("provenance", "Provenance", "Provenance", true, Provenance),
    ];

    /// <summary>What is shown of each target, under its own heading and folded.</summary>
    private static readonly (string Title, Func<ReportInput, TargetAudit, ReportPictures, Html> Body)[] s_targetParts =
    [
        ("Every metric of every group", (input, target, _) => Groups(input.Audit, target)),
        ("Gaps with their tests", (input, target, _) => Gaps(input.Audit, target)),
        ("Crossed groups", (input, target, _) => Crossed(input.Audit, target)),
        ("Confusion matrix", (_, target, _) => Confusion(target)),
        ("How sure the model is, and how right", (_, target, _) => Calibration(target)),
        ("Other thresholds", (_, target, _) => Thresholds(target)),
        ("How large the errors are", (input, target, _) => Errors(input.Audit, target)),
        ("The worst predictions", (_, target, pictures) => Worst(target, pictures)),
    ];

    /// <exception cref="FaceBiasException">The file cannot be written.</exception>
    public static void Write(string path, ReportInput input) => AtomicFile.WriteText(path, Compose(input));

    internal static string Compose(ReportInput input)
    {
        var pictures = new ReportPictures(input.Thumbnails, PictureBudget);
        // In order, so that the pictures that matter most are within the budget.
        var parts = s_sections.Select(s => (Section: s, Body: s.Body(input, pictures))).Where(s => !s.Body.IsEmpty)
            .Select(s => new PagePart(s.Section.Id, s.Section.Name, s.Section.Title.Length == 0 ? s.Body
                : s.Section.Folded ? Parts.FoldedSection(s.Section.Id, s.Section.Title, s.Body)
                    : Parts.Section(s.Section.Id, s.Section.Title, s.Body)));
        return HtmlPage.Write(input.Title, Subtitle(input), parts, "pictures.js", "explorer.js");
    }

    private static string Subtitle(ReportInput input)
    {
        var audit = input.Audit;
        return $"{MetricText.Count(audit.Rows)} audited predictions"
            + (audit.OtherRows > 0
                ? $" of split '{audit.Options.Split}' ({MetricText.Count(audit.OtherRows)} rows of other splits left out)" : "")
            + (input.Drawings
                ? ". The faces are drawings made by a program: this shows that the tool works and says nothing about "
                    + "real people." : "");
    }

    private static Html Targets(ReportInput input, ReportPictures pictures) =>
        Html.Join(input.Audit.Targets.Select((target, i) => Html.Of($"""
        <div id="target{i}">{Parts.Heading(MetricText.Title(target.Name))}
        {Parts.Text($"{MetricText.Count(target.Overall.N)} predictions{(target.NoTruth ? ", whose truth is not known: only what is predicted for whom is compared" : " with a true value")}."
            + (target.Overall.Unpredicted > 0 ? $" A further {MetricText.Count(target.Overall.Unpredicted)} have a true value but no prediction." : ""))}
        {s_targetParts.Select(p => (p.Title, Body: p.Body(input, target, pictures))).Where(p => !p.Body.IsEmpty).Select(p => Parts.Fold(p.Title, p.Body))}
        </div>
        """)));
}
