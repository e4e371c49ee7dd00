using System.Text.RegularExpressions;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Uncertainty.Choosing;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Onnx.Runtime;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Options;

namespace FaceBias.Workflows.Train;

/// <summary>Finds what would make an hour of training useless before it begins: in the labels, the splits, and the
/// classes.</summary>
internal static partial class TrainCheck
{
    /// <summary>Lists and labels, and ends with everything that is wrong.</summary>
    public static TrainInput Look(TrainRunOptions options, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var problems = new ProblemList();
        problems.Try(() => OptionSchema.Check(options));
        problems.Try(options.Pages.Check);
        problems.Try(() => options.Finetune?.Check());
        problems.Try(() => UncertaintyWrappers.Parse(options.Uncertainty, options.Conformal));
        if (!options.Uncertainty.Contains(UncertaintyWrappers.ConformalName)
            && options.Conformal is { Groups.Count: > 0 } or { Method: not ConformalMethod.Split })
            problems.Add("‹ConformalOptions.Method› and ‹ConformalOptions.Groups› say how sets are calibrated; ask "
                + "for sets by ‹Uncertainty› conformal.");
        problems.Try(() => options.Resample?.Check());
        if (options is { Finetune: not null, Uncertainty.Count: > 0 })
            problems.Add("‹Uncertainty› is fitted to heads on frozen features; leave ‹Finetune› out, or let 'facebias "
                + "uncertainty' add it to the finished run.");
        if (options is { Finetune: not null, Resample: not null })
            problems.Add("‹ResampleOptions.Rule› draws the rows of heads on frozen features; leave ‹Finetune› out.");
        if (options is { Finetune.Precision: TrainingPrecision.Mixed, Device: ExecutionDevice.Cpu })
            problems.Add("‹Precision› mixed needs ‹Device› cuda: on the processor ONNX Runtime computes in 32 bits, "
                + "and casts would only slow it down.");
        if (options.Targets.GroupBy(t => t).FirstOrDefault(g => g.Count() > 1) is { } repeated)
            problems.Add($"‹Targets› names '{repeated.Key}' twice; name each column once.");
        if (string.IsNullOrWhiteSpace(options.Out))
            problems.Add("‹Out› is empty; give it a folder.");
        if (string.IsNullOrWhiteSpace(options.Backbone))
            problems.Add("‹Backbone› is empty; give a name of 'facebias models list', or an ONNX file.");
        problems.Try(() => FaceBiasHome.Check(options.Home));
        TrainInput? input = null;
        if (problems.Try(() => input = TrainInput.Load(options, progress, cancel)))
        {
            Find(input!, problems);
            Names(options, input!, problems);
        }
        if (options.Targets.Count == 0)
            problems.Add("‹Targets› names no column; give at least one"
                + (input is null ? ", such as ‹Targets› gender." : $" of {input.Labels.Names()}."));
        problems.Throw("training");
        return input!;
    }

    private const int FewestImages = 10;

    // Names that an audit or a manifest gives columns of its own.
    private static readonly string[] s_taken = ["id", "path", "split"];

    /// <summary>Looks at everything, and adds what is wrong.</summary>
    public static void Find(TrainInput input, ProblemList problems)
    {
        var labels = input.Labels;
        if (input.Together is { } together && !labels.Table.Has(together))
            problems.Add(Unknown(labels, together));
        foreach (var name in input.Targets.Concat(input.Groups).Concat(input.Stratify).Distinct())
        {
            if (labels.Table.Find(name) is not { } column)
                problems.Add(Unknown(labels, name));
            else
                Names(name, input, problems);
        }
        var targets = Usable(input.Targets, input, problems, mustDiffer: true);
        Usable([.. input.Groups.Concat(input.Stratify).Distinct()], input, problems, mustDiffer: false);
        var used = Enumerable.Range(0, labels.Labelled.Length).Where(
            i => labels.Labelled[i] && targets.Any(t => !t.IsMissing(i))).ToArray();
        if (targets.Count > 0 && used.Length < FewestImages)
            problems.Add($"Only {used.Length} of {input.Listing.Files.Count:N0} images have a label of a target; at "
                + $"least {FewestImages} are needed.");
        if (labels.Given is { } given && targets.Count > 0)
            Splits(given, targets, used, problems);
    }

