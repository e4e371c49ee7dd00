using FaceBias.MLNet.Training;

namespace Microsoft.ML;

/// <summary>Fine-tuning of pretrained backbones as trainers of ML.NET.</summary>
public static class FineTuningCatalog
{
    /// <summary>A classifier of pictures on FaceBias's own engine, on the CPU or CUDA.</summary>
    /// <param name="catalog">The trainers of a context.</param>
    /// <param name="options">Columns, backbone, and how to train.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static ImageFineTuningTrainer FineTuneImageClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        ImageFineTuningOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(options ?? new(), isNumber: false);
    }

    /// <summary>A classifier of pictures on FaceBias's own engine.</summary>
    /// <param name="catalog">The trainers of a context.</param>
    /// <param name="labelColumnName">The column of the label.</param>
    /// <param name="featureColumnName">The column of pictures: paths, whole files or MLImage.</param>
    /// <param name="backbone">A backbone of the catalogue, one that was imported, or the file of one.</param>
    /// <param name="validationSet">Rows to validate on; null for a part of the training rows.</param>
    public static ImageFineTuningTrainer FineTuneImageClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, string labelColumnName,
        string featureColumnName,
        string backbone = "faceres", IDataView? validationSet = null) =>
        catalog.FineTuneImageClassification(
            new() { LabelColumnName = labelColumnName, FeatureColumnName = featureColumnName, Backbone = backbone,
                ValidationSet = validationSet });

    /// <summary>A number from pictures, such as an age, on FaceBias's own engine.</summary>
    /// <inheritdoc cref="FineTuneImageClassification(MulticlassClassificationCatalog.MulticlassClassificationTrainers, ImageFineTuningOptions)"/>
    public static ImageFineTuningTrainer FineTuneImageRegression(this RegressionCatalog.RegressionTrainers catalog,
        ImageFineTuningOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(options ?? new(), isNumber: true);
    }

    /// <summary>A number from pictures, such as an age, on FaceBias's own engine.</summary>
    /// <inheritdoc cref="FineTuneImageClassification(MulticlassClassificationCatalog.MulticlassClassificationTrainers, string, string, string, IDataView)"/>
    public static ImageFineTuningTrainer FineTuneImageRegression(
        this RegressionCatalog.RegressionTrainers catalog, string labelColumnName, string featureColumnName,
        string backbone = "faceres", IDataView? validationSet = null) =>
        catalog.FineTuneImageRegression(
            new() { LabelColumnName = labelColumnName, FeatureColumnName = featureColumnName, Backbone = backbone,
                ValidationSet = validationSet });
}
