using System.Text.Json.Nodes;
using System.Xml.Linq;
using FaceBias.Auditing;
using FaceBias.Core.Tests.Reporting;
using FaceBias.Reporting.Cards;
using FaceBias.Tests;
using FaceBias.Workflows.Check;

namespace FaceBias.Core.Tests.Runs;

/// <summary>A release passes only what its audit shows.</summary>
public class CheckRunTests
{
    private static readonly Lazy<string> s_folder = new(Audited);

    private static string Audited()
    {
        var folder = TestPaths.NewFolder("check");
        AuditFile.Write(Path.Combine(folder, "audit.json"), ReportFixture.Full.Audit);
        return folder;
    }

    private static CheckRunResult Check(string policy, string? use = null,
        Func<CheckRunOptions, CheckRunOptions>? change = null)
    {
        var path = Path.Combine(TestPaths.NewFolder("policy"), "policy.json");
        File.WriteAllText(path, policy);
        var options = new CheckRunOptions { Audit = Path.Combine(s_folder.Value, "audit.json"), Policy = path,
            Use = use };
        return CheckRun.Execute(change?.Invoke(options) ?? options);
    }

    [Theory]
    [InlineData("""{"version": 1, "gaps": [{"metric": "accuracy", "maximum": 0.05, "attribute": "race"}]}""", false)]
    [InlineData("""{"version": 1, "gaps": [{"metric": "accuracy", "maximum": 0.9, "attribute": "race"}]}""", true)]
    [InlineData("""{"version": 1, "gaps": [{"metric": "accuracy", "maximum": 0.9, "attribute": "height"}]}""", false)]
    [InlineData("""{"version": 1, "groups": [{"metric": "accuracy", "minimum": 0.6, "target": "gender", "attribute": "race"}]}""", true)]
    [InlineData("""{"version": 1, "groups": [{"metric": "accuracy", "minimum": 0.9, "target": "gender", "attribute": "race", "group": "Black"}]}""", false)]
    [InlineData("""{"version": 1, "groups": [{"metric": "mae", "maximum": 20, "target": "age"}]}""", true)]
    [InlineData("""{"version": 1, "sizes": [{"minimum": 30, "attribute": "race"}]}""", true)]
    [InlineData("""{"version": 1, "sizes": [{"minimum": 300, "attribute": "race"}]}""", false)]
    [InlineData("""{"version": 1, "verdicts": [{"allowed": ["withinMargin"], "target": "gender", "attribute": "race"}]}""", false)]
    [InlineData("""{"version": 1, "verdicts": [{"allowed": ["gapShown"], "target": "gender", "attribute": "race"}]}""",
        true)]
    [InlineData("""{"version": 1, "coverage": 0.99}""", true)]
    [InlineData("""{"version": 1, "coverage": 0.99, "uses": ["research"]}""", false)]
    [InlineData("""{"version": 1, "card": "verified"}""", false)]
    public void A_rule_holds_or_not(string policy, bool passed)
    {
        var result = Check(policy);
        Assert.Equal(passed, result.Passed);
        Assert.NotEmpty(result.Rules);
    }

    [Fact]
    public void The_bound_of_the_interval_decides()
    {
        var gap = ReportFixture.Full.Audit.Targets[0].Groupings.First(g => g.Attributes is ["race"]).Gaps.First(
            g => g.Metric == "accuracy");
        var between = FormattableString.Invariant($"{(gap.Value + gap.High) / 2:0.0000}");
        string Policy(string bound) =>
            $$"""{"version": 1, "gaps": [{"metric": "accuracy", "maximum": {{between}}, "attribute": "race", "target": "gender", "bound": "{{bound}}"}]}""";
        Assert.False(Check(Policy("strict")).Passed);
        Assert.True(Check(Policy("value")).Passed);
    }

    [Fact]
    public void Uses_and_cards_are_asked_for()
    {
        const string Policy = """{"version": 1, "uses": ["research"], "card": "verified"}""";
        var folder = Audited();
        CardFolder.Write(folder, strict: false);
        CheckRunOptions There(CheckRunOptions o) => o with { Audit = Path.Combine(folder, "audit.json") };
        Assert.True(Check(Policy, "Research", There).Passed);
        Assert.False(Check(Policy, "hiring", There).Passed);
        Assert.False(Check("""{"version": 1, "card": "complete"}""", change: There).Passed);
    }

    [Fact]
    public void Build_services_get_their_files()
    {
        var folder = TestPaths.NewFolder("build");
        var result = Check(
            """{"version": 1, "gaps": [{"metric": "accuracy", "maximum": 0.05}], "sizes": [{"minimum": 3}]}""",
            change: o =>
            o with { Sarif = Path.Combine(folder, "check.sarif"), JUnit = Path.Combine(folder, "check.xml") });
        var sarif = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "check.sarif")))!;
        Assert.Equal("2.1.0", (string?)sarif["version"]);
        var results = sarif["runs"]![0]!["results"]!.AsArray();
        Assert.Equal(result.Rules.Count, results.Count);
        Assert.Equal(result.Rules.Count(r => !r.Passed), results.Count(r => (string?)r!["level"] == "error"));
        var junit = XDocument.Load(Path.Combine(folder, "check.xml"));
        Assert.Equal(result.Rules.Count(r => !r.Passed), junit.Descendants("failure").Count());
        Assert.Equal($"{result.Rules.Count}", (string?)junit.Descendants("testsuite").Single().Attribute("tests"));
    }

    [Theory]
    [InlineData("""{"version": 1, "gaps": [{"metric": "goodness", "maximum": 0.05}]}""", "names the metric 'goodness'")]
    [InlineData("""{"version": 1, "gap": []}""", "gap")]
    [InlineData("""{"version": 2, "coverage": 1}""", "version 2")]
    [InlineData("""{"version": 1}""", "asks for nothing")]
    [InlineData("""{"version": 1, "gaps": [{"metric": "accuracy"}]}""", "maximum")]
    [InlineData("""{"version": 1, "gaps": [{"metric": "accuracy", "maximum": -1}]}""", "cannot be")]
    [InlineData("""{"version": 1, "groups": [{"metric": "accuracy"}]}""", "neither")]
    [InlineData("not json", "cannot be read as a policy")]
    [InlineData("null", "cannot be read as a policy")]
    public void A_policy_that_cannot_be_meant_is_refused(string policy, string says) =>
        Assert.Contains(says, Assert.Throws<FaceBiasException>(() => Check(policy)).Message);

    [Fact]
    public void The_example_policy_is_read() =>
        ReleasePolicy.Read(Path.Combine(TestPaths.Repository, "samples", "release-check", "policy.json"));
}
