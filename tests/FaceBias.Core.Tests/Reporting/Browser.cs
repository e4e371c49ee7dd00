using FaceBias.Tests;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(FaceBias.Core.Tests.Reporting.Browser))]

namespace FaceBias.Core.Tests.Reporting;

/// <summary>One Chromium for all tests of pages, started by the first; skips them with a reason where there is
/// none.</summary>
public sealed class Browser : IAsyncDisposable
{
    // Other tests share the cores; a browser that starts slowly is no fault of the page.
    private const float PatienceMilliseconds = 240_000;

    private static readonly string s_chromium = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium";
    private static readonly string s_axe = Path.Combine(TestPaths.Repository, "node_modules", "axe-core", "axe.min.js");
    private readonly Lazy<Task<(IPlaywright Playwright, IBrowser Browser)>> _started = new(async () =>
    {
        var playwright = await Playwright.CreateAsync();
        return (playwright, await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = s_chromium, Timeout = PatienceMilliseconds,
            Args = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-quic"],
        }));
    });

    /// <summary>What must hold of every page: it opens offline without a complaint, no text is clipped or lies over
    /// another at three widths, folded and unfolded, and axe finds no fault.</summary>
    internal async Task Judge(string path, ColorScheme scheme = ColorScheme.Light)
    {
        foreach (var width in new[] { 400, 1300, 2000 })
        {
            await using var opened = await Open(path, width, scheme: scheme);
            Assert.Empty(opened.Complaints);
            Assert.All(opened.Requests, r => Assert.Matches("^(file:|data:|blob:)", r));
            Assert.Empty((await opened.Boxes()).Select(b => $"{width}: {b}"));
            await opened.Page.EvaluateAsync("document.querySelectorAll('details').forEach(d => d.open = true)");
            Assert.Empty((await opened.Boxes()).Select(b => $"{width}, unfolded: {b}"));
            if (width != 1300 || !File.Exists(s_axe))
                continue;
            await opened.Page.EvaluateAsync(await File.ReadAllTextAsync(s_axe));
            Assert.Empty(await opened.Page.EvaluateAsync<string[]>("""
                async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }))
                  .violations.map(v => `${v.id} (${v.impact}), ${v.nodes.length} times: ${v.help}: ${v.nodes[0].html.slice(0, 160)}`)
                """));
        }
    }

    /// <summary>Opens a page from its file, with nothing else to ask, and waits for its scripts.</summary>
    internal async Task<OpenedPage> Open(string path, int width, int height = 900, bool scripts = true,
        ColorScheme scheme = ColorScheme.Light)
    {
        Assert.SkipUnless(File.Exists(s_chromium), $"needs a Chromium at {s_chromium} (set CHROMIUM to its path)");
        var page = await (await _started.Value).Browser.NewPageAsync(new()
        { ViewportSize = new() { Width = width, Height = height }, JavaScriptEnabled = scripts, Offline = true,
            ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        var opened = new OpenedPage(page);
        page.SetDefaultTimeout(PatienceMilliseconds);
        page.SetDefaultNavigationTimeout(PatienceMilliseconds);
        await page.GotoAsync(new Uri(path).AbsoluteUri);
        if (scripts)
            await page.WaitForFunctionAsync(
                "!document.getElementById('explorer') || document.documentElement.dataset.explorer");
        return opened;
    }

    /// <summary>An empty page that may ask a service.</summary>
    internal async Task<IPage> NewPage(int width)
    {
        Assert.SkipUnless(File.Exists(s_chromium), $"needs a Chromium at {s_chromium} (set CHROMIUM to its path)");
        return await (await _started.Value).Browser.NewPageAsync(
            new() { ViewportSize = new() { Width = width, Height = 900 }, ReducedMotion = ReducedMotion.Reduce });
    }

    public async ValueTask DisposeAsync()
    {
        if (!_started.IsValueCreated)
            return;
        var (playwright, browser) = await _started.Value;
        await browser.CloseAsync();
        playwright.Dispose();
    }
}

/// <summary>A page, what it asked for and what it complained of.</summary>
internal sealed class OpenedPage : IAsyncDisposable
{
    public OpenedPage(IPage page)
    {
        Page = page;
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

    public async ValueTask DisposeAsync() => await Page.CloseAsync();

    /// <summary>Texts that are clipped, run out of the page or lie over each other.</summary>
    public Task<string[]> Boxes() => Page.EvaluateAsync<string[]>(BoxScript);

    private const string BoxScript = """
        () => {
          const faults = [], wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth > wide) faults.push(`the page is ${document.documentElement.scrollWidth - wide} pixels too wide`);
          const texts = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const node = walker.currentNode, parent = node.parentElement;
            if (!node.textContent.trim() || parent.closest('script,style,noscript,option,select') || !parent.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) continue;
            let hidden = false;
            for (let e = parent; e && !hidden; e = e.parentElement) hidden = getComputedStyle(e).clipPath !== 'none';
            if (hidden) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            // What a reader may scroll to inside a table is not lost.
            const scroll = parent.closest('.scroll'), limit = scroll && scroll.scrollWidth > scroll.clientWidth ? scroll.getBoundingClientRect() : null;
            for (const r of range.getClientRects()) {
              if (r.width < 1 || r.height < 1 || (limit && (r.left >= limit.right || r.right <= limit.left))) continue;
              const seen = limit ? { left: Math.max(r.left, limit.left), right: Math.min(r.right, limit.right), top: r.top, bottom: r.bottom, height: r.height } : r;
              texts.push({ r: seen, node, sticky: !!parent.closest('#review') });
            }
          }
          const name = t => `'${t.node.textContent.trim().replace(/\s+/g, ' ').slice(0, 40)}' in ${t.node.parentElement.tagName.toLowerCase()}.${t.node.parentElement.className}`;
          for (const t of texts) {
            if (!t.node.parentElement.closest('.scroll') && (t.r.right > wide + 1 || t.r.left < -1)) faults.push(`${name(t)} runs out of the page`);
            for (let e = t.node.parentElement; e && e !== document.body; e = e.parentElement) {
              const style = getComputedStyle(e);
              if (style.overflowX === 'visible' || e.classList.contains('scroll')) continue;
              const box = e.getBoundingClientRect();
              if (t.r.right > box.right + 2 || t.r.left < box.left - 2 || t.r.bottom > box.bottom + 3) { faults.push(`${name(t)} is clipped by ${e.className || e.tagName}`); break; }
            }
          }
          texts.sort((a, b) => a.r.top - b.r.top);
          for (let i = 0; i < texts.length; i++)
            for (let j = i + 1; j < texts.length && texts[j].r.top < texts[i].r.bottom; j++) {
              const [a, b] = [texts[i], texts[j]];
              if (a.node === b.node || a.sticky !== b.sticky) continue;
              const x = Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left), y = Math.min(a.r.bottom, b.r.bottom) - Math.max(a.r.top, b.r.top);
              if (x > 2 && y > 0.4 * Math.min(a.r.height, b.r.height)) faults.push(`${name(a)} lies over ${name(b)}`);
            }
          return faults.slice(0, 12);
        }
        """;
}
