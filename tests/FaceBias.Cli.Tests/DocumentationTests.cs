using System.Text.RegularExpressions;
using FaceBias.Auditing;
using FaceBias.Cli.Commands;
using FaceBias.Tests;

namespace FaceBias.Cli.Tests;

/// <summary>What the pages name is there: other pages and their headings, commands with their options, code that
/// compiles.</summary>
public partial class DocumentationTests
{
    private static readonly IReadOnlyList<CommandDescription> s_commands = DescribeCommand.Of(CommandLine.Create());
    private static readonly string[] s_pages =
    [
        .. Directory.EnumerateFiles(TestPaths.Repository, "*.md"),
        .. from folder in new[] { "docs", "benchmarks", "pipelines", "samples", "models" }
           from file in Directory.EnumerateFiles(Path.Combine(TestPaths.Repository, folder), "*.md",
               SearchOption.AllDirectories)
           where !file.Contains("node_modules", StringComparison.Ordinal)
           select file,
    ];

    [Fact]
    public void The_reference_of_the_command_line_is_what_the_command_line_generates() =>
        Assert.True(File.ReadAllText(Page("docs/reference/command-line.md")) == CommandReference.Compose(s_commands),
            "It is out of date; run: ./run.sh describe --markdown docs/reference/command-line.md");

