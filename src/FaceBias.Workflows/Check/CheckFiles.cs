using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace FaceBias.Workflows.Check;

/// <summary>A release check as files that build services show.</summary>
internal static class CheckFiles
{
    private static readonly (string Id, string Text)[] s_rules =
    [
        ("gap", "A gap between groups is larger than the policy allows"),
        ("group", "A group does not reach what the policy asks for"), ("size", "A group has too few rows"),
        ("verdict", "A finding has a verdict that the policy does not allow"),
        ("coverage", "Too few rows have a prediction"), ("use", "The use is not allowed"),
        ("card", "The model card does not hold"),
    ];

    /// <summary>SARIF 2.1.0, which GitHub and Azure DevOps show.</summary>
    public static string Sarif(IReadOnlyList<CheckedRule> rules, string audit, string version) => new JsonObject
    {
        ["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json",
        ["version"] = "2.1.0",
        ["runs"] = new JsonArray(new JsonObject
        {
            ["tool"] = new JsonObject
            {
                ["driver"] = new JsonObject
                {
                    ["name"] = "FaceBias",
                    ["version"] = version,
                    ["rules"] = new JsonArray(
                        [.. s_rules.Select(
                            r => (JsonNode?)new JsonObject { ["id"] = r.Id,
                                ["shortDescription"] = new JsonObject { ["text"] = r.Text } })]),
                },
            },
            ["results"] = new JsonArray([.. rules.Select(r => (JsonNode?)new JsonObject
            {
                ["ruleId"] = r.Rule,
                ["ruleIndex"] = Array.FindIndex(s_rules, x => x.Id == r.Rule),
                ["kind"] = r.Passed ? "pass" : "fail",
                ["level"] = r.Passed ? "none" : "error",
                ["message"] = new JsonObject { ["text"] = r.Sentence },
                ["locations"] = new JsonArray(new JsonObject
                {
                    ["physicalLocation"] =
                        new JsonObject { ["artifactLocation"] =
                            new JsonObject {
                                ["uri"] = Uri.EscapeDataString(audit).Replace("%2F", "/", StringComparison.Ordinal) },
                                ["region"] = new JsonObject { ["startLine"] = 1 } },
                }),
                ["partialFingerprints"] = new JsonObject { ["facebias/v1"] = $"{r.Rule}: {r.Name}" },
            })]),
        }),
    }.ToJsonString(new() { WriteIndented = true }) + "\n";

    /// <summary>JUnit XML, which test reports show.</summary>
    public static string JUnit(IReadOnlyList<CheckedRule> rules)
    {
        var failures = rules.Count(r => !r.Passed);
        return new XDeclaration("1.0", "utf-8", null) + "\n"
            + new XElement("testsuites", new XElement("testsuite", new XAttribute("name", "facebias check"),
            new XAttribute("tests", rules.Count), new XAttribute("failures", failures), new XAttribute("errors", 0),
            new XAttribute("skipped", 0), new XAttribute("time", 0),
            rules.Select(r => new XElement("testcase", new XAttribute("classname", $"facebias.{r.Rule}"),
                new XAttribute("name", Clean(r.Name)), new XAttribute("time", 0),
                r.Passed ? new XElement("system-out", Clean(r.Sentence))
                    : new XElement("failure", new XAttribute("message", Clean(r.Sentence)), Clean(r.Sentence))))))
                    + "\n";
    }

    /// <summary>Text without characters that XML cannot hold.</summary>
    private static string Clean(string text) =>
        string.Concat(text.Select(c => System.Xml.XmlConvert.IsXmlChar(c) ? c : ' '));
}
