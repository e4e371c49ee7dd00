namespace FaceBias.Workflows.Bounty;

/// <summary>Accuracy and disparity (largest minus smallest recall of a class) of one task of the bounty.</summary>
internal sealed record BountyTask(string Task, double Accuracy, double Disparity, int Rows);

/// <summary>A group in which an entry does worst on a task; the score itself does not look at groups.</summary>
internal sealed record BountyGroup(string Task, string Attributes, string Group, Estimate Accuracy);

/// <summary>
/// The score of the 8-bit Bias Bounty: 2 acc(gender) (1 - D) + 4 acc(age) (1 - D²) + 10 acc(skin tone) (1 - D⁵), at
/// most 16, with D the disparity of the task.
/// </summary>
/// <param name="Score">The score over all labelled rows, as the organisers computed it.</param>
/// <param name="Tasks">Its parts: skin_tone, gender, age.</param>
/// <param name="RealFaces">The score over real faces alone, where the labels say which they are: a fifth of the images
/// are no faces and carry random labels. Null where they do not.</param>
/// <param name="WorstGroups">For each task and combination of the three attributes the worst group with at least ten
/// rows.</param>
internal sealed record BountyScore(
    double Score, IReadOnlyList<BountyTask> Tasks, double? RealFaces, IReadOnlyList<BountyGroup> WorstGroups)
{
    /// <summary>What was assumed about the labels' spelling, one sentence each.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<string> Notices { get; private init; } = [];

    private static readonly string[] TaskNames = ["skin_tone", "gender", "age"];

    /// <summary>The score from its parts.</summary>
    public static double Combine(BountyTask skinTone, BountyTask gender, BountyTask age)
    {
        ArgumentNullException.ThrowIfNull(skinTone);
        ArgumentNullException.ThrowIfNull(gender);
        ArgumentNullException.ThrowIfNull(age);
        return (2 * gender.Accuracy * (1 - gender.Disparity)) + (4 * age.Accuracy * (1 - Math.Pow(age.Disparity, 2)))
            + (10 * skinTone.Accuracy * (1 - Math.Pow(skinTone.Disparity, 5)));
    }

    /// <summary>Scores predictions against labels. Rows are matched by file name: column <c>name</c>, or else
    /// <c>id</c>. Both tables have the columns skin_tone, gender and age; rows without a label are not
    /// scored.</summary>
    /// <exception cref="FaceBiasException">A column is missing, a name occurs twice, or a labelled image has no
    /// prediction.</exception>
    public static BountyScore Of(Table labels, Table predictions)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(predictions);
        var notices = new List<string>();
        var joined = Join(labels, predictions, r => true, notices);
        var tasks = Measure(joined);
        double? real = null;
        if (labels.Find("real_face") is { } column)
        {
            var faces = Join(labels, predictions, r => IsRealFace(column, r), []);
            real = faces.RowCount == 0 ? null : Total(Measure(faces));
        }
        return new(Total(tasks), tasks, real, WorstOf(joined)) { Notices = notices };
    }

    /// <summary>Whether real_face says that an image shows a face.</summary>
    internal static bool IsRealFace(Column column, int row) => column switch
    {
        NumberColumn n => n[row] == 1,
        TextColumn t => t[row] is "1" or "1.0" or "true" or "True",
        _ => false,
    };

    /// <summary>Accuracy and disparity from codes; classes without rows have no recall.</summary>
    internal static BountyTask Task(string task, int[] truth, int[] predicted)
    {
        var (right, rows) = (new Dictionary<int, int>(), new Dictionary<int, int>());
        for (var i = 0; i < truth.Length; i++)
        {
            if (truth[i] < 0)
                continue;
            rows[truth[i]] = rows.GetValueOrDefault(truth[i]) + 1;
            right[truth[i]] = right.GetValueOrDefault(truth[i]) + (truth[i] == predicted[i] ? 1 : 0);
        }
        if (rows.Count == 0)
            throw new FaceBiasException($"No row of the labels has a {task}; the score needs all three tasks.");
        double[] recalls = [.. rows.Select(r => (double)right[r.Key] / r.Value)];
        return new(task, (double)right.Values.Sum() / rows.Values.Sum(), recalls.Max() - recalls.Min(),
            rows.Values.Sum());
    }

    private static double Total(IReadOnlyList<BountyTask> tasks) => Combine(tasks[0], tasks[1], tasks[2]);

    private static BountyTask[] Measure(Table joined) => [.. TaskNames.Select(task =>
    {
        TextColumn predicted = joined.Text(task), truth = joined.Text($"{task}_true");
        var codes = new Dictionary<string, int>(StringComparer.Ordinal);
        int Code(string? label) =>
            label is null ? -1 : codes.TryGetValue(label, out var code) ? code : codes[label] = codes.Count;
        return Task(task, [.. Enumerable.Range(0, joined.RowCount).Select(r => Code(truth[r]))],
            [.. Enumerable.Range(0, joined.RowCount).Select(r => Code(predicted[r]))]);
    })];

    private static Table Join(Table labels, Table predictions, Func<int, bool> keep, List<string> notices)
    {
        var place = Places(predictions, "predictions");
        var names = Names(labels, "labels");
        Places(labels, "labels");
        int[] rows = [.. Enumerable.Range(0, labels.RowCount).Where(keep)
            .Where(r => TaskNames.Any(t => !labels.Text(t).IsMissing(r)))];
        int[] missing = [.. rows.Where(r => !place.ContainsKey(names[r]!))];
        if (missing.Length > 0)
            throw new FaceBiasException(
                $"{missing.Length:N0} labelled images have no prediction, '{names[missing[0]]}' among them; predict them all.");
        var columns = new List<Column> { new TextColumn("id", [.. rows.Select(r => names[r])]) };
        foreach (var task in TaskNames)
        {
            var truth = labels.Text(task).Take(rows);
            var predicted = predictions.Text(task).Take([.. rows.Select(r => place[names[r]!])]);
            columns.Add(truth.Rename($"{task}_true"));
            columns.Add(Spelled(task, predicted, truth, notices).Rename(task));
        }
        return new(columns);
    }

    /// <summary>Answers with the spelling of the labels: one that differs in case or blanks is not wrong.</summary>
    private static TextColumn Spelled(string task, TextColumn predicted, TextColumn truth, List<string> notices)
    {
        string[] known = LabelAlignment.Used(truth), said = LabelAlignment.Used(predicted);
        static string Key(string label) => label.Trim().ToLowerInvariant();
        var byKey = known.GroupBy(Key).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        string[] other = [.. said.Where(l => !known.Contains(l) && byKey.ContainsKey(Key(l)))];
        if (known.Length > 0 && said.Length > 0 && other.Length == 0 && !known.Intersect(said).Any())
            throw new FaceBiasException($"The labels have {LabelAlignment.Quoted(known)} as {task} and the predictions "
                + $"{LabelAlignment.Quoted(said)}: none is shared; write the predictions with the words of the labels.");
        if (other.Length > 0)
            notices.Add($"{task}: {LabelAlignment.Quoted(other)} of the predictions count as the labels that differ in "
                + "case or blanks alone; the organisers compare them as they are.");
        return predicted.MapLevels(l => known.Contains(l) ? l : byKey.GetValueOrDefault(Key(l), l));
    }

    private static TextColumn Names(Table table, string what) => table.Has("name") ? table.Text("name")
        : table.Has("id") ? table.Text("id")
        : throw new FaceBiasException($"The {what} have neither a column 'name' nor 'id' to match images by; add one.");

    private static Dictionary<string, int> Places(Table table, string what)
    {
        var names = Names(table, what);
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var row = 0; row < table.RowCount; row++)
        {
            if (names[row] is not { } name)
                throw new FaceBiasException($"Row {row + 1} of the {what} has no name; name the image.");
            if (!places.TryAdd(name, row))
                throw new FaceBiasException($"Two rows of the {what} are named '{name}'; keep one.");
        }
        return places;
    }

    private static List<BountyGroup> WorstOf(Table joined)
    {
        var audit = Auditor.Run(joined, new()
        {
            Targets = TaskNames, Groups = TaskNames, IntersectionDepth = 3, BootstrapReplicates = 100,
            Permutations = 100, Split = null, FindSlices = false,
        });
        return [.. from target in audit.Targets
                   from grouping in target.Groupings
                   let worst = grouping.Groups.Select(g => (Group: g, Accuracy: g.Find(Metrics.Accuracy.Key)!))
                       .Where(g => g.Accuracy.Value is not null).OrderBy(g => g.Accuracy.Value).FirstOrDefault()
                   where worst.Group is not null
                   select new BountyGroup(target.Name, string.Join(" x ", grouping.Attributes), worst.Group.Name(),
                       worst.Accuracy)];
    }
}
