using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FaceBias.Auditing;
using FaceBias.Primitives.Randomness;
using FaceBias.Reporting.Cards;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Reporting;

/// <summary>Cards print what their sources say, and verification refuses anything else.</summary>
public class CardTests(Browser browser)
{
    private static string Folder(bool answered = true)
    {
        var folder = TestPaths.NewFolder("card");
        AuditFile.Write(Path.Combine(folder, "audit.json"), ReportFixture.Full.Audit);
        File.WriteAllText(Path.Combine(folder, "run.json"), """
            {"version": 2, "job": "train", "versions": {"facebias": "1.2.3"}, "options": {"drawings": true, "backbone": "faceres", "training": {"seed": 7, "hidden": 256}},
             "steps": [{"name": "train", "key": "k", "files": [], "seconds": 12.34}], "artefacts": {}}
            """);
        File.WriteAllText(Path.Combine(folder, "curation.json"), """
            {"files": 3015, "unreadable": 3, "unique": 3000, "exactGroups": 12, "labelConflicts": 1, "nearFlagged": 4, "kept": 2990,
             "flags": {"blurred": 17}, "thresholds": [{"distance": 4, "pairs": 9, "flagged": 11}]}
            """);
        if (answered)
        {
            Directory.CreateDirectory(Path.Combine(folder, "card"));
            var answers = new JsonObject(
                [.. CardAnswers.Questions.Select(
                    q => KeyValuePair.Create(q.Key,
                        (JsonNode?)JsonValue.Create($"answer to {q.Key}, | <b>not</b> 100% `markup`")))]);
            File.WriteAllText(Path.Combine(folder, "card", "answers.json"), answers.ToJsonString());
        }
        CardFolder.Write(folder, strict: answered);
        return folder;
    }

    [Fact]
    public Task The_card_is_a_page_without_fault() => browser.Judge(Path.Combine(Folder(), "card", "card.html"));

    [Fact]
    public void A_card_is_the_same_bytes_twice_and_holds()
    {
        var folder = Folder();
        Assert.Empty(CardFolder.Verify(folder));
        Assert.Empty(CardFolder.Verify(Path.Combine(folder, "card")));
        var before = Directory.GetFiles(Path.Combine(folder, "card")).ToDictionary(f => f, File.ReadAllBytes);
        CardFolder.Write(folder, strict: true);
        Assert.All(before, f => Assert.Equal(f.Value, File.ReadAllBytes(f.Key)));
        var card = File.ReadAllText(Path.Combine(folder, "card", "MODEL_CARD.md"));
        Assert.Contains("Article 10(5) of Regulation (EU) 2024/1689", card);
        Assert.Contains("has two values", card);
        Assert.Contains("are drawings made by a program", card);
        var audit = ReportFixture.Full.Audit;
        Assert.Contains(FormattableString.Invariant(
            $"{100 * audit.Targets[0].Overall.Find("accuracy")!.Value!.Value:0.0}%<!--n"), card);
        Assert.All(audit.Findings, f => Assert.Contains(CardDocument.Escape(f.Sentence[1..]), card));
        Assert.Contains("12.34<!--n", card);
        Assert.DoesNotContain("<b>", card);
        Assert.DoesNotContain('\uE000', card);
    }

    [Fact]
    public async Task The_page_of_the_cards_is_read_at_every_width()
    {
        var page = Path.Combine(Folder(answered: false), "card", "card.html");
        Assert.Contains("<mark>[TO BE WRITTEN: who is responsible for the model]</mark>", File.ReadAllText(page));
        await browser.Judge(page);
    }

