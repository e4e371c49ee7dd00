namespace FaceBias.Reporting.Cards;

/// <summary><c>DATASHEET.md</c> after Gebru et al. (2021): the questions that files answer, and those that people
/// must.</summary>
internal static class DatasheetDocument
{
    public static CardDocument Compose(CardContents c)
    {
        var (answers, numbers) = (c.Answers, c.Numbers);
        var sheet = new CardDocument($"Datasheet of {answers.Of("data_name")}");
        sheet.Heading(2, "Motivation").Paragraph(answers.Of("data_motivation"));
        sheet.Heading(2, "Composition").Paragraph(
            "Pictures with labels. The audited part is described here; labels of people are perceived attributes.");
        sheet.Table("Groups in the audited part", ["Attribute", "Value", "Rows"],
            c.Result.Attributes.SelectMany((a, i) => a.Levels.Select((l, k) =>
            (string[])[a.Name, l.Name, numbers.Of(c.Audit, $"/attributes/{i}/levels/{k}/rows", CardFormat.Count)])));
        if (c.Curation is { } curation)
        {
            sheet.Table("Flags of curation", ["Flag", "Images"],
                curation.Children("/flags").Select(
                    f => (string[])[f.Name, numbers.Of(curation, f.Pointer, CardFormat.Count)]));
            sheet.Table("Near duplicates at other distances", ["Bits that may differ", "Pairs", "Images"],
                curation.Children("/thresholds").Select(t =>
                (string[])[numbers.Of(curation, $"{t.Pointer}/distance", CardFormat.Count),
                    numbers.Of(curation, $"{t.Pointer}/pairs", CardFormat.Count),
                    numbers.Of(curation, $"{t.Pointer}/flagged", CardFormat.Count)]));
        }
        sheet.Heading(2, "Collection").Paragraph(answers.Of("data_collection"));
        sheet.Heading(2, "Preprocessing and labelling").Paragraph(answers.Of("data_labelling"));
        if (c.Result.Notices.Count > 0)
            sheet.Table("What was assumed about the labels", ["Notice"],
                Enumerable.Range(0, c.Result.Notices.Count).Select(
                    i => (string[])[numbers.Of(c.Audit, $"/notices/{i}", CardFormat.AsIs)]));
        sheet.Heading(2, "Uses").Paragraph(answers.Of("intended_uses"))
            .Paragraph($"Not to be used for: {answers.Of("excluded_uses")}");
        sheet.Heading(2, "Distribution").Paragraph($"Where: {answers.Of("data_link")}")
            .Paragraph($"Terms: {answers.Of("data_terms")}");
        sheet.Heading(2, "Maintenance").Paragraph(answers.Of("data_maintenance"));
        if (c.Special.Count > 0)
            ModelCardDocument.SpecialData(sheet, c);
        return sheet;
    }
}
