using System.Text;
using FaceBias.Auditing;

namespace FaceBias.Reporting;

/// <summary>Writes <c>MODEL_CARD.md</c> (after Mitchell et al. 2019) from the numbers of the report.</summary>
internal static class ModelCard
{
    /// <summary>Writes the card.</summary>
    /// <exception cref="FaceBiasException">The file cannot be written.</exception>
    public static void Write(string path, ReportInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        AtomicFile.WriteText(path, Compose(input));
    }

    internal static string Compose(ReportInput input)
    {
        var audit = input.Audit;
        var text = new StringBuilder();
        void Line(string line = "") => text.Append(line).Append('\n');

        Line($"# {Escape(input.Title)}");
        Line();
        if (input.Drawings)
        {
            Line("**The faces of this data set are drawings made by a program. This card says nothing about real people.**");
            Line();
        }
        Line("## Model");
        Line();
        Table(["What", "Value"],
            ReportText.Provenance(input).Where(p => p.Key != "charts").Select(p => (string[])[p.Key, p.Value]));
        Line("## Intended use and limits");
        Line();
        Line("Research into how such models fail, and for whom. Not for decisions about people.");
        Line();
        foreach (var item in ReportText.NotToConclude(audit).Concat(ReportText.Limits(audit)))
            Line($"- {Escape(item)}");
        Line();
        Line("## Findings");
        Line();
        foreach (var finding in audit.Findings)
            Line($"- **{Figures.Title(Figures.Words(finding.Verdict))}.** {Escape(Figures.Title(finding.Sentence))}");
        Line();
        foreach (var target in audit.Targets)
        {
            Line($"## {Escape(Figures.Title(target.Name))}");
            Line();
            string[] keys = [.. Metrics.Headline(target, audit.Options).Select(m => m.Key)];
            Table(["Group", "n", .. keys.Select(k => Metrics.Find(k).Title)],
                target.Groupings.Where(g => g.Attributes.Count == 1).SelectMany(
                    g => g.Groups.Select(x => (Attribute: g.Attributes[0], Group: x)))
                    .Prepend((Attribute: "", Group: target.Overall))
                    .Select(x => (string[])[x.Attribute.Length == 0 ? "all" : $"{x.Attribute}: {x.Group.Name()}",
                        Figures.Count(x.Group.N),
                        .. keys.Select(k => Figures.Full(x.Group.Find(k)!))]));
        }
        if (input.Curation.Count > 0)
        {
            Line("## Data");
            Line();
            Table(["What", "Files", "Note"],
                input.Curation.Select(c => (string[])[c.What, Figures.Count(c.Count), c.Note ?? ""]));
        }
        return text.ToString().TrimEnd() + "\n";

        void Table(string[] headers, IEnumerable<string[]> rows)
        {
            Line($"| {string.Join(" | ", headers.Select(Escape))} |");
            Line($"|{string.Concat(headers.Select(_ => "---|"))}");
            foreach (var row in rows)
                Line($"| {string.Join(" | ", row.Select(Escape))} |");
            Line();
        }
    }

    /// <summary>Keeps data from being read as Markdown or HTML.</summary>
    internal static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is '\n' or '\r' or '\t')
                escaped.Append(' ');
            else if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '#' or '!')
                escaped.Append('\\').Append(c);
            else
                escaped.Append(c switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", _ => c.ToString() });
        }
        return escaped.ToString();
    }
}
