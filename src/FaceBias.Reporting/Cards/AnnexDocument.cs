namespace FaceBias.Reporting.Cards;

/// <summary><c>ANNEX_IV.md</c>: the nine sections of the technical documentation of Annex IV to Regulation (EU)
/// 2024/1689, what the run knows filled in and the rest marked. An outline is no proof of conformity.</summary>
internal static class AnnexDocument
{
    public static CardDocument Compose(CardContents c)
    {
        var answers = c.Answers;
        var annex = new CardDocument("Technical documentation: outline after Annex IV to Regulation (EU) 2024/1689");
        annex.Paragraph(
            "An outline for the people who write the documentation. What is filled in comes from the run; whether it "
                + "is enough is for them to judge.");
        annex.Heading(2, "1. General description").Paragraph(answers.Of("overview")).Paragraph(
            $"Provider: {answers.Of("owner")}; version: {answers.Of("version")}")
            .Paragraph($"Intended purpose: {answers.Of("intended_uses")}");
        annex.Heading(2, "2. Elements and development");
        annex.Paragraph(
            $"Data: {answers.Of("data_name")}, {answers.Of("data_link")}; collected: {answers.Of("data_collection")}; "
                + $"labelled: {answers.Of("data_labelling")}");
        annex.Paragraph($"Human oversight: {answers.Of("human_oversight")}");
        annex.Paragraph(
            $"Testing: {c.Numbers.Of(c.Audit, "/rows", CardFormat.Count)} predictions of split "
                + $"'{c.Result.Options.Split ?? "all"}' audited; metrics, discriminatory impacts and their intervals: "
                + $"MODEL_CARD.md, 'Results per group'. Dated and signed: {answers.Of("signed")}");
        annex.Heading(2, "3. Monitoring, functioning and control").Paragraph(
            "Accuracy for groups of persons: MODEL_CARD.md, 'Results per group'. Limits: MODEL_CARD.md, 'Limits'.");
        annex.Paragraph($"Excluded uses and foreseeable misuse: {answers.Of("excluded_uses")}")
            .Paragraph($"Persons affected: {answers.Of("people_affected")}");
        annex.Heading(2, "4. Appropriateness of the metrics").Paragraph(answers.Of("metrics_appropriate"));
        annex.List(ReportText.Limits(c.Result).Take(3));
        annex.Heading(2, "5. Risk management").Paragraph(answers.Of("risk_management"));
        annex.Heading(2, "6. Changes through the lifecycle").Paragraph(answers.Of("changes"));
        annex.Heading(2, "7. Harmonised standards").Paragraph(answers.Of("standards"));
        annex.Heading(2, "8. EU declaration of conformity").Paragraph(answers.Of("declaration"));
        annex.Heading(2, "9. Post-market monitoring").Paragraph(answers.Of("monitoring"));
        return annex;
    }
}
