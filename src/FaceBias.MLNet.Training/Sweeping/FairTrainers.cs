using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace FaceBias.MLNet.Sweeping;

/// <summary>The estimators of a sweep's trainers. One thread each, so that a seed gives one result.</summary>
internal static class FairTrainers
{
    /// <summary>Features and label to PredictedLabel.</summary>
    public static IEstimator<ITransformer> Of(MLContext context, FairTrial trial, string label) => trial.Trainer switch
    {
        FairTrainer.Sdca =>
            Normalised(context, trial,
                context.MulticlassClassification.Trainers.SdcaMaximumEntropy(
                    new SdcaMaximumEntropyMulticlassTrainer.Options
        {
            LabelColumnName = label, FeatureColumnName = trial.Features, ExampleWeightColumnName = GroupWeights.Column,
            L2Regularization = (float)trial.L2, NumberOfThreads = 1,
        })),
        FairTrainer.Lbfgs =>
            Normalised(context, trial,
                context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(
                    new LbfgsMaximumEntropyMulticlassTrainer.Options
        {
            LabelColumnName = label, FeatureColumnName = trial.Features, ExampleWeightColumnName = GroupWeights.Column,
            L2Regularization = (float)trial.L2, NumberOfThreads = 1,
        })),
        FairTrainer.LightGbm => context.MulticlassClassification.Trainers.LightGbm(new LightGbmMulticlassTrainer.Options
        {
            LabelColumnName = label, FeatureColumnName = trial.Features, ExampleWeightColumnName = GroupWeights.Column,
            NumberOfLeaves = trial.Leaves,
            NumberOfIterations = trial.Trees, LearningRate = trial.LearningRate, NumberOfThreads = 1,
        }),
        FairTrainer.FastTree =>
            context.MulticlassClassification.Trainers.OneVersusAll(
                context.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options
        {
            LabelColumnName = label, FeatureColumnName = trial.Features, ExampleWeightColumnName = GroupWeights.Column,
            NumberOfLeaves = trial.Leaves,
            NumberOfTrees = trial.Trees, LearningRate = trial.LearningRate, NumberOfThreads = 1,
        }), label),
        _ => throw new FaceBiasException(
            $"There is no trainer '{trial.Trainer}'; it can be {string.Join(", ", Enum.GetNames<FairTrainer>())}."),
    };

    private static IEstimator<ITransformer> Normalised(MLContext context, FairTrial trial,
        IEstimator<ITransformer> trainer) =>
        context.Transforms.NormalizeMeanVariance(trial.Features, fixZero: false).Append(trainer);
}
