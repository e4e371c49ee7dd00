using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FaceBias.Reporting.Cards;

/// <summary><c>README.md</c> as Hugging Face's hub reads it: front matter with a <c>model-index</c> that has one metric
/// per group, its slice, n and interval in <c>args</c>, and the model card below.</summary>
internal static class HuggingFaceCard
{
    public static string Compose(CardContents c, string card)
    {
        var text = new StringBuilder("---\n");
        void Line(int indent, string line) => text.Append(' ', indent).Append(line).Append('\n');
        var a = c.Answers;
        Line(0, $"license: {(a.Find("licence") is { } licence ? Quote(licence) : "other")}");
        Line(0, "library_name: \"onnx\"");
        Line(0, "tags:");
        foreach (var tag in new[] { "facebias", "onnx", "fairness-audit" })
            Line(0, $"- {Quote(tag)}");
        if (a.Find("data_name") is { } data)
        {
            Line(0, "datasets:");
            Line(0, $"- {Quote(data)}");
        }
        if (c.Run?.Text("/options/backbone") is { } backbone)
            Line(0, $"base_model: {Quote(backbone)}");
        Line(0, "pipeline_tag: \"image-classification\"");
        Line(0, "model-index:");
        Line(0, $"- name: {Quote(a.Find("name") ?? "model")}");
        Line(2, "results:");
        for (var t = 0; t < c.Result.Targets.Count; t++)
        {
            var target = c.Result.Targets[t];
            Line(2, "- task:");
            Line(6, $"type: {Quote(target.Classes.Count > 0 ? "image-classification" : "image-regression")}");
            Line(6, $"name: {Quote(target.Name)}");
            Line(4, "dataset:");
            Line(6, $"type: {Quote(a.Find("data_name") is { } n ? string.Concat(n.ToLowerInvariant().Select(x => char.IsLetterOrDigit(x) ? x : '-')) : "unnamed")}");
            Line(6, $"name: {Quote(a.Find("data_name") ?? "unnamed")}");
            Line(6, $"split: {Quote(c.Result.Options.Split ?? "all")}");
            Line(4, "metrics:");
            foreach (var (slice, group, pointer) in c.Groups(t))
            {
                foreach (var (estimate, at) in c.Estimates(t, group, pointer))
                {
                    if (estimate.Value is null)
                        continue;
                    Line(4, $"- type: {Quote(estimate.Metric)}");
                    Line(6, $"value: {c.Audit.Text($"{at}/value")}");
                    Line(6, $"name: {Quote($"{Auditing.Metrics.Find(estimate.Metric).Title} ({slice})")}");
                    Line(6, "args:");
                    Line(8, $"slice: {Quote(slice)}");
                    Line(8, $"n: {c.Audit.Text($"{at}/denominator")}");
                    if (estimate.Low is not null)
                    {
                        Line(8, $"ci_low: {c.Audit.Text($"{at}/low")}");
                        Line(8, $"ci_high: {c.Audit.Text($"{at}/high")}");
                        Line(8, $"level: {c.Audit.Text("/options/confidence")}");
                    }
                    Line(8, $"file: {Quote(c.Audit.Name)}");
                    Line(8, $"pointer: {Quote($"{at}/value")}");
                    Line(8, $"sha256: {Quote(c.Audit.Sha256)}");
                }
            }
        }
        return text.Append("---\n\n").Append(card).ToString();
    }

    /// <summary>A string of JSON is one of YAML as well, whatever it holds.</summary>
    private static string Quote(string text) => JsonSerializer.Serialize(text);
}
