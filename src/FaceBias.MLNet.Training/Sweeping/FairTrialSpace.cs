using FaceBias.Core.Search.Spaces;

namespace FaceBias.MLNet.Sweeping;

/// <summary>What a sweep over named trainers varies. The first trainer at its defaults comes first.</summary>
internal static class FairTrialSpace
{
    private const string Features = "features", Trainer = "trainer", GroupWeight = "group-weight", L2 = "l2",
        Leaves = "leaves", Trees = "trees", LearningRate = "learning-rate";

    /// <param name="features">Columns of features to choose from.</param>
    public static SearchSpace Of(IReadOnlyList<string> features, IReadOnlyList<FairTrainer> trainers)
    {
        var usual = new FairTrial { Features = features[0] };
        Condition[] linear = When(FairTrainer.Lbfgs, FairTrainer.Sdca),
            trees = When(FairTrainer.LightGbm, FairTrainer.FastTree);
        return new SearchSpace(
        [
            new ChoiceParameter(Features, features) { Default = 0 },
            new ChoiceParameter(Trainer, [.. trainers.Select(t => t.ToString())]) { Default = 0 },
            new NumberParameter(GroupWeight, 0, 1.5) { Default = usual.GroupWeight },
            .. linear.Length == 0 ? Array.Empty<Parameter>()
                : [new NumberParameter(L2, 1e-6, 1, Log: true) { Default = usual.L2, When = linear }],
            .. trees.Length == 0 ? Array.Empty<Parameter>() :
            [
                new NumberParameter(Leaves, 4, 128, Log: true, Integer: true)
                    { Default = usual.Leaves, Cheapest = 4, When = trees },
                new NumberParameter(Trees, 10, 400, Log: true, Integer: true)
                    { Default = usual.Trees, Cheapest = 10, When = trees },
                new NumberParameter(LearningRate, 0.02, 0.5, Log: true) { Default = usual.LearningRate, When = trees },
            ],
        ]);

        Condition[] When(params FairTrainer[] of)
        {
            int[] chosen = [.. Enumerable.Range(0, trainers.Count).Where(i => of.Contains(trainers[i]))];
            return chosen.Length == 0 ? [] : [new Condition(Trainer, chosen)];
        }
    }

    /// <summary>The trial that values stand for.</summary>
    public static FairTrial Read(Configuration values)
    {
        var usual = new FairTrial { Features = values.Text(Features) };
        return usual with
        {
            Trainer = Enum.Parse<FairTrainer>(values.Text(Trainer)),
            GroupWeight = values.Number(GroupWeight),
            L2 = Value(L2, usual.L2),
            Leaves = (int)Value(Leaves, usual.Leaves),
            Trees = (int)Value(Trees, usual.Trees),
            LearningRate = Value(LearningRate, usual.LearningRate),
        };

        double Value(string name, double otherwise) => values.Has(name) ? values.Number(name) : otherwise;
    }
}
