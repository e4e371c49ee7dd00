using System.Text.Json;
using System.Text.Json.Nodes;

namespace FaceBias.Reporting.Cards;

/// <summary><c>model_card.json</c> of Model Card Toolkit's schema 0.0.2, in which values and bounds are strings. Each
/// metric also says where its numbers come from, which the schema allows.</summary>
internal static class ModelCardToolkit
{
    public static string Compose(CardContents c)
    {
        var a = c.Answers;
        var card = new JsonObject
        {
            ["schema_version"] = "0.0.2",
            ["model_details"] = new JsonObject
            {
                ["name"] = a.Of("name"),
                ["overview"] = a.Of("overview"),
                ["documentation"] = "MODEL_CARD.md",
                ["owners"] = new JsonArray(new JsonObject { ["name"] = a.Of("owner"), ["contact"] = a.Of("contact") }),
                ["version"] = new JsonObject { ["name"] = a.Of("version"), ["diff"] = a.Of("changes") },
                ["licenses"] = new JsonArray(new JsonObject { ["custom_text"] = a.Of("licence") }),
                ["references"] = new JsonArray(),
                ["citations"] = new JsonArray(),
            },
            ["model_parameters"] = new JsonObject
            {
                ["model_architecture"] = c.Run?.Text("/options/backbone") is { } backbone
                    ? $"heads on the features of {backbone}" : "",
                ["data"] = new JsonArray(new JsonObject
                {
                    ["name"] = a.Of("data_name"),
                    ["link"] = a.Of("data_link"),
                    ["sensitive"] = new JsonObject
                        { ["sensitive_data"] = new JsonArray([.. c.Special.Select(s => (JsonNode?)JsonValue.Create(s))])
                            },
                    ["description"] = a.Of("data_terms"),
                }),
                ["input_format"] = "pictures",
                ["output_format"] =
                    string.Join("; ",
                        c.Result.Targets.Select(
                            t => t.Classes.Count > 0
                                ? $"{t.Name}: {string.Join(", ", t.Classes)}" : $"{t.Name}: a number{(t.Unit is { } u ? $" in {u}" : "")}")),
            },
            ["quantitative_analysis"] = new JsonObject { ["performance_metrics"] = Metrics(c) },
            ["considerations"] = new JsonObject
            {
                ["users"] = Described(a.Of("users")),
                ["use_cases"] = Described(a.Of("intended_uses")),
                ["limitations"] = Described([a.Of("excluded_uses"), .. ReportText.NotToConclude(c.Result)]),
                ["tradeoffs"] = Described(a.Of("metrics_appropriate")),
                ["ethical_considerations"] =
                    new JsonArray(new JsonObject { ["name"] = a.Of("people_affected"),
                        ["mitigation_strategy"] = a.Of("human_oversight") }),
            },
        };
        return card.ToJsonString(
            new() { WriteIndented = true,
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }

    private static JsonArray Metrics(CardContents c)
    {
        var metrics = new JsonArray();
        for (var t = 0; t < c.Result.Targets.Count; t++)
            foreach (var (slice, group, pointer) in c.Groups(t))
                foreach (var (estimate, at) in c.Estimates(t, group, pointer))
                {
                    string Raw(string name) => c.Audit.Text($"{at}/{name}") ?? "";
                    if (estimate.Value is null)
                        continue;
                    c.Numbers.Record(c.Audit, $"{at}/value", CardContents.Format(estimate.Metric));
                    metrics.Add(new JsonObject
                    {
                        ["type"] = $"{c.Result.Targets[t].Name}: "
                            + $"{FaceBias.Auditing.Metrics.Find(estimate.Metric).Title}",
                        ["value"] = Raw("value"),
                        ["slice"] = slice,
                        ["confidence_interval"] = estimate.Low is null ? null
                            : new JsonObject { ["lower_bound"] = Raw("low"), ["upper_bound"] = Raw("high") },
                        ["source"] = new JsonObject { ["file"] = c.Audit.Name, ["pointer"] = $"{at}/value",
                            ["sha256"] = c.Audit.Sha256 },
                    });
                }
        foreach (var metric in metrics.OfType<JsonObject>().Where(m => m["confidence_interval"] is null).ToList())
            metric.Remove("confidence_interval");
        return metrics;
    }

    private static JsonArray Described(params IEnumerable<string> texts) =>
        new([.. texts.Select(t => (JsonNode?)new JsonObject { ["description"] = t })]);
}
