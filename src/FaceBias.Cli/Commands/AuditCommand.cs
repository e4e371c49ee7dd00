using System.CommandLine;
using System.Globalization;
using FaceBias.Auditing;
using FaceBias.Workflows.Audit;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias audit</c>: for whom a model fails, from a table of its predictions or by asking it.</summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        var predictions = new Option<string?>("--predictions") { Description = "Table of predictions: text with any separator, .xlsx, .json, .jsonl or .parquet, also compressed.", HelpName = "FILE" };
        var model = new Option<string?>("--model")
        { Description = "A black box to ask instead: gear, faceres, another model of the catalogue with outputs, or an ONNX file: of facebias train, or anybody's classifier with --classes.", HelpName = "NAME|FILE" };
        var classes = new Option<string?>("--classes")
        { Description = "With anybody's classifier: the label that it predicts, and its classes in the order of its scores.", HelpName = "TARGET=A,B|TARGET=FILE.txt" };
        var scores = new Option<string?>("--model-output") { Description = "With anybody's classifier: the value that holds its scores; found by itself.", HelpName = "VALUE" };
        var input = new PictureOptions();
        var images = new Option<string[]>("--images") { Description = "With --model: folder(s) of images.", AllowMultipleArgumentsPerToken = true, HelpName = "DIR" };
        var labels = new LabelArguments(required: false, "With --model: ", kinds: false);
        var features = new Option<string?>("--features") { Description = "features/NAME.npy of a run: also look for look-alikes that the model fails on.", HelpName = "FILE.npy" };
        var noResampling = new Option<bool>("--no-resampling") { Description = "Closed formulas alone: fast, without p and most verdicts." };
        var noSlices = new Option<bool>("--no-slices") { Description = "Do not look for slices that nobody named." };
        var truth = List("--truth", "Column of the truth, where it is not named T_true; or one of 0 and 1 per class (CLASS=COLUMN, or named after it).", "COLUMN");
        var prediction = List("--prediction", "Column of the prediction, or one of 0 and 1 per class; without --truth only what is predicted for whom is compared.", "COLUMN");
        var probabilities = List("--probabilities", "Columns of probabilities: CLASS=COLUMN, or columns named after their class; alone, the most probable class is the prediction.", "COLUMN");
        var score = new Option<string?>("--score") { Description = "Column of a score of one of two classes, cut at --threshold.", HelpName = "COLUMN" };
        var threshold = new Option<double?>("--threshold") { Description = "At or above which score a row is predicted to be positive; by default 0.5 of a probability.", HelpName = "T" };
        var positive = new Option<string?>("--positive") { Description = "The class of two that the score and rates are of; by default 1, yes, true or positive.", HelpName = "CLASS" };
        var logits = new Option<bool>("--logits") { Description = "Scores and probabilities are logits." };
        var map = List("--map", "Other names for values: 0=cat,1=dog in truths and predictions, race:0=White in one column.", "VALUE=NAME");
        var metric = new Option<string?>("--metric") { Description = $"What the findings are about: {string.Join(", ", FindingMetric.Names)}, mae, signed_error or within_N; accuracy or mae by default.", HelpName = "METRIC" };
        var control = List("--control", "Attributes that a difference may be due to: groups are also compared within each of their levels.", "COLUMN");
        var weights = new Option<string?>("--weights") { Description = "Column of each row's weight.", HelpName = "COLUMN" };
        var check = new Option<bool>("--check") { Description = "Only say how the table is read and what is wrong with it; write nothing." };
        var table = new TableArguments();
        var targets = List("--targets", "Targets to audit; all by default.", "T");
        var groups = List("--groups", "Attributes to compare; the truth of every target and all text columns by default.", "COLUMN");
        var ordinal = List("--ordinal", "Attributes whose values have an order, tested for a trend: \"skin=light<medium<dark\", or the name alone where the order is known.", "COLUMN");
        var compare = new Option<string?>("--compare") { Description = "Predictions of another model for the same ids; writes compare.json.", HelpName = "FILE" };
        var bands = new Option<string[]>("--bands")
        { Description = "Lower edges of the bands of a number.", AllowMultipleArgumentsPerToken = true, HelpName = "age=0,18,31,61" };
        var intersections = new Option<int?>("--intersections") { Description = "Cross up to this many attributes; by default 2 where there are at most 8 of them, else 1." };
        var reference = new Option<string?>("--reference") { Description = "What disparate impact is relative to: a group, 'majority' (the largest, default) or 'overall'.", HelpName = "GROUP" };
        var cluster = new Option<string?>("--cluster") { Description = "Column of rows that belong together, such as the person shown.", HelpName = "COLUMN" };
        var screening = new Option<string>("--screening") { Description = "Correction of crossed groups: bh (Benjamini-Hochberg) or by (Benjamini-Yekutieli).", DefaultValueFactory = _ => "bh" };
        screening.AcceptOnlyFromAmong("bh", "by");
        var margin = new Option<double>("--margin") { Description = "Difference of rates that would not matter.", DefaultValueFactory = _ => 0.05 };
        var numericMargin = new Option<double?>("--numeric-margin") { Description = "Difference of mean errors that would not matter; by default 1 for years, none for other units." };
        var split = new Option<string>("--split") { Description = "Rows to audit where there is a column 'split'; 'all' for all.", DefaultValueFactory = _ => "test" };
        var seed = new Option<long>("--seed") { Description = "Seed of bootstrap and permutations.", DefaultValueFactory = _ => 1 };
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one per core.", DefaultValueFactory = _ => 0 };
        var title = new Option<string?>("--title") { Description = "Title of the report." };
        var force = new Option<bool>("--force") { Description = "Replace the audit of a run in --out." };
        var output = new Option<string>("--out") { Description = "Folder for audit.json, audit.parquet and audit.html.", Required = true, HelpName = "DIR" };
        var command = new Command("audit", "Finds out for whom a model fails, and how sure that is, from a table of its predictions or by asking it.")
        {
            predictions, truth, prediction, probabilities, score, threshold, positive, logits, map, metric, control, weights, check, model, classes, scores, images, features, noSlices, noResampling, targets, groups, bands, ordinal, intersections, compare, reference, cluster, screening, margin, numericMargin,
            split, seed, threads, title, force, output,
        };
        table.AddTo(command);
        labels.AddTo(command);
        input.AddTo(command);
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var options = new AuditOptions
            {
                Targets = Given(parsed.GetValue(targets)),
                Groups = Given(parsed.GetValue(groups)),
                Bands = Bands(parsed.GetValue(bands) ?? [], new AuditOptions().Bands),
                Ordinal = Lists.Split(parsed.GetValue(ordinal)),
                IntersectionDepth = parsed.GetValue(intersections),
                Reference = parsed.GetValue(reference) is "majority" ? null : parsed.GetValue(reference),
                Cluster = parsed.GetValue(cluster),
                Screening = parsed.GetValue(screening) is "by" ? FalseDiscovery.BenjaminiYekutieli : FalseDiscovery.BenjaminiHochberg,
                Margin = parsed.GetValue(margin),
                NumericMargin = parsed.GetValue(numericMargin),
                Split = parsed.GetValue(split) is "all" ? null : parsed.GetValue(split),
                Resample = !parsed.GetValue(noResampling),
                FindSlices = !parsed.GetValue(noSlices),
                Seed = parsed.GetValue(seed),
                Threads = parsed.GetValue(threads),
                Kinds = table.Kinds(parsed),
                Map = Lists.Split(parsed.GetValue(map)),
                Metric = parsed.GetValue(metric),
                Positive = parsed.GetValue(positive),
                Threshold = parsed.GetValue(threshold),
                Logits = parsed.GetValue(logits),
                Control = Lists.Split(parsed.GetValue(control)),
                Weights = parsed.GetValue(weights),
            };
            var lines = ConsoleProgress.Run(progress => AuditRun.Execute(new()
            {
                Predictions = parsed.GetValue(predictions),
                Columns = new()
                {
                    Truth = Lists.Split(parsed.GetValue(truth)), Prediction = Lists.Split(parsed.GetValue(prediction)),
                    Probabilities = Lists.Split(parsed.GetValue(probabilities)), Score = parsed.GetValue(score),
                },
                Reading = table.Reading(parsed),
                CheckOnly = parsed.GetValue(check),
                Compare = parsed.GetValue(compare),
                Model = parsed.GetValue(model),
                Classes = parsed.GetValue(classes),
                Import = input.Wishes(parsed) with { Features = parsed.GetValue(scores) },
                Images = parsed.GetValue(images) ?? [],
                Labels = labels.Read(parsed) is { } read ? read with { Kinds = table.Kinds(parsed), Reading = table.Reading(parsed) } : null,
                Features = parsed.GetValue(features),
                Audit = options,
                Title = parsed.GetValue(title),
                Force = parsed.GetValue(force),
                Out = parsed.GetRequiredValue(output),
            }, progress, cancel));
            foreach (var line in lines)
                Console.WriteLine(line);
            return 0;
        }, CancellationToken.None));
        return command;
    }

    /// <summary>"age=0,18,31,61" as an entry of the bands, beside the default ones.</summary>
    internal static Dictionary<string, IReadOnlyList<double>> Bands(IEnumerable<string> given, IReadOnlyDictionary<string, IReadOnlyList<double>> defaults)
    {
        var bands = new Dictionary<string, IReadOnlyList<double>>(defaults);
        foreach (var text in given)
        {
            var parts = text.Split('=', 2);
            var edges = parts.Length < 2 ? [] : parts[1].Split(',').Select(e =>
                double.TryParse(e, NumberStyles.Float, CultureInfo.InvariantCulture, out var edge) ? edge : double.NaN).ToArray();
            if (parts[0].Length == 0 || edges.Length == 0 || !edges.All(double.IsFinite))
                throw new FaceBiasException($"--bands '{text}' is no list of lower edges; write COLUMN=EDGE,EDGE such as age=0,18,31,61.");
            bands[parts[0]] = edges;
        }
        return bands;
    }

    private static string[]? Given(string[]? values) => Lists.Split(values) is { Length: > 0 } list ? list : null;

    private static Option<string[]> List(string name, string description, string help) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true, HelpName = help };
}
