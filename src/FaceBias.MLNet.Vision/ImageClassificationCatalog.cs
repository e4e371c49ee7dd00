using FaceBias.MLNet.Training;
using FaceBias.MLNet.Vision;
using Microsoft.ML.Vision;

namespace Microsoft.ML;

/// <summary>ML.NET's image classification trainer, as FaceBias runs it.</summary>
public static class ImageClassificationCatalog
{
    /// <summary>A classifier of pictures on TensorFlow: the same as FineTuneImageClassification with another
    /// engine.</summary>
    /// <param name="catalog">The trainers of a context.</param>
    /// <param name="options">Columns, and how to train.</param>
    /// <param name="architecture">The pretrained network, in place of the options' backbone.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or does not go with TensorFlow.</exception>
    public static ImageClassificationEstimator ImageClassificationRun(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        ImageFineTuningOptions? options = null,
        ImageClassificationTrainer.Architecture architecture = ImageClassificationTrainer.Architecture.ResnetV250)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(options ?? new(), architecture);
    }
}
