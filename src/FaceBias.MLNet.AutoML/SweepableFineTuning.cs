using FaceBias.MLNet.Training;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.AutoML;

/// <summary>Fine-tuning of pretrained backbones in pipelines of AutoML.</summary>
public static class SweepableFineTuning
{
    /// <summary>A classifier of pictures whose options a tuner chooses.</summary>
    /// <param name="catalog">AutoML of a context.</param>
    /// <param name="options">What the space does not vary.</param>
    /// <param name="space">What varies, by the names of the options: Backbone, Layers, Epoch, BatchSize, LearningRate.
    /// Null for last:2 or last:6 layers and a learning rate from 1e-4 to 3e-3.</param>
    /// <exception cref="ArgumentException">The space varies something else, or an option is out of its range.</exception>
    public static SweepableEstimator FineTuneImageClassification(this AutoCatalog catalog,
        ImageFineTuningOptions options, SearchSpace.SearchSpace? space = null) =>
        Create(catalog, options, space, isNumber: false);

    /// <summary>A number from pictures, by options that a tuner chooses.</summary>
    /// <inheritdoc cref="FineTuneImageClassification"/>
    public static SweepableEstimator FineTuneImageRegression(this AutoCatalog catalog, ImageFineTuningOptions options,
        SearchSpace.SearchSpace? space = null) =>
        Create(catalog, options, space, isNumber: true);

    private static SweepableEstimator Create(AutoCatalog catalog, ImageFineTuningOptions options,
        SearchSpace.SearchSpace? space, bool isNumber)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        space ??= new SearchSpace.SearchSpace
        {
            [nameof(options.Layers)] = new ChoiceOption("last:2", "last:6"),
            [nameof(options.LearningRate)] = new UniformDoubleOption(1e-4, 3e-3, logBase: true, defaultValue: 3e-4),
        };
        string[] known = [nameof(options.Backbone), nameof(options.Layers), nameof(options.Epoch),
            nameof(options.BatchSize), nameof(options.LearningRate)];
        if (space.Keys.FirstOrDefault(k => !known.Contains(k)) is { } other)
            throw new ArgumentException(
                $"The space varies '{other}'; fine-tuning varies {string.Join(", ", known)}.", nameof(space));
        options.Checked();
        // A trial whose time is over is cancelled by its context.
        return new((context, values) => new ImageFineTuningTrainer(With(options, values), isNumber, context), space);
    }

    private static ImageFineTuningOptions With(ImageFineTuningOptions options, Parameter values)
    {
        var own = options.Copy();
        foreach (var name in values.Keys)
            switch (name)
            {
                case nameof(own.Backbone):
                    own.Backbone = values[name].AsType<string>();
                    break;
                case nameof(own.Layers):
                    own.Layers = values[name].AsType<string>();
                    break;
                case nameof(own.Epoch):
                    own.Epoch = values[name].AsType<int>();
                    break;
                case nameof(own.BatchSize):
                    own.BatchSize = values[name].AsType<int>();
                    break;
                default:
                    own.LearningRate = values[name].AsType<double>();
                    break;
            }
        return own;
    }
}
