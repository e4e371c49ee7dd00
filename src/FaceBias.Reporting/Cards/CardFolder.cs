using System.Text.Json;
using FaceBias.Primitives.Json;

namespace FaceBias.Reporting.Cards;

/// <summary>Writes and checks the cards of a run: the folder <c>card</c> in the run's folder.</summary>
internal static class CardFolder
{
    /// <summary>The folder's name.</summary>
    public const string Name = "card";

    /// <summary>The model card for readers.</summary>
    public const string Model = "MODEL_CARD.md";

    /// <summary>The record of every number.</summary>
    public const string TraceFile = "card.json";

    private const int Version = 1;

    /// <summary>Writes all cards of a run.</summary>
    /// <param name="folder">The folder of a run or an audit, with <c>audit.json</c>.</param>
    /// <param name="strict">Whether what only people can write must be there.</param>
    /// <returns>Lines for the console.</returns>
    /// <exception cref="FaceBiasException">There are no results, or answers are missing and
    /// <paramref name="strict"/>.</exception>
    public static IReadOnlyList<string> Write(string folder, bool strict)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var lines = new List<string>();
        var answers = Path.Combine(folder, Name, CardAnswers.File);
        if (Directory.Exists(folder) && File.Exists(Path.Combine(folder, CardContents.AuditName))
            && !File.Exists(answers))
        {
            AtomicFile.WriteText(answers, CardAnswers.Template());
            lines.Add($"What only people know is to be written into {answers}.");
        }
        var contents = CardContents.Read(folder);
        CardQuestion[] missing = [.. contents.Answers.Missing(contents.Special.Count > 0)];
        if (strict && missing.Length > 0)
            throw new FaceBiasException(
                $"The card is not complete: '{answers}' has no answer to "
                    + $"{string.Join(", ", missing.Select(m => $"'{m.Key}' ({m.Question})"))}.");
        foreach (var (name, text) in Compose(contents))
            AtomicFile.WriteText(Path.Combine(folder, Name, name), text);
        if (missing.Length > 0)
            lines.Add($"{missing.Length} answers are missing and marked in the cards: "
                + $"{string.Join(", ", missing.Select(m => m.Key))}.");
        lines.Add($"{contents.Numbers.All.Count:N0} numbers, each with its source: "
            + $"{Path.GetFullPath(Path.Combine(folder, Name))}");
        return lines;
    }

    /// <summary>Computes every card again and compares.</summary>
    /// <param name="folder">The folder of a run or an audit, or its folder <c>card</c>.</param>
    /// <returns>What is not as it was; empty where everything is.</returns>
    /// <exception cref="FaceBiasException">There is no card, or its sources cannot be read.</exception>
    public static IReadOnlyList<string> Verify(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) == Name
            && File.Exists(Path.Combine(folder, TraceFile)))
            folder = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))!;
        var path = Path.Combine(folder, Name, TraceFile);
        if (!File.Exists(path))
            throw new FaceBiasException(
                $"'{folder}' has no card to verify ({path} is missing); write one with 'facebias card --run {folder}'.",
                ErrorKind.Missing);
        var trace = Trace.Read(path);
        var problems = new List<string>();
        foreach (var (name, hash) in trace.Sources)
        {
            var file = Path.Combine(folder, name);
            if (!File.Exists(file))
                problems.Add($"'{name}' is missing, and numbers of the card come from it.");
            else if (Primitives.Hashing.Sha256.OfFile(file) is var now && now != hash)
                problems.Add($"'{name}' is not the file that the card was made from: its SHA-256 is {now}, and the "
                    + $"card says {hash}.");
        }
        if (problems.Count > 0)
            return problems;
        var contents = CardContents.Read(folder);
        // What the run recorded about its own files must still hold: a card of a changed audit would be made from a
        // lie.
        foreach (var name in new[] { CardContents.AuditName, CardContents.CurationName })
            if (contents.Run?.Text($"/artefacts/{name}") is { Length: > 0 } recorded
                && contents.Sources.FirstOrDefault(s => s.Name == name) is { } source && source.Sha256 != recorded)
                problems.Add($"'{name}' is not the file that the run wrote: {CardContents.RunName} records another SHA-256.");
        if (trace.Written != HtmlPage.Version())
        {
            problems.AddRange(Recompute(folder, contents, trace));
            return problems;
        }
        foreach (var (name, text) in Compose(contents))
        {
            var file = Path.Combine(folder, Name, name);
            if (!File.Exists(file))
                problems.Add($"'{Name}/{name}' is missing.");
            else if (File.ReadAllText(file) is var found && found != text)
                problems.Add($"'{Name}/{name}' {Difference(text, found)}.");
        }
        return problems;
    }

    /// <summary>The names of the answers that are missing.</summary>
    public static IReadOnlyList<string> Missing(string folder)
    {
        var contents = CardContents.Read(folder);
        return [.. contents.Answers.Missing(contents.Special.Count > 0).Select(m => m.Key)];
    }

    private static Dictionary<string, string> Compose(CardContents c)
    {
        var (card, sheet, annex) =
            (ModelCardDocument.Compose(c), DatasheetDocument.Compose(c), AnnexDocument.Compose(c));
        var markdown = card.Markdown();
        var files = new Dictionary<string, string>
        {
            [Model] = markdown,
            ["DATASHEET.md"] = sheet.Markdown(),
            ["ANNEX_IV.md"] = annex.Markdown(),
            ["model_card.json"] = ModelCardToolkit.Compose(c),
            ["README.md"] = HuggingFaceCard.Compose(c, markdown),
        };
        files["card.html"] = Page(c, [card, sheet, annex]);
        files[TraceFile] = JsonSerializer.Serialize(new Trace(Version, HtmlPage.Version(),
            new SortedDictionary<string, string>(c.Sources.ToDictionary(s => s.Name.Replace('\\', '/'), s => s.Sha256),
                StringComparer.Ordinal), c.Numbers.All), CoreJson.Options) + "\n";
        return files;
    }

    /// <summary>A card of another version of this program, whose words may be others: every number is computed again,
    /// and looked up in the documents.</summary>
    private static IEnumerable<string> Recompute(string folder, CardContents contents, Trace trace)
    {
        var sources = contents.Sources.ToDictionary(s => s.Name);
        string[] documents =
            [.. new[] { Model, "DATASHEET.md", "ANNEX_IV.md" }.Select(d => Path.Combine(folder, Name, d))
                .Where(File.Exists).Select(File.ReadAllText)];
        foreach (var number in trace.Numbers)
        {
            var now = sources.TryGetValue(number.File, out var source)
                ? CardNumbers.Plain(source, number.Pointer, number.Format) : null;
            if (now != number.Text)
                yield return $"{number.Id}: the card says '{number.Text}', and {number.File} {number.Pointer} says "
                    + $"'{now ?? "nothing"}'.";
            var (marked, mark) = ($"{CardDocument.Escape(number.Text)}<!--{number.Id}-->", $"<!--{number.Id}-->");
            if (documents.FirstOrDefault(d => Count(d, mark) != Count(d, marked)) is not null)
                yield return $"{number.Id}: a document does not print '{number.Text}' where it prints the number of "
                    + $"{number.File} {number.Pointer}.";
        }
        static int Count(string text, string part) => text.Split(part).Length - 1;
    }

    private static string Page(CardContents c, CardDocument[] documents)
    {
        var numbers = c.Numbers.All.ToDictionary(n => n.Id);
        return HtmlPage.Write($"Cards: {c.Answers.Of("name")}",
            "A ° behind a number says where it comes from; what is marked is to be written by a person.",
            documents.Zip(new[] { "Model card", "Datasheet", "Annex IV" }).Select(
                (d, i) => new PagePart($"document{i}", d.Second,
                    Parts.Section($"document{i}", d.First.Title, d.First.Page(numbers)))));
    }

    /// <summary>Where two texts first differ.</summary>
    private static string Difference(string expected, string found)
    {
        var (a, b) = (expected.Split('\n'), found.Split('\n'));
        var line = Enumerable.Range(0, Math.Min(a.Length, b.Length)).FirstOrDefault(i => a[i] != b[i],
            Math.Min(a.Length, b.Length));
        string At(string[] lines)
        {
            if (line >= lines.Length)
                return "the end";
            var column = line < a.Length && line < b.Length
                ? Math.Max(0, a[line].Zip(b[line]).TakeWhile(p => p.First == p.Second).Count() - 20) : 0;
            return $"'{lines[line][column..Math.Min(lines[line].Length, column + 60)]}'";
        }
        return $"differs in line {line + 1}: it says {At(b)}, and its sources say {At(a)}";
    }

    private sealed record Trace(int Version, string Written, IReadOnlyDictionary<string, string> Sources,
        IReadOnlyList<CardNumber> Numbers)
    {
        public static Trace Read(string path)
        {
            try
            {
                return JsonSerializer.Deserialize<Trace>(File.ReadAllText(path), CoreJson.Options) is
                    { Version: CardFolder.Version, Sources: not null, Numbers: not null } trace ? trace
                    : throw new FaceBiasException(
                        $"'{path}' is no record of a card, or of another version; write the card again.");
            }
            catch (JsonException e)
            {
                throw new FaceBiasException($"'{path}' cannot be read: {e.Message.TrimEnd('.')}; the card is damaged.",
                    e);
            }
        }
    }
}
