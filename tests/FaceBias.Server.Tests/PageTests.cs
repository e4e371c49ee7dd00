using FaceBias.Core.Tests.Reporting;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Onnx.Graphs;
using FaceBias.Tests;
using Microsoft.Playwright;

namespace FaceBias.Server.Tests;

/// <summary>The page in a real browser: with a keyboard, and by the rules of accessibility.</summary>
public sealed class PageTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_picture_is_predicted_and_explained_and_the_page_is_accessible()
    {
        await using var server =
            await RunningServer.StartAsync(
                prepare: folder =>
                {
                    // The card of a run lies in its folder card.
                    Directory.CreateDirectory(Path.Combine(folder, "card"));
                    File.WriteAllText(Path.Combine(folder, "card", "MODEL_CARD.md"), "# The card\n");
                    var model = OnnxFile.Read(Path.Combine(folder, "model.onnx"));
                    new ConformalModel(1, [IntervalTests.Age(5)]).WriteTo(model);
                    OnnxFile.Write(model, Path.Combine(folder, "model.onnx"));
                });
        var page = await browser.NewPage(1000);
        var complaints = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error")
                complaints.Add(message.Text);
        };
        page.PageError += (_, error) => complaints.Add(error);
        await page.GotoAsync(server.Server.Address.ToString());
        await page.GetByText("# The card").WaitForAsync();
        Assert.Contains("is not known", await page.Locator("#fails").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("gender, age", await page.Locator("#what").InnerTextAsync(), StringComparison.Ordinal);

        // The file input is reached by the keyboard, after the link to skip to the content.
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("file", await page.EvaluateAsync<string>("document.activeElement.id"));
        await page.Locator("#file").SetInputFilesAsync(
            new FilePayload { Name = "face.png", MimeType = "image/png", Buffer = RunningServer.Picture(60, 40) });
        await page.Locator("#answer h3").First.WaitForAsync();
        var answer = await page.Locator("#answer").InnerTextAsync();
        Assert.Contains("gender: ", answer, StringComparison.Ordinal);
        Assert.Contains("years", answer, StringComparison.Ordinal);
        Assert.Matches(@"Interval that holds the age at a rate of 90(\.0)?%: [0-9.]+ to [0-9.]+ years\.", answer);
        Assert.Equal("polite", await page.Locator("#answer").GetAttributeAsync("aria-live"));
        await page.Locator("#explain").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#heat[src^='data:image/png']").WaitForAsync();
        Assert.Contains("of the picture", await page.Locator("#heat").GetAttributeAsync("alt"),
            StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("FACEBIAS_SCREENSHOT") is { } path)
            await page.ScreenshotAsync(new() { Path = path, FullPage = true });

        await page.Locator("#file").SetInputFilesAsync(
            new FilePayload { Name = "no.png", MimeType = "image/png", Buffer = "hello"u8.ToArray() });
        await page.Locator("#answer .bad").WaitForAsync();
        Assert.Contains("it is text", await page.Locator("#answer").InnerTextAsync(), StringComparison.Ordinal);
        complaints.RemoveAll(c => c.Contains("415", StringComparison.Ordinal));
        Assert.Empty(complaints);

        var axe = Path.Combine(TestPaths.Repository, "node_modules", "axe-core", "axe.min.js");
        Assert.SkipUnless(File.Exists(axe), "needs axe-core from npm (run.sh setup)");
        await page.EvaluateAsync(await File.ReadAllTextAsync(axe));
        Assert.Empty(await page.EvaluateAsync<string[]>("""
            async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }))
              .violations.map(v => `${v.id} (${v.impact}): ${v.help}: ${v.nodes[0].html.slice(0, 160)}`)
            """));
    }
}
