using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;

namespace FaceBias.Workflows.Bounty;

/// <summary>What heads are trained with.</summary>
/// <param name="ClassWeights">Whether rarer classes weigh more: largest count / count.</param>
internal sealed record BountySettings(TrainOptions Options, BountyLoss Loss, bool ClassWeights)
{
    /// <summary>The parameters of the search; their defaults are the entry's fixed settings
    /// (github.com/jdcc/8bit-bias-bounty at 2dca5a7, train.py).</summary>
    public static readonly SearchSpace Space = new(
    [
        new ChoiceParameter("loss", ["sigmoid", "softmax"]) { Default = 0 },
        new ChoiceParameter("class-weights", ["true", "false"]) { Default = 0 },
        new NumberParameter("learning-rate", 1e-5, 1e-2, Log: true) { Default = 2.3275e-5, Cheapest = 1e-3 },
        new NumberParameter("dropout", 0.1, 0.9) { Default = 0.6615 },
        new NumberParameter("batch-size", 32, 128, Log: true, Integer: true) { Default = 100 },
        new NumberParameter("epochs", 5, 100, Log: true, Integer: true) { Default = 100, Cheapest = 5 },
        new NumberParameter("hidden", 64, 512, Log: true, Integer: true) { Default = 256, Cheapest = 64 },
    ]);

    public static BountySettings Of(Configuration c, ulong seed) => new(new TrainOptions
    {
        Members = 1,
        Hidden = (int)c.Number("hidden"),
        Dropout = c.Number("dropout"),
        InputDropout = 0,
        Epochs = (int)c.Number("epochs"),
        Patience = int.MaxValue,
        BatchSize = (int)c.Number("batch-size"),
        LearningRate = c.Number("learning-rate"),
        Schedule = HeadSchedule.OneCycle,
        Seed = seed,
    }, c.Text("loss") == "sigmoid" ? BountyLoss.Sigmoid : BountyLoss.Softmax, c.Text("class-weights") == "true");
}

/// <summary>Rows that heads are trained and judged on.</summary>
/// <param name="Codes">For each task the class of every image, -1 where it is missing.</param>
/// <param name="IsNoise">Images without a person.</param>
internal sealed record BountyRows(FeatureRow Features, int Width, int[][] Codes, bool[] IsNoise, int[] Train,
    int[] Validation)
{
    /// <summary>The validation images that the score judges: labels of the others are random.</summary>
    public int[] Judged => [.. Validation.Where(i => !IsNoise[i])];
}

/// <summary>Trains the 17 outputs on cached features.</summary>
internal static class BountyHeads
{
    private const int NoneOfThem = -2, PersonOf = 0, NoPerson = 1;

    /// <summary>Trains; the epoch with the best score of the competition on the validation images is kept.</summary>
    /// <param name="watch">Told of every epoch and its score; true ends the training.</param>
    public static TrainedModel Train(BountyRows rows, BountySettings settings, int threads,
        Func<int, double, bool>? watch, CancellationToken cancel) =>
        HeadTrainer.Train(rows.Features, rows.Width, rows.Train, rows.Validation, Targets(rows, settings),
            settings.Options, threads, null, cancel, report =>
        {
            var score = Score(report.Validation, rows);
            return new(watch?.Invoke(report.Epoch, score) ?? false, -score);
        });

    /// <summary>The loss of the entry: 10 skin tones + 4 ages + 2 genders + not a person; a picture without a person is
    /// none of the first 16.</summary>
    internal static List<TrainingTarget> Targets(BountyRows rows, BountySettings settings)
    {
        var oneVersusRest = settings.Loss == BountyLoss.Sigmoid;
        var targets = new List<TrainingTarget>();
        foreach (var ((name, classes, weight), codes) in BountyClasses.Tasks.Zip(rows.Codes))
        {
            var own = codes.Select((c, i) => rows.IsNoise[i] ? oneVersusRest ? NoneOfThem : -1 : c).ToArray();
            var counts = classes.Select((_, c) => rows.Train.Count(i => own[i] == c)).ToArray();
            targets.Add(TrainingTarget.Create(Target.Of(name, classes, own), rows.Train, settings.Options)
                .Shaped(weight, oneVersusRest, settings.ClassWeights ? Weights(counts) : null));
        }
        var noise = rows.IsNoise.Select(n => n ? NoPerson : PersonOf).ToArray();
        // One sigmoid: that of the difference of two logits. Without noise among the images there is nothing to learn
        // about it.
        targets.Add((rows.Train.Any(i => rows.IsNoise[i])
            ? TrainingTarget.Create(Target.Of(BountyClasses.Person, BountyClasses.Persons, noise), rows.Train,
                settings.Options)
            : throw new FaceBiasException(
                "No training image was taken for one without a person, so the 17th output has nothing to learn; look "
                    + "at curation/curation.html and write drop into review.csv for such images."))
            .Shaped(1, false, null));
        return targets;
    }

    /// <summary>Largest count / count; a class without images weighs as the rarest.</summary>
    internal static float[] Weights(int[] counts)
    {
        var rarest = counts.Where(c => c > 0).DefaultIfEmpty(1).Min();
        return [.. counts.Select(c => (float)counts.Max() / (c > 0 ? c : rarest))];
    }

    /// <summary>The competition's score of outputs for the validation images, over those with a person.</summary>
    private static double Score(PredictionColumns outputs, BountyRows rows)
    {
        var tasks = new BountyTask[BountyClasses.Tasks.Length];
        var kept = Enumerable.Range(0, rows.Validation.Length).Where(r => !rows.IsNoise[rows.Validation[r]]).ToArray();
        for (var t = 0; t < tasks.Length; t++)
        {
            var width = BountyClasses.Tasks[t].Classes.Length;
            var values = outputs.Values(t).ToArray();
            tasks[t] = BountyScore.Task(BountyClasses.Tasks[t].Name,
                [.. kept.Select(r => rows.Codes[t][rows.Validation[r]])],
                [.. kept.Select(
                    r => System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(values.AsSpan(r * width, width)))]);
        }
        return BountyScore.Combine(tasks[0], tasks[2], tasks[1]);
    }
}
