using FaceBias.Workflows.Audit;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Bounty;

/// <summary>What the predictions are worth, as the organisers count and beyond.</summary>
internal sealed partial class BountyRun
{
    /// <summary>The score as the organisers have it, and what it hides.</summary>
    private BountyResult Judge(BountyResult result, BountyImages testing, BountyPredictions found,
        BountyPredictions entry)
    {
        var table = found.ToTable();
        var score = BountyScore.Of(testing.Labels, table);
        var real = RealFaces(testing);
        var randomness = found.Randomness(i => real?[i] == false);
        var faces = new Table(FacesOf(testing, found, real));
        TableFile.Write(_folder[FacesFile], faces);
        var audit = new AuditOptions
        {
            Targets = [.. BountyClasses.Tasks.Select(t => t.Name)],
            Groups = [.. BountyClasses.Tasks.Select(t => t.Name)],
            Kinds = new() { Categorical = [.. BountyClasses.Tasks.Select(t => t.Name)] },
            IntersectionDepth = 3,
            Split = null,
            BootstrapReplicates = _options.Replicates,
            Permutations = _options.Replicates,
            Seed = unchecked((long)_options.Seed),
            Threads = _options.Threads,
        };
        AuditRun.Run(new() { Predictions = _folder[FacesFile], Audit = audit,
            Out = Path.Combine(_options.Out, AuditFolder), Title = "8-bit Bias Bounty: what the score hides",
            Force = true },
            () => null, _progress, _cancel);
        var audited = AuditFile.Read(Path.Combine(_options.Out, AuditFolder, RunFolder.AuditFile));
        return result with
        {
            Score = score,
            NoiseInTest = real is null ? null : Quality(real, found.IsObject),
            SkinTones = [.. audited.Targets.First(t => t.Name == BountyClasses.SkinTone).Groupings.First(
                g => g.Attributes is [BountyClasses.SkinTone]).Groups
                .Select(g => new BountyGroup(BountyClasses.SkinTone, BountyClasses.SkinTone, g.Name(),
                    g.Find(Metrics.Accuracy.Key)!))],
            Randomness = randomness,
            ScoreWithMultipliers = score.Score * randomness.Aggregate(1.0, (product, r) => product * r.Factor),
            Comparison = BountyComparison.Of(testing.Codes, found.Labels, entry.Labels, _options.Replicates,
                _options.Seed),
        };
    }

    private static IEnumerable<Column> FacesOf(BountyImages testing, BountyPredictions found, bool[]? real)
    {
        int[] rows = [.. Enumerable.Range(0, testing.Files.Count).Where(
            i => testing.IsLabelled(i) && real?[i] != false)];
        yield return new TextColumn("id", [.. rows.Select(i => testing.Files[i].Id)]);
        for (var t = 0; t < BountyClasses.Tasks.Length; t++)
        {
            var (name, classes, _) = BountyClasses.Tasks[t];
            var (labels, codes) = (found.Labels[t], testing.Codes[t]);
            yield return new TextColumn(name, [.. rows.Select(i => labels[i])], classes);
            yield return new TextColumn($"{name}_true", [.. rows.Select(i => codes[i])], classes);
        }
    }

    /// <summary>What real_face says of the test images; null where it says nothing.</summary>
    private static bool[]? RealFaces(BountyImages testing)
    {
        if (testing.Labels.Find(BountyClasses.RealFace) is not { } column)
            return null;
        var names = testing.Labels.Text(BountyClasses.Name);
        var real = Enumerable.Range(0, testing.Labels.RowCount).ToDictionary(r => names[r]!,
            r => BountyScore.IsRealFace(column, r), StringComparer.Ordinal);
        return [.. testing.Files.Select(f => real.GetValueOrDefault(Path.GetFileName(f.Path), true))];
    }

    private static BountyNoiseQuality Quality(bool[] real, bool[] flagged)
    {
        int noise = real.Count(r => !r), all = flagged.Count(f => f),
            right = real.Zip(flagged).Count(x => !x.First && x.Second);
        return new(noise, all, right, noise == 0 ? null : (double)right / noise, all == 0 ? null : (double)right / all);
    }

    private IEnumerable<string> Lines(BountyResult r)
    {
        static string Text(FormattableString text) => FormattableString.Invariant(text);
        var t = r.Training;
        yield return Text(
            $"training images: {t.Images:N0}; {t.Labelled:N0} with labels and {t.Noise:N0} without a person are used ({t.Validation:N0} of them to validate), {t.Unlabelled:N0} without labels {(_options.SemiSupervised ? $"({t.PseudoLabelled:N0} with labels of a first network)" : "are left out")}.");
        foreach (var (name, quality) in new[] { ("training", r.Noise), ("test", r.NoiseInTest) })
            if (quality is { } q)
                yield return Text(
                    $"pictures without a person, {name}: {q.Noise:N0}, recognised with recall {q.Recall:0.000} and precision {q.Precision:0.000}.");
        yield return Text(
            $"search: {r.Trials} trials, validation score {r.ValidationScore:0.000} (the entry's fixed settings {r.EntryValidationScore:0.000}): {r.Settings}");
        if (r.Score is { } score)
        {
            yield return Text(
                $"score {score.Score:0.000000} of 16{(score.RealFaces is { } faces ? Text($"; real faces alone {faces:0.000000}") : "")}; with the multipliers for randomness ({string.Join(", ", r.Randomness.Select(m => Text($"{m.Task} x{m.Factor}")))}): {r.ScoreWithMultipliers:0.000000}.");
            foreach (var task in score.Tasks)
                yield return Text(
                    $"{task.Task,-10} accuracy {task.Accuracy:0.0000}  disparity {task.Disparity:0.0000}  n {task.Rows:N0}");
            yield return "accuracy of the skin tone: "
                + string.Join(", ", r.SkinTones.Select(g => g.Accuracy.Value is { } v
                ? Text($"{g.Group} {v:0.00} ({g.Accuracy.Low:0.00} to {g.Accuracy.High:0.00}, n {g.Accuracy.Denominator:N0})") : $"{g.Group} not estimable"));
            yield return r.Comparison!.Sentence;
            yield return $"What the score hides, every pair and triple of attributes: {Path.GetFullPath(Path.Combine(_options.Out, AuditFolder, "audit.html"))}";
        }
        yield return $"Submission: {Path.GetFullPath(_folder[SubmissionFile])}";
    }
}
