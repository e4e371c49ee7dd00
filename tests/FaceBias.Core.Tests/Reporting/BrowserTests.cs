using FaceBias.Auditing;
using FaceBias.Primitives.Tables;
using FaceBias.Reporting;
using FaceBias.Tests;
using Microsoft.Playwright;

namespace FaceBias.Core.Tests.Reporting;

/// <summary>Opens a report in a real browser.</summary>
public class BrowserTests(Browser browser)
{
    private static readonly Lazy<string> s_report = new(() =>
    {
        var path = Path.Combine(TestPaths.NewFolder(), "report.html");
        HtmlReport.Write(path, ReportFixture.Full);
        return path;
    });

    [Fact]
    public async Task The_report_opens_offline()
    {
        await using var opened = await browser.Open(s_report.Value, 1100);
        Assert.Empty(opened.Complaints);
        Assert.All(opened.Requests, r => Assert.Matches("^(file:|data:|blob:)", r));
        Assert.Equal("drawn", await opened.Page.EvaluateAsync<string>("document.documentElement.dataset.explorer"));
        Assert.Equal(1, await opened.Page.Locator("h1").CountAsync());
        Assert.Contains("Findings", await opened.Page.Locator("h2").AllInnerTextsAsync());
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public Task The_report_is_a_page_without_fault(ColorScheme scheme) => browser.Judge(s_report.Value, scheme);

    [Fact]
    public async Task Names_without_a_blank_and_values_that_hardly_differ_fit()
    {
        var rows = Enumerable.Range(0, 400).ToArray();
        var table = new Table(
        [
            new TextColumn("decision", [.. rows.Select(r => (string?)(r % 10 == 0 ? "no" : "yes"))]),
            new TextColumn("decision_true", [.. rows.Select(r => (string?)(r % 20 == 0 ? "yes" : "no"))]),
            new TextColumn(new string('w', 70),
                [.. rows.Select(r => (string?)(r % 2 == 0 ? new string('x', 80) : "<b>&amp;"))]),
            new NumberColumn("income", [.. rows.Select(r => 0.1 * (r % 7))]),
            new NumberColumn("income_true", [.. rows.Select(r => (0.1 * (r % 7)) + 0.3 - 0.2)]),
        ]);
        var path = Path.Combine(TestPaths.NewFolder(), "audit.html");
        HtmlReport.Write(path,
            new() { Title = new string('t', 200),
                Audit = Auditor.Run(table,
                    new() { BootstrapReplicates = 100, Permutations = 100,
                        Kinds = new() { Numeric = ["income", "income_true"] } }) });
        await browser.Judge(path);
    }

    [Fact]
    public async Task The_report_is_readable_without_scripts()
    {
        await using var opened = await browser.Open(s_report.Value, 390, scripts: false);
        Assert.True(await opened.Page.Locator(".dots").First.IsVisibleAsync());
        Assert.True(await opened.Page.GetByText("the accuracy is lowest for Black").First.IsVisibleAsync());
        Assert.Empty(opened.Complaints);
    }

    [Fact]
    public async Task The_first_screen_answers()
    {
        await using var opened = await browser.Open(s_report.Value, 1300);
        foreach (var question in new[] { "who:gender", "how-much:gender", "how-sure:gender", "cell:age:race", "next" })
        {
            var box = await opened.Page.Locator($"[data-answer='{question}']").BoundingBoxAsync();
            Assert.NotNull(box);
            Assert.True(box.Y >= 0 && box.Y + box.Height <= 900, $"{question} ends at {box.Y + box.Height}");
        }
    }

    [Fact]
    public async Task A_cohort_is_followed_by_all_charts_of_the_explorer_and_a_cell_opens_its_rows()
    {
        await using var opened = await browser.Open(s_report.Value, 1300);
        var explorer = opened.Page.Locator("#explorer");
        var audit = ReportFixture.Full.Audit;
        var race = audit.Attributes.Single(a => a.Name == "race");
        // By keyboard alone: the condition race = its first level.
        await explorer.GetByLabel("Attribute").SelectOptionAsync("race");
        await explorer.GetByLabel("Value", new() { Exact = true }).SelectOptionAsync(race.Levels[0].Name);
        await explorer.GetByText("Add condition").FocusAsync();
        await opened.Page.Keyboard.PressAsync("Enter");
        await explorer.GetByText($"{race.Levels[0].Rows:N0} of {audit.Rows:N0} rows").WaitForAsync();
        // The findings show it too, with its rows.
        var finding = opened.Page.Locator("#findings .finding .cohort").First;
        Assert.Contains($"Cohort race = {race.Levels[0].Name}: {race.Levels[0].Rows:N0} of", await finding.InnerTextAsync(),
            StringComparison.Ordinal);
        Assert.Empty(await opened.Boxes());
        var cohort = audit.Targets[0].Groupings.Single(g => g.Attributes is ["race"]).Groups[0].Find("accuracy")!;
        await explorer.GetByLabel("Target").SelectOptionAsync("gender");
        await explorer.GetByLabel("Metric").SelectOptionAsync("accuracy");
        Assert.Contains(
            FormattableString.Invariant(
                $"{100 * cohort.Value:0.0}% ({100 * cohort.Low:0.0}% to {100 * cohort.High:0.0}%)"),
                await explorer.Locator("h3").First.InnerTextAsync(), StringComparison.Ordinal);
        await explorer.Locator("td button").First.PressAsync("Enter");
        Assert.Equal("true", await explorer.Locator("td[aria-current]").GetAttributeAsync("aria-current"));
        Assert.True(await explorer.GetByText("Confusion: rows are true labels").IsVisibleAsync());
        await explorer.Locator(".chips button").First.ClickAsync();
        Assert.Equal(0, await opened.Page.Locator("#findings .cohort").CountAsync());
        await explorer.Locator("td button").First.PressAsync("Enter");
        // The pressed cell keeps the focus.
        Assert.Equal("TD", await opened.Page.EvaluateAsync<string>("document.activeElement.parentElement.tagName"));
    }

    [Fact]
    public async Task Thresholds_move_rates_of_groups()
    {
        await using var opened = await browser.Open(s_report.Value, 1300);
        var slider = opened.Page.Locator("#explorer input[type=range]");
        await slider.FillAsync("0");
        // At the lowest threshold everybody is selected.
        await opened.Page.Locator("#explorer").GetByText("all rows: 100.0%").WaitForAsync();
        await opened.Page.GetByText("Back to the operating point").ClickAsync();
        Assert.Equal("0.500", await opened.Page.Locator("#explorer output").InnerTextAsync());
    }

    [Fact]
    public async Task The_report_prints_on_few_pages()
    {
        await using var opened = await browser.Open(s_report.Value, 1300);
        var pdf = System.Text.Encoding.Latin1.GetString(
            await opened.Page.PdfAsync(new() { PreferCSSPageSize = true, PrintBackground = true }));
        var pages = System.Text.RegularExpressions.Regex.Count(pdf, @"/Type\s*/Page\b");
        Assert.InRange(pages, 1, 3);
        // What is shown in print is not what is folded.
        await opened.Page.EmulateMediaAsync(new() { Media = Media.Print });
        Assert.True(await opened.Page.Locator("#findings .finding").First.IsVisibleAsync());
        Assert.False(await opened.Page.Locator("#targets").IsVisibleAsync());
    }
}