    /// <summary>Looks at options that name groups and classes: what they name is only used when features are
    /// there.</summary>
    public static void Names(TrainRunOptions options, TrainInput input, ProblemList problems)
    {
        string[] columns = [.. input.Targets, .. input.Groups];
        var conformal = options.Uncertainty.Contains(UncertaintyWrappers.ConformalName);
        foreach (var (option, name) in new[] { ("ResampleOptions.Group", options.Resample?.Group) }
            .Concat(options.Conformal.Groups.Where(_ => conformal).Select(g => ("ConformalOptions.Groups", (string?)g)))
            .Concat(options.Uncertainty.Select(u => u.Split(':')).Where(u => u.Length == 2 && u[0] == "temperature")
                .Select(u => (nameof(options.Uncertainty), (string?)u[1]))))
            if (name is not null && !columns.Contains(name))
                problems.Add($"‹{option}› names '{name}', which is neither a target nor among ‹Groups›; "
                    + (input.Labels.Table.Has(name) ? $"add ‹Groups› {name}."
                        : $"they are {string.Join(", ", columns)}."));
        if (options.Resample?.Class?.Split('=', 2) is [var target, var resampled])
            problems.Try(() =>
            {
                if (!input.Targets.Contains(target)
                    || !input.Labels.Target(target).Classes.Contains(resampled, StringComparer.Ordinal))
                    throw new FaceBiasException($"‹ResampleOptions.Class› {target}={resampled} is no class of a target"
                        + (input.Targets.Contains(target)
                            ? $"; '{target}' has {string.Join(", ", input.Labels.Target(target).Classes)}."
                            : $"; the targets are {string.Join(", ", input.Targets)}."));
            });
    }

    /// <summary>What a label holds, in a sentence.</summary>
    public static string Describe(Target target, GivenSplits? given)
    {
        if (target.Kind == TargetKind.Numeric)
        {
            double[] values = [.. target.Values.Where(v => !double.IsNaN(v))];
            return values.Length == 0 ? $"{target.Name}: no value."
                : string.Create(CultureInfo.InvariantCulture,
                    $"{target.Name}: a number from {values.Min()} to {values.Max()} of {values.Length:N0} images.");
        }
        var counts = new int[target.Classes.Count];
        var tests = new int[target.Classes.Count];
        for (var i = 0; i < target.Codes.Length; i++)
        {
            if (target.Codes[i] < 0)
                continue;
            counts[target.Codes[i]]++;
            tests[target.Codes[i]] += given?.Of[i] == Split.Test ? 1 : 0;
        }
        var shown = Enumerable.Range(0, counts.Length).OrderByDescending(c => counts[c]).Take(12)
            .Select(c => string.Create(CultureInfo.InvariantCulture,
                $"{target.Classes[c]} {counts[c]:N0}{(given is null ? "" : $" ({tests[c]:N0} for the test)")}"));
        return $"{target.Name}: {counts.Length:N0} classes: "
            + $"{string.Join(", ", shown)}{(counts.Length > 12 ? ", ..." : "")}.";
    }

    private static string Unknown(LabelSet labels, string name)
    {
        if (labels.LeftOut.FirstOrDefault(c => c.Name == name) is { } left)
            return $"'{name}' cannot be used: {left.Reason}; rename it.";
        var near = labels.Table.Columns.FirstOrDefault(c => Plain(c.Name) == Plain(name))?.Name;
        return $"The labels have no '{name}'; "
            + $"{(near is not null ? $"is it '{near}'?" : $"they have {labels.Names()}.")}";
    }

    private static void Names(string name, TrainInput input, ProblemList problems)
    {
        if (Manifest.Reserved.Concat(s_taken).Contains(name, StringComparer.OrdinalIgnoreCase))
            problems.Add($"'{name}' cannot be a target or a group, because tables of FaceBias have a column of that "
                + "name; rename it.");
        var others = input.Targets.Concat(input.Groups).Distinct().Where(n => n != name && input.Labels.Table.Has(n));
        if (others.FirstOrDefault(
            n => n.Equals(name, StringComparison.OrdinalIgnoreCase)
                || n.Equals($"{name}_true", StringComparison.OrdinalIgnoreCase)) is { } alike)
            problems.Add($"'{name}' and '{alike}' would be one column in the predictions, whose names must differ in "
                + "more than case and '_true'; rename one.");
    }

    private static List<Target> Usable(IReadOnlyList<string> names, TrainInput input, ProblemList problems,
        bool mustDiffer)
    {
        var labels = input.Labels;
        var targets = new List<Target>();
        foreach (var name in names.Where(labels.Table.Has))
        {
            problems.Try(() =>
            {
                var target = mustDiffer ? labels.Target(name) : labels.Group(name);
                targets.Add(target);
                if (target.Kind == TargetKind.Categorical)
                    Classes(target, labels, problems, mustDiffer);
            });
        }
        return targets;
    }

