using FaceBias.Reporting;
using FaceBias.Tests;
using Microsoft.Playwright;

namespace FaceBias.Core.Tests.Reporting;

/// <summary>Opens a report in a real browser, from the file and with nothing else to ask.</summary>
public class BrowserTests
{
    // Other tests share the cores; a browser that starts slowly is no fault of the report.
    private const float PatienceMilliseconds = 240_000;

    private static readonly string[] Arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"];

    [Fact]
    public async Task The_report_opens_offline_and_draws_every_chart()
    {
        await using var opened = await Open(1100, javaScript: true);
        var page = opened.Page;
        await page.WaitForFunctionAsync("document.documentElement.dataset.charts");
        if (Environment.GetEnvironmentVariable("FACEBIAS_SCREENSHOT") is { } path)
            await page.ScreenshotAsync(new() { Path = path, FullPage = true });

        Assert.Empty(opened.Complaints);
        Assert.All(opened.Requests, r => Assert.Matches("^(file:|data:)", r));
        Assert.Equal("drawn", await page.EvaluateAsync<string>("document.documentElement.dataset.charts"));
        var charts = await page.Locator(".vis").CountAsync();
        Assert.True(charts >= 10, $"{charts} charts");
        var empty = await page.EvaluateAsync<string[]>("""
            [...document.querySelectorAll('.vis')].filter(v => v.querySelectorAll(
              'svg .mark-symbol path, svg .mark-rect path, svg .mark-rule line, svg .mark-line path').length < 1
              || v.querySelector('svg').getBoundingClientRect().width < 100).map(v => v.id)
            """);
        Assert.Empty(empty);
        Assert.Equal(1, await page.Locator("h1").CountAsync());
        Assert.Contains("Findings", await page.Locator("h2").AllInnerTextsAsync());
        Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
    }

    [Fact]
    public async Task The_report_meets_the_rules_of_accessibility_that_a_script_can_check()
    {
        await using var opened = await Open(1100, javaScript: true);
        await opened.Page.WaitForFunctionAsync("document.documentElement.dataset.charts");
        var faults = await opened.Page.EvaluateAsync<string[]>(Accessibility);
        Assert.Empty(faults);
    }

    [Fact]
    public async Task Axe_finds_no_fault_with_the_report()
    {
        var axe = Path.Combine(TestPaths.Repository, "node_modules", "axe-core", "axe.min.js");
        Assert.SkipUnless(File.Exists(axe), "needs axe-core from npm (run.sh setup)");
        await using var opened = await Open(1100, javaScript: true);
        await opened.Page.WaitForFunctionAsync("document.documentElement.dataset.charts");
        await opened.Page.EvaluateAsync(await File.ReadAllTextAsync(axe));
        var faults = await opened.Page.EvaluateAsync<string[]>("""
            async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }))
              .violations.map(v => `${v.id} (${v.impact}), ${v.nodes.length} times: ${v.help}: ${v.nodes[0].html.slice(0, 160)}`)
            """);
        Assert.Empty(faults);
    }

    [Fact]
    public async Task The_report_prints()
    {
        await using var opened = await Open(1100, javaScript: true);
        await opened.Page.WaitForFunctionAsync("document.documentElement.dataset.charts");
        var pdf = await opened.Page.PdfAsync(new() { Format = "A4" });
        Assert.Equal("%PDF"u8.ToArray(), pdf[..4]);
        Assert.True(pdf.Length > 50_000);
    }

    [Fact]
    public async Task The_report_is_readable_without_scripts_and_on_a_phone()
    {
        await using var opened = await Open(390, javaScript: false);
        var page = opened.Page;
        Assert.True(await page.Locator("#target0 table").First.IsVisibleAsync());
        Assert.True(await page.GetByText("the accuracy is lowest for Black").First.IsVisibleAsync());
        Assert.Empty(opened.Complaints);
    }

    private static async Task<Opened> Open(int width, bool javaScript)
    {
        var chromium = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium";
        Assert.SkipUnless(File.Exists(chromium), $"needs a Chromium at {chromium} (set CHROMIUM to its path)");
        var path = Path.Combine(TestPaths.NewFolder(), "report.html");
        HtmlReport.Write(path, ReportFixture.Full);
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Arguments, Timeout = PatienceMilliseconds });
        var page = await browser.NewPageAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 }, JavaScriptEnabled = javaScript, Offline = true,
        });
        var opened = new Opened(playwright, browser, page);
        page.SetDefaultTimeout(PatienceMilliseconds);
        page.SetDefaultNavigationTimeout(PatienceMilliseconds);
        await page.GotoAsync(new Uri(path).AbsoluteUri);
        return opened;
    }

    /// <summary>Contrast of every text, names of pictures and tables, order of headings, distinct ids.</summary>
    private const string Accessibility = """
        () => {
          const faults = [];
          const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
          const light = c => .2126 * channel(c[0]) + .7152 * channel(c[1]) + .0722 * channel(c[2]);
          const rgb = s => (s.match(/[\d.]+/g) || []).map(Number);
          const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
          for (const e of document.querySelectorAll('main *, header *, nav *')) {
            if (e.closest('svg') || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || e.tagName === 'SCRIPT') continue;
            const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
            if ((a + .05) / (b + .05) < 4.5) faults.push('contrast of ' + e.outerHTML.slice(0, 80));
          }
          const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
          if (new Set(ids).size !== ids.length) faults.push('ids are not distinct');
          document.querySelectorAll('img').forEach(e => e.alt || faults.push('picture without alternative text'));
          document.querySelectorAll('.vis').forEach(e => e.getAttribute('aria-label') || faults.push('chart without a name'));
          document.querySelectorAll('table').forEach(e => (e.caption && e.querySelector('th[scope]')) || faults.push('table without caption or heads'));
          let last = 0;
          document.querySelectorAll('h1,h2,h3,h4').forEach(h => { const l = +h.tagName[1]; if (l > last + 1) faults.push('heading skips a level: ' + h.textContent); last = l; });
          if (!document.documentElement.lang || !document.title || !document.querySelector('main')) faults.push('no language, title or main part');
          return faults;
        }
        """;

    private sealed class Opened : IAsyncDisposable
    {
        private readonly IPlaywright _playwright;
        private readonly IBrowser _browser;

        public Opened(IPlaywright playwright, IBrowser browser, IPage page)
        {
            (_playwright, _browser, Page) = (playwright, browser, page);
            page.Console += (_, m) =>
            {
                if (m.Type is "error" or "warning")
                    Complaints.Add(m.Text);
            };
            page.PageError += (_, e) => Complaints.Add(e);
            page.Request += (_, r) => Requests.Add(r.Url);
        }

        public IPage Page { get; }

        public List<string> Complaints { get; } = [];

        public List<string> Requests { get; } = [];

        public async ValueTask DisposeAsync()
        {
            await _browser.CloseAsync();
            _playwright.Dispose();
        }
    }
}