    [Fact]
    public void Each_of_50_changed_digits_is_refused()
    {
        var folder = Folder();
        string[] files = ["audit.json",
            .. new[] { "MODEL_CARD.md", "DATASHEET.md", "ANNEX_IV.md", "README.md", "model_card.json", "card.json",
                "card.html" }.Select(f => Path.Combine("card", f))];
        var random = new RandomSource(4).Stream("changes");
        for (var i = 0; i < 50; i++)
        {
            // Every second change is one of the audit or of the model card.
            var path = Path.Combine(folder, i % 2 == 0 ? files[i / 2 % 2] : files[random.NextInt(files.Length)]);
            var bytes = File.ReadAllBytes(path);
            // The scripts of the page hold digits that nobody reads as results.
            int[] digits = [
                .. Enumerable.Range(0, Math.Min(bytes.Length, 1_000_000)).Where(
                    b => bytes[b] is >= (byte)'0' and <= (byte)'9')];
            var at = digits[random.NextInt(digits.Length)];
            var changed = (byte[])bytes.Clone();
            changed[at] = (byte)('0' + (bytes[at] - '0' + 1 + random.NextInt(9)) % 10);
            File.WriteAllBytes(path, changed);
            string found;
            try
            {
                found = string.Join(' ', CardFolder.Verify(folder));
            }
            catch (FaceBiasException e)
            {
                found = e.Message;
            }
            Assert.True(found.Length > 0, $"change {i} of {path} at {at} passed");
            File.WriteAllBytes(path, bytes);
        }
        Assert.Empty(CardFolder.Verify(folder));
    }

    [Fact]
    public void A_card_of_another_version_is_verified_number_by_number()
    {
        var folder = Folder();
        foreach (var file in Directory.GetFiles(Path.Combine(folder, "card")).Where(f => !f.EndsWith("answers.json")))
            File.WriteAllText(file,
                Regex.Replace(File.ReadAllText(file), "\"written\": \"[^\"]*\"", "\"written\": \"0.0.1\"")
                    .Replace("## Limits", "## Known limits"));
        Assert.Empty(CardFolder.Verify(folder));
        var path = Path.Combine(folder, "card", "MODEL_CARD.md");
        var card = File.ReadAllText(path);
        File.WriteAllText(path,
            new Regex(@"(\d)%<!--n").Replace(card, m => $"{(m.Groups[1].Value[0] - '0' + 1) % 10}%<!--n", 1));
        Assert.Contains("does not print", Assert.Single(CardFolder.Verify(folder)));
    }

    [Fact]
    public void Every_number_names_its_file_pointer_and_hash()
    {
        var folder = Folder();
        using var trace = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "card", "card.json")));
        var numbers = trace.RootElement.GetProperty("numbers").EnumerateArray().ToList();
        Assert.True(numbers.Count > 100);
        foreach (var number in numbers)
        {
            var source = CardSource.Read(folder, number.GetProperty("file").GetString()!);
            Assert.Equal(source.Sha256, number.GetProperty("sha256").GetString());
            Assert.Equal(number.GetProperty("text").GetString(),
                CardNumbers.Plain(source, number.GetProperty("pointer").GetString()!,
                    Enum.Parse<CardFormat>(number.GetProperty("format").GetString()!, true)));
        }
        var toolkit = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "card", "model_card.json")))!;
        var metric = toolkit["quantitative_analysis"]!["performance_metrics"]!.AsArray()[0]!;
        Assert.Equal(JsonValueKind.String, metric["value"]!.GetValueKind());
        Assert.Equal(JsonValueKind.String, metric["confidence_interval"]!["lower_bound"]!.GetValueKind());
        var readme = File.ReadAllText(Path.Combine(folder, "card", "README.md"));
        Assert.StartsWith("---\nlicense: ", readme);
        Assert.Contains("slice: \"race: Black\"", readme);
    }

    [Fact]
    public void What_people_must_write_is_marked_and_strict_refuses_it_empty()
    {
        var folder = Folder(answered: false);
        Assert.Contains("[TO BE WRITTEN: what the model is meant for]",
            File.ReadAllText(Path.Combine(folder, "card", "MODEL_CARD.md")).Replace("\\", ""));
        var e = Assert.Throws<FaceBiasException>(() => CardFolder.Write(folder, strict: true));
        Assert.Contains("'intended_uses'", e.Message);
        Assert.Contains("'special_deletion'", e.Message);
        Assert.Contains("special_deletion", CardFolder.Missing(folder));
    }
}