    private static void Classes(Target target, LabelSet labels, ProblemList problems, bool isTarget)
    {
        var name = target.Name;
        foreach (var sameLabels in target.Classes.GroupBy(Plain).Where(g => g.Count() > 1).Take(3))
            problems.Add($"'{name}' has classes that differ only by case, blanks or signs: "
                + $"{string.Join(" and ", sameLabels.Select(t => $"'{t}'"))}; write them alike.");
        if (target.Classes.Where(c => SpreadsheetDate().IsMatch(c)).Take(3).ToArray() is { Length: > 0 } dates
            && target.Classes.Any(c => Range().IsMatch(c)))
        {
            problems.Add($"'{name}' holds {dates.Quoted()} among ranges such as "
                + $"'{target.Classes.First(c => Range().IsMatch(c))}': "
                + "a spreadsheet has turned ranges into dates. Write them as text again, such as '3-9'.");
        }
        if (isTarget && labels.Table[name] is TextColumn text && MultiLabel.Separator(text) is { } sign
            && !labels.Kinds.Categorical.Contains(name))
        {
            problems.Add($"'{name}' holds several labels in one cell, such as "
                + $"'{text.Levels.First(l => l.Trim().Contains(sign))}'; say ‹MultiLabel› "
                + $"{(sign == ' ' ? name : $"\"{name}={sign}\"")} to make each of them a target, "
                + $"or ‹Categorical› {name} to take every combination as a class.");
        }
        if (isTarget && !labels.Kinds.Categorical.Contains(name)
            && target.Classes.Where(c => CellText.Number(c) is not null).Take(3).ToArray() is { Length: > 0 } numbers
            && target.Classes.Where(c => CellText.Number(c) is null && c.All(char.IsLetter)).Take(3).ToArray()
                is { Length: > 1 } words)
        {
            problems.Add($"'{name}' holds numbers ({numbers.Quoted()}) beside words "
                + $"({words.Quoted()}); write them alike if they mean the same, or say "
                + $"‹Categorical› {name}.");
        }
        if (isTarget && target.Classes.Count > 2 && !labels.Kinds.Categorical.Contains(name)
            && target.Classes.Select(c => Measured().Match(c)).ToArray() is var measured
            && measured.All(m => m.Success && m.Groups[1].Value == measured[0].Groups[1].Value))
        {
            problems.Add($"'{name}' holds numbers with '{measured[0].Groups[1].Value}' behind each, such as "
                + $"'{target.Classes[0]}'; leave the word out to predict a number, or say ‹Categorical› {name}.");
        }
        var counts = new int[target.Classes.Count];
        foreach (var code in target.Codes.Where(c => c >= 0))
            counts[code]++;
        var labelled = counts.Sum();
        var single = counts.Count(c => c == 1);
        if (isTarget && target.Classes.Count > 2 && 2 * target.Classes.Count > labelled)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture,
                $"'{name}' has {target.Classes.Count:N0} classes for {labelled:N0} images ({single:N0} of them with a "
                    + $"single image), too few to learn a class from; predict another column, or join classes."));
        }
    }

    private static void Splits(GivenSplits given, IReadOnlyList<Target> targets, int[] used, ProblemList problems)
    {
        var counts = new[] { Split.Train, Split.Validation, Split.Test }.ToDictionary(s => s,
            s => used.Count(i => given.Of[i] == s));
        var held = string.Join(", ",
            counts.Select(c => string.Create(CultureInfo.InvariantCulture,
                $"{c.Value:N0} {c.Key.ToString().ToLowerInvariant()}")));
        if (counts[Split.Train] == 0)
            problems.Add($"No image is for training by {given.Source} ({held}); say ‹SplitValues› to name the values, "
                + $"or ‹SplitColumn› {GivenSplits.None} to split at random.");
        if (counts[Split.Test] == 0)
        {
            problems.Add($"No image is for the test by {given.Source} ({held}), so nothing could be audited; give the "
                + $"test's labels too, {given.Advice} "
                + $"(validation images are then drawn from those for training), or ‹SplitColumn› {GivenSplits.None} "
                + "to split at random.");
        }
        foreach (var target in targets.Where(t => t.Kind == TargetKind.Categorical && counts[Split.Train] > 0))
        {
            var trained = used.Where(i => given.Of[i] == Split.Train).Select(i => target.Codes[i]).ToHashSet();
            string[] unseen =
                [.. used.Where(i => given.Of[i] is Split.Test or Split.Validation && target.Codes[i] >= 0
                    && !trained.Contains(target.Codes[i]))
                .Select(i => target.Classes[target.Codes[i]]).Distinct().Order(StringComparer.Ordinal)];
            if (unseen.Length > 0)
            {
                problems.Add($"'{target.Name}' has classes that no image for training has, only others: "
                    + $"{unseen.Take(5).Quoted()}{(unseen.Length > 5 ? $" and {unseen.Length - 5:N0} more" : "")}; "
                    + $"correct them, leave those images out, or ‹SplitColumn› {GivenSplits.None} to split at random.");
            }
            if (trained.Count(c => c >= 0) == 1)
                problems.Add($"'{target.Name}' has a single class among the images for training, so there is nothing "
                    + $"to learn; check {given.Source}.");
        }
    }

    /// <summary>Letters and digits in lower case: what is equal then is one class to people.</summary>
    private static string Plain(string text)
    {
        var plain = string.Concat(text.Where(char.IsLetterOrDigit)).ToLowerInvariant();
        // Of signs alone, and of numbers with their signs, nothing can be left out.
        return plain.Length == 0 || !text.Any(char.IsLetter) ? text.Trim() : plain;
    }

    [GeneratedRegex(@"^(?:\d{1,2}[- ](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[- ]\d{1,4})$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SpreadsheetDate();

    [GeneratedRegex(@"^[-+]?\d+(?:[.,]\d+)?\s*([\p{L}°%.]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Measured();

    [GeneratedRegex(@"^\d+\s*[-–]\s*\d+$|^\d+\s*\+$|^(?:more than|over|under)\s",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Range();
}
