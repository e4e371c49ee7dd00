using FaceBias.Reporting;
using FaceBias.Tests;
using Microsoft.Playwright;

namespace FaceBias.Core.Tests.Reporting;

/// <summary>Opens a report in a real browser.</summary>
public class BrowserTests(Browser browser) : IClassFixture<Browser>
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
    [InlineData(400)]
    [InlineData(1300)]
    [InlineData(2000)]
    public async Task No_text_of_the_report_is_clipped_or_overprinted(int width)
    {
        await using var opened = await browser.Open(s_report.Value, width);
        Assert.Empty(await opened.Boxes());
        await opened.Unfold();
        Assert.Empty(await opened.Boxes());
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Axe_finds_no_fault_with_the_report(ColorScheme scheme)
    {
        var axe = Path.Combine(TestPaths.Repository, "node_modules", "axe-core", "axe.min.js");
        Assert.SkipUnless(File.Exists(axe), "needs axe-core from npm (run.sh setup)");
        await using var opened = await browser.Open(s_report.Value, 1100, scheme: scheme);
        await opened.Unfold();
        await opened.Page.EvaluateAsync(await File.ReadAllTextAsync(axe, TestContext.Current.CancellationToken));
        var faults = await opened.Page.EvaluateAsync<string[]>("""
            async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }))
              .violations.map(v => `${v.id} (${v.impact}), ${v.nodes.length} times: ${v.help}: ${v.nodes[0].html.slice(0, 160)}`)
            """);
        Assert.Empty(faults);
    }

    [Fact]
    public async Task The_report_is_readable_without_scripts()
    {
        await using var opened = await browser.Open(s_report.Value, 390, scripts: false);
        Assert.True(await opened.Page.Locator(".dots").First.IsVisibleAsync());
        Assert.True(await opened.Page.GetByText("the accuracy is lowest for Black").First.IsVisibleAsync());
        Assert.Empty(opened.Complaints);
    }

    [Theory]
    [InlineData("who:gender")]
    [InlineData("how-much:gender")]
    [InlineData("how-sure:gender")]
    [InlineData("cell:age:race")]
    [InlineData("next")]
    public async Task The_first_screen_answers(string question)
    {
        await using var opened = await browser.Open(s_report.Value, 1300);
        var box = await opened.Page.Locator($"[data-answer='{question}']").BoundingBoxAsync();
        Assert.NotNull(box);
        Assert.True(box.Y >= 0 && box.Y + box.Height <= 900, $"{question} ends at {box.Y + box.Height}");
    }
}
