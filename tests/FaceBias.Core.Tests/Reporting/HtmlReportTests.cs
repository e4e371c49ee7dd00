using System.Text.Json;
using System.Text.RegularExpressions;
using FaceBias.Auditing;
using FaceBias.Core.Tests.Auditing;
using FaceBias.Primitives.Tables;
using FaceBias.Reporting;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Reporting;

public class HtmlReportTests
{
    [Fact]
    public void A_confirmed_slice_stands_first_where_single_attributes_show_no_gap()
    {
        var random = new Random(5);
        (string A, string B)[] rows = [.. Enumerable.Range(0, 12_000).Select(
            _ => (random.Next(5) == 0 ? "hat" : "none", random.Next(5) == 0 ? "dim" : "bright"))];
        var audit = Auditor.Run(new Table(
        [
            new TextColumn("t_true", [.. rows.Select(_ => "yes")]),
            new TextColumn("t", [.. rows.Select(
                r => random.NextDouble() < (r is ("hat", "dim") ? 0.8 : 0.92) ? "yes" : "no")]),
            new TextColumn("head", [.. rows.Select(r => r.A)]),
            new TextColumn("light", [.. rows.Select(r => r.B)]),
        ]), new() { IntersectionDepth = 1, BootstrapReplicates = 100, Permutations = 400 });
        Assert.DoesNotContain(audit.Findings, f => f.Verdict == Verdict.GapShown);
        var html = HtmlReport.Compose(new() { Title = "t", Audit = audit });
        Assert.Matches("t fails most where (head hat, light dim|light dim, head hat)", html);
        Assert.DoesNotContain("Nothing is shown to fail here", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_links_to_a_term_once_and_leaves_the_rest_as_text()
    {
        var html = Terms.InText("Holm & <b>, then max-T; two verdicts and a Holmes").Markup;
        Assert.Equal(2, html.Split("class=\"term\"").Length - 1);
        Assert.Contains("&amp; &lt;b&gt;, then max-T;", html, StringComparison.Ordinal);
        Assert.EndsWith("</a> and a Holmes", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_one_small_file_without_references_to_others()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "report.html");
        HtmlReport.Write(path, ReportFixture.Full);
        var html = File.ReadAllText(path);
        Assert.True(new FileInfo(path).Length < 2_000_000);
        var markup = Regex.Replace(html, "<script.*?</script>", "", RegexOptions.Singleline);
        Assert.DoesNotMatch("(src|href)=\"(?!data:|#)", markup);
        Assert.Contains("<html lang=\"en\">", html, StringComparison.Ordinal);
        Assert.Contains("drawings made by a program", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_before_it_explains()
    {
        var html = HtmlReport.Compose(ReportFixture.Full);
        string[] order = ["id=\"answer\"", "id=\"findings\"", "What must not be concluded", "id=\"explore\"",
            "id=\"planted\"", "id=\"target0\"",
            "id=\"target1\"", "id=\"limits\"", "id=\"training\"", "id=\"curation\"", "id=\"provenance\""];
        int[] places = [.. order.Select(o => html.IndexOf(o, StringComparison.Ordinal))];
        Assert.All(places, p => Assert.True(p > 0));
        Assert.Equal(places.Order(), places);
        Assert.Contains("race: the accuracy is lowest for Black", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("</script><script>alert(1)</script>")]
    [InlineData("\" onmouseover=\"alert(1)")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("' & <!-- ${alert(1)} \u2028 {{x}}")]
    public void Hostile_text_stays_text(string hostile)
    {
        var table = PredictionFixture.Faces(400);
        var n = table.RowCount;
        var codes = Enumerable.Range(0, n).Select(i => i % 2).ToArray();
        var hostileTable = PredictionFixture.With(PredictionFixture.Without(table, "gender_p_male", "gender_p_female"),
            new TextColumn("id", [.. Enumerable.Range(0, n).Select(i => (string?)$"{hostile}{i}")]),
            new TextColumn("gender", codes, [hostile, "b"]),
            new TextColumn("gender_true", [.. codes.Select((c, i) => i % 7 == 0 ? 1 - c : c)], [hostile, "b"]),
            new TextColumn(hostile, codes, [hostile + "1", "c"]));
        var input = new ReportInput
        {
            Title = hostile,
            Audit = Auditor.Run(hostileTable, new() { BootstrapReplicates = 100, Permutations = 100 }),
            Provenance = [new(hostile, hostile)],
            Curation = [new(hostile, 1, hostile)],
            Training = [new(1, hostile, 1)],
            Planted = [new(hostile, hostile, hostile)],
            Thumbnails = new Dictionary<string, byte[]> { [$"{hostile}0"] = [1, 2, 3] },
        };
        var html = HtmlReport.Compose(input);
        Assert.DoesNotContain(hostile, html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", html, StringComparison.Ordinal);
        Assert.DoesNotContain("\" onmouseover", html, StringComparison.Ordinal);
        foreach (Match m in Regex.Matches(html, "<script type=\"application/json\"[^>]*>(.*?)</script>",
            RegexOptions.Singleline))
            using (JsonDocument.Parse(m.Groups[1].Value)) { }
        var scripts = Regex.Count(html, "<script") - Regex.Count(html, "<script type=\"application/json\"");
        Assert.Equal(2, scripts);
        Assert.Equal(2, Regex.Count(html, "</script>") - Regex.Count(html, "<script type=\"application/json\""));
    }

    [Fact]
    public void Pictures_beyond_the_budget_are_left_out()
    {
        var input = ReportFixture.Full;
        var heavy = input.Thumbnails.ToDictionary(t => t.Key, _ => new byte[100_000]);
        var html = HtmlReport.Compose(input with { Thumbnails = heavy });
        Assert.InRange(html.Length, 0, 2_000_000);
        Assert.InRange(Regex.Count(html, "data:image/jpeg"), 1, 5);
    }

    [Fact]
    public void Many_groups_do_not_make_a_large_file()
    {
        var table = PredictionFixture.Faces(5000);
        var wide = PredictionFixture.With(table,
            new TextColumn("camera", [.. Enumerable.Range(0, 5000).Select(i => (string?)$"camera {i % 50}")]),
            new TextColumn("place", [.. Enumerable.Range(0, 5000).Select(i => (string?)$"place {i * 7 % 49}")]));
        var audit = Auditor.Run(wide, new() { BootstrapReplicates = 100, Permutations = 100 });
        Assert.InRange(HtmlReport.Compose(new() { Title = "wide", Audit = audit }).Length, 0, 2_000_000);
    }
}
