using System.Text.Json;
using System.Text.RegularExpressions;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Data.Tables;
using FaceBias.Primitives.Json;

namespace FaceBias.Workflows.Init;

/// <summary>The command that fits what a user has. What a file cannot say, such as which label to predict, is left open
/// and asked for.</summary>
/// <param name="Command">The command: train, audit or curate.</param>
/// <param name="Options">Its options without dashes: a text, or texts; an open one is missing.</param>
/// <param name="Seen">What was found, one sentence each.</param>
/// <param name="Assumed">What was taken from names or formats, one sentence each.</param>
/// <param name="Open">Options that only the user can give, each with the question.</param>
/// <param name="Instead">A command that works already; null where nothing is open.</param>
internal sealed partial record Proposal(
    string Command, IReadOnlyDictionary<string, object> Options, IReadOnlyList<string> Seen,
    IReadOnlyList<string> Assumed, IReadOnlyDictionary<string, string> Open, string? Instead = null)
{
    private const string Train = "train", Audit = "audit", Curate = "curate";

    // Of the images, as many names as must have UTKFace's form to be taken for it.
    private const double FewestNames = 0.9;

    /// <summary>Looks at folders of images, at a table, or at both.</summary>
    /// <exception cref="FaceBiasException">There is neither, or one of them cannot be read.</exception>
    public static Proposal Of(ProposalOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Images.Count == 0)
            return options.Tables switch
            {
                [] => throw new FaceBiasException("Name a folder of images, a table, or both."),
                [var one] => OfTable(options, one),
                [var one, var other, ..] => throw new FaceBiasException(
                    $"'{one}' and '{other}' are two tables; name one, or the folder of the images that they label."),
            };
        var listing = ImageFolder.List(options.Images);
        var seen = string.Create(CultureInfo.InvariantCulture,
            $"{string.Join(", ", options.Images)}: {listing.Files.Count:N0} images.");
        return options.Tables.Count > 0 ? OfBoth(options, listing, seen) : OfImages(options, listing, seen);
    }

    /// <summary>The command, with a word in capitals where an option is open.</summary>
    public string Line() => $"facebias {Command} " + string.Join(' ',
        Options.Select(o => $"--{o.Key} {Words(o.Value)}").Concat(Open.Keys.Select(o => $"--{o} {o.ToUpperInvariant()}")));

    /// <summary>The command as a file for 'facebias --config'.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new Dictionary<string, object>(Options.Prepend(new("command", Command))), CoreJson.Options) + "\n";

    /// <summary>Everything in lines for the console.</summary>
    public IEnumerable<string> Lines() =>
    [
        .. Seen, .. Assumed.Select(a => $"Assumed: {a}"), .. Open.Select(o => $"Not known: {o.Value}"),
        "", Open.Count == 0 ? "Command:" : "Command, with the words in capitals to be replaced:", $"  {Line()}",
        .. Instead is null ? Array.Empty<string>() : [Instead],
    ];

    private static string Words(object value) => value is string one ? Quoted(one)
        : string.Join(' ', ((IEnumerable<string>)value).Select(Quoted));

    private static string Quoted(string text) => text.All(c => char.IsLetterOrDigit(c) || "/\\._-:,=+~".Contains(c))
        ? text : $"\"{text}\"";

    private static Proposal OfTable(ProposalOptions options, string path)
    {
        var table = TableFile.Read(path, reading: new TableReading());
        List<string> seen = [Describe(path, table), .. table.Notices.Select(n => n.Sentence)], assumed = [];
        var given = new Dictionary<string, object> { ["predictions"] = path };
        var open = new Dictionary<string, string>();
        string[] own = [.. OwnTargets(table)];
        if (own.Length > 0 && options.Truth is null && options.Prediction is null)
        {
            assumed.Add($"{string.Join(", ", own.Select(t => $"'{t}' is the prediction and '{t}_true' the truth"))}, by their names.");
            if (options.Targets.Count > 0)
                given["targets"] = Chosen(options.Targets, table, "Targets");
        }
        else if (options.Truth is null && options.Prediction is null && RoleNames.Truth(table) is null
            && NamedPairs(table) is [var (truth, answer), .. var others])
        {
            (given["truth"], given["prediction"]) = (truth, answer);
            assumed.Add($"'{answer}' is the prediction of '{truth}', by their names; --truth and --prediction say otherwise.");
            if (others.Length > 0)
                seen.Add("Each in an audit of its own: "
                    + $"{string.Join(", ", others.Select(o => $"'{o.Prediction}' may be the prediction of '{o.Truth}'"))}.");
        }
        else
        {
            Role("truth", options.Truth, RoleNames.Truth(table), "holds the truth");
            Role("prediction", options.Prediction, RoleNames.Prediction(table), "holds the model's answer");
        }
        if (open.Count > 0)
            seen.AddRange(Alike(table).Select(names => names.Length == 2
                ? $"'{names[0]}' and '{names[1]}' hold the same values: one may be the truth and the other the answer."
                : $"{names.Length} columns hold the same values ({Some(names)}): among them may be the truth and the answer."));
        if (options.Groups.Count > 0)
            given["groups"] = Chosen(options.Groups, table, "Groups");
        given["out"] = "audit";
        return new(Audit, given, seen, assumed, open, open.Count == 0 ? null
            : $"Does it hold labels of images instead? Name their folder too: facebias init FOLDER {Quoted(path)}");

        void Role(string option, string? named, Column? called, string what)
        {
            if (named is not null)
            {
                _ = table[named];
                given[option] = named;
            }
            else if (called is not null && called.Header != options.Truth && called.Header != options.Prediction)
            {
                given[option] = called.Header;
                assumed.Add($"'{called.Header}' {what}, by its name; --{option} says otherwise.");
            }
            else
            {
                open[option] = $"which column {what} (of {Names(table)}).";
            }
        }
    }

    /// <summary>Columns with the same few values, two or more together.</summary>
    private static IEnumerable<string[]> Alike(Table table) => Few(table)
        .GroupBy(c => string.Join('\n', c.Values.Order(StringComparer.Ordinal))).Where(g => g.Skip(1).Any())
        .Select(g => g.Select(c => c.Name).ToArray());

    /// <summary>Columns of which one is named after another as its prediction, as race_preds_fair after race, and holds
    /// the same values.</summary>
    private static (string Truth, string Prediction)[] NamedPairs(Table table)
    {
        var few = Few(table);
        return [.. from answer in few
                   where AnswerName().IsMatch(answer.Name)
                   let rest = AnswerName().Replace(answer.Name, "_")
                   from truth in few
                   where truth.Name != answer.Name && truth.Values.SetEquals(answer.Values)
                       && $"_{rest}_".Contains($"_{truth.Name}_", StringComparison.OrdinalIgnoreCase)
                   select (truth.Name, answer.Name)];
    }

    [GeneratedRegex("(?<![A-Za-z])(pred(s|icted|iction|ictions)?|answer|output|hat)(?![A-Za-z])", RegexOptions.IgnoreCase)]
    private static partial Regex AnswerName();

    private static (string Name, HashSet<string> Values)[] Few(Table table)
    {
        return [.. table.Columns.Select(c => (c.Header, Values(c))).Where(c => c.Item2.Count is > 1 and <= 20)];

        static HashSet<string> Values(Column column) => column is TextColumn text ? [.. text.Levels]
            : [.. ((NumberColumn)column).Values.Where(v => !double.IsNaN(v)).Distinct().Take(21)
                .Select(v => v.ToString(CultureInfo.InvariantCulture))];
    }

    private static Proposal OfImages(ProposalOptions options, ImageListing listing, string seen)
    {
        string[] images = [.. options.Images];
        var curate = new Dictionary<string, object> { ["images"] = images, ["out"] = "curated" };
        if (listing.Files.Count(f => UtkFaceNames.Fits(f.Path)) >= FewestNames * listing.Files.Count)
        {
            return Training(options, ["utkface"], LabelSource.Load("utkface", listing.Files), [seen],
                ["file names are those of UTKFace (age_gender_race_time), so they are the labels."]);
        }
        List<string> notes = [seen];
        var classes = FolderLabels.Read(listing.Files, new Dictionary<string, Split>()).Table.Text(FolderLabels.Column);
        if (classes.Levels.Length is > 1 and <= AuditOptions.MostClasses)
            notes.Add($"They lie in {classes.Levels.Length:N0} folders ({Some(classes.Levels)}). If a folder is a class: facebias train --images "
                + $"{Words(images)} --labels folder --targets {FolderLabels.Column} --out runs/first");
        string[] tables = [.. options.Images.Where(Directory.Exists).SelectMany(i => Directory.EnumerateFiles(i))
            .Where(f => Path.GetExtension(f) is ".csv" or ".tsv" or ".parquet" or ".xlsx" or ".json" or ".jsonl").Order(StringComparer.Ordinal)];
        if (tables.Length > 0)
            notes.Add($"There {(tables.Length == 1 ? "is a table" : "are tables")} in it ({Some(tables)}). If one holds the labels, name it too: "
                + $"facebias init {Words(images)} {Quoted(tables[0])}");
        else if (classes.Levels.Length < 2)
            notes.Add($"To train on them, name a table with a row per image: facebias init {Words(images)} LABELS.csv");
        return new(Curate, curate, notes, [], new Dictionary<string, string>());
    }

    private static Proposal OfBoth(ProposalOptions options, ImageListing listing, string seen)
    {
        if (options.Tables is [var path]
            && (options.Prediction is not null || OwnTargets(LabelTable.Read(path, new TableReading())).Any()))
        {
            var audit = OfTable(options, path);
            return audit with { Seen = [seen, .. audit.Seen, "The table holds predictions, so the images are not asked again."] };
        }
        var labels = LabelSource.Load(new() { Sources = options.Tables }, listing.Files);
        return Training(options, options.Tables, labels,
            [seen, string.Create(CultureInfo.InvariantCulture, 
                $"{string.Join(", ", options.Tables)}: labels of {labels.Labelled.Count(l => l):N0} of them; "
                    + $"{Columns(labels.Table)}."),
                .. labels.LeftOut.Select(c => $"Left out: {c.Name} ({c.Reason})."), .. labels.Notices.Select(n => n.Sentence)],
            labels.ImageColumns is [var image] ? [$"'{image}' names the image."] : []);
    }

    private static Proposal Training(ProposalOptions options, IReadOnlyList<string> sources, LabelSet labels,
        List<string> seen, List<string> assumed)
    {
        var table = labels.Table;
        var given = new Dictionary<string, object> { ["images"] = options.Images.ToArray(),
            ["labels"] = sources is [var source] ? source : sources.ToArray() };
        var open = new Dictionary<string, string>();
        if (labels.Given is { } splits)
            assumed.Add(splits.Sentence);
        if (options.Targets.Count > 0)
        {
            given["targets"] = Chosen(options.Targets, table, "Targets");
        }
        else if (table.Columns is [var only])
        {
            given["targets"] = only.Name;
            assumed.Add($"'{only.Name}' is to be predicted: there is no other label.");
        }
        else
        {
            open["targets"] = $"which of the labels are to be predicted ({Names(table)}).";
        }
        if (options.Groups.Count > 0)
            given["groups"] = Chosen(options.Groups, table, "Groups");
        else if (table.Columns.Count > 1)
            seen.Add("Errors are compared by the true values of the targets; ‹Groups› names further labels to compare by."
                .Named());
        given["out"] = "runs/first";
        return new(Train, given, seen, assumed, open, open.Count == 0 ? null
            : $"What already works: facebias curate --images {Words(options.Images)} --labels {Words(given["labels"])} "
                + "--out curated");
    }

    private static object Chosen(IReadOnlyList<string> names, Table table, string option)
    {
        if (names.FirstOrDefault(n => !table.Has(n) && !table.Has(n + "_true")) is { } missing)
            throw new FaceBiasException($"‹{option}›: there is no column '{missing}'; there are {Names(table)}.");
        return string.Join(',', names);
    }

    private static IEnumerable<string> OwnTargets(Table table) => table.Columns.Select(c => c.Name)
        .Where(n => n.EndsWith("_true", StringComparison.Ordinal) && table.Has(n[..^5])).Select(n => n[..^5]);

    private static string Describe(string path, Table table) =>
        string.Create(CultureInfo.InvariantCulture, $"{path}: {table.RowCount:N0} rows; {Columns(table)}.");

    private static string Columns(Table table) => string.Join("; ", table.Columns.Take(12).Select(c => c switch
    {
        TextColumn text => $"{c.Header}: {(text.Levels.Length > 20 ? "texts" : text.Levels.Length == 1 ? "one value" : $"{text.Levels.Length} values")} ({Some(text.Levels)})",
        _ => KindRule.Of([c]).Kind switch
        {
            TargetKind.Numeric => $"{c.Header}: a number",
            TargetKind.Categorical => $"{c.Header}: codes",
            _ => $"{c.Header}: whole numbers, classes or a quantity",
        },
    })) + (table.Columns.Count > 12 ? $"; {table.Columns.Count - 12} more" : "");

    private static string Names(Table table) => Some([.. table.Columns.Select(c => c.Header)], 20);

    private static string Some(string[] names, int most = 4) =>
        string.Join(", ", names.Take(most).Select(n => n.Length > 40 ? n[..40] + "..." : n)) + (names.Length > most ? ", ..." : "");
}