    [Fact]
    public void Links_lead_to_files_and_headings()
    {
        var broken = from page in s_pages
                     from Match link in Link().Matches(Fence().Replace(File.ReadAllText(page), ""))
                     let target = link.Groups[1].Value
                     where !target.Contains("://", StringComparison.Ordinal)
                     let parts = target.Split('#', 2)
                     let file = parts[0].Length == 0 ? page
                         : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, parts[0]))
                     where !(File.Exists(file) || Directory.Exists(file))
                         || (parts.Length == 2 && !Anchors(file).Contains(parts[1]))
                     select $"{Name(page)}: {target}";
        Assert.Empty(broken);
    }

    [Fact]
    public void Commands_and_options_exist()
    {
        var known = s_commands.ToDictionary(c => c.Name, c => c.Options.Select(o => o.Name).ToHashSet());
        known["describe"] =
            [.. CommandLine.Create().Subcommands.Single(c => c.Name == "describe").Options.Select(o => o.Name)];
        known["completion install"] = ["--shell"];
        string[] everywhere = ["--help", "--quiet", "--verbose", "--json", "--config"];
        var all = known.Values.SelectMany(o => o).ToHashSet();
        var calls = s_pages.SelectMany(
            page => Code(File.ReadAllText(page)).Select(code => (Page: Name(page), Code: code))).ToArray();
        var faults = new List<string>();
        foreach (var (page, code) in calls)
        {
            foreach (Match call in Call().Matches(code))
            {
                var words = call.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words.Length == 0 || words[0] is "setup" or "build" or "test" or "bench" or "help"
                    || !char.IsAsciiLetterLower(words[0][0]))
                    continue;
                var options = known.GetValueOrDefault(string.Join(' ', words.Take(2)))
                    ?? known.GetValueOrDefault(words[0]);
                // A group of commands is named without one of them.
                if (options is null
                    && (words.Length > 1
                        || !known.Keys.Any(k => k.StartsWith(words[0] + " ", StringComparison.Ordinal))))
                    faults.Add($"{page}: there is no command '{words[0]}'");
                faults.AddRange(Option().Matches(call.Groups[1].Value).Select(o => o.Value)
                    .Where(o => options is not null && !everywhere.Contains(o) && !options.Contains(o))
                    .Select(o => $"{page}: {words[0]} has no {o}"));
            }
            if (page.StartsWith("docs/", StringComparison.Ordinal)
                && Option().Match(code) is { Success: true, Index: 0 } lone
                && !everywhere.Contains(lone.Value) && !all.Contains(lone.Value))
                faults.Add($"{page}: no command has {lone.Value}");
        }
        Assert.True(calls.Length > 100);
        Assert.Empty(faults);
    }

    [Fact]
    public void Terms_of_reports_name_headings_that_there_are() =>
        Assert.All(FaceBias.Reporting.Terms.Pages, place =>
            Assert.Contains(place.Split('#')[1], Anchors(Page(place.Split('#')[0]))));

    [Fact]
    public void Code_is_a_region_of_a_test()
    {
        var faults = from page in s_pages
                     from Match block in Snippet().Matches(File.ReadAllText(page))
                     let source = block.Groups["source"].Value
                     // ML.NET's packages that few feeds have are used on one page, and another one shows how an option
                     // is declared; elsewhere every block is a region.
                     where source.Length == 0 ? Name(page) is not ("docs/how-to/mlnet.md" or "CONTRIBUTING.md")
                         : Region(source, block.Groups["region"].Value) != block.Groups["code"].Value.Trim()
                     select $"{Name(page)}: '{block.Groups["code"].Value.Split('\n')[0]}' is not region "
                         + $"'{block.Groups["region"].Value}' of '{source}'";
        Assert.Empty(faults);
    }

    [Fact]
    public async Task The_tutorial_shows_the_findings_that_its_command_prints()
    {
        var folder = TestPaths.NewFolder();
        var audit = AuditCommand.Create().Parse(
            ["--predictions", Page("samples/tables/smiles.csv"), "--truth", "judged",
            "--prediction", "answer", "--groups", "sex,skin", "--out", folder]);
        Assert.Equal(0, await audit.InvokeAsync());
        var tutorial = Blanks().Replace(await File.ReadAllTextAsync(Page("docs/tutorials/audit-a-csv.md")), " ");
        var findings = AuditFile.Read(Path.Combine(folder, "audit.json")).Findings;
        Assert.Equal(2, findings.Count);
        Assert.All(findings, finding => Assert.Contains(finding.Sentence, tutorial, StringComparison.Ordinal));
    }

    private static string Page(string name) => Path.Combine(TestPaths.Repository, name);

    private static string Name(string page) => Path.GetRelativePath(TestPaths.Repository, page).Replace('\\', '/');

    /// <summary>The text between <c>// &lt;NAME&gt;</c> and <c>// &lt;/NAME&gt;</c>, not indented.</summary>
    private static string Region(string source, string name)
    {
        string[] lines =
            [.. File.ReadLines(Page(source)).SkipWhile(l => l.Trim() != $"// <{name}>").Skip(1)
                .TakeWhile(l => l.Trim() != $"// </{name}>")];
        var indent = lines.Where(l => l.Length > 0).Select(l => l.Length - l.TrimStart().Length).DefaultIfEmpty().Min();
        return string.Join('\n', lines.Select(l => l.Length < indent ? l : l[indent..])).Trim();
    }

    /// <summary>The headings' anchors as GitHub makes them.</summary>
    private static HashSet<string> Anchors(string file) =>
        [.. Heading().Matches(Fence().Replace(File.ReadAllText(file), ""))
            .Select(h => NotInAnchors().Replace(h.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    /// <summary>Blocks and spans of code; a continued line is one, a comment none.</summary>
    private static IEnumerable<string> Code(string text) =>
        Fence().Matches(text).SelectMany(m => Continuation().Replace(m.Value, " ").Split('\n'))
            .Select(l => Comment().Replace(l, ""))
            .Concat(Span().Matches(Fence().Replace(text, "")).Select(m => m.Groups[1].Value.Replace('\n', ' ')));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^ *```.*?^ *```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"(?<=^|[\s|(])(?:\./run\.sh|\./run\.ps1|facebias)\s+([^|`;]*)")]
    private static partial Regex Call();

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z0-9-]+")]
    private static partial Regex Option();

    [GeneratedRegex(@"\\\r?\n\s*")]
    private static partial Regex Continuation();

    [GeneratedRegex(@"\s# .*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Span();

    [GeneratedRegex(@"(?:<!-- snippet: (?<source>\S+)#(?<region>\S+) -->\r?\n)?^```csharp\r?\n(?<code>.*?)^```",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Snippet();
}
