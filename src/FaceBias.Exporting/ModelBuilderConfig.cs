using System.Text.Json.Nodes;
using FaceBias.Core.Training;
using FaceBias.Primitives.Json;

namespace FaceBias.Exporting;

/// <summary>The <c>.mbconfig</c> of Model Builder: JSON that says which scenario, which data and where it was trained. The
/// fields follow files that Model Builder 16 and 17 wrote; there is no published schema.</summary>
internal static class ModelBuilderConfig
{
    /// <summary>The file's text.</summary>
    public static string Text(OutputSpec target, ModelBuilderData data)
    {
        var classes = target is CategoricalOutput;
        var metric = classes ? "MicroAccuracy" : "RSquared";
        var option = new JsonObject { ["Version"] = 0, ["Type"] = classes ? "ClassificationTrainingOption" : "RegressionTrainingOption", ["TrainingTime"] = 600, ["Seed"] = 1 };
        if (!data.IsFolder)
        {
            option["LabelColumn"] = ModelBuilderData.LabelColumn;
            option["OptimizeMetric"] = metric;
        }
        return new JsonObject
        {
            ["Scenario"] = data.IsFolder ? "ImageClassification" : classes ? "Classification" : "Regression",
            ["DataSource"] = data.IsFolder ? Folder(data.Place) : Table(data.Place, classes),
            ["Environment"] = new JsonObject { ["Type"] = "LocalCPU", ["Version"] = 1 },
            ["RunHistory"] = new JsonObject
            {
                ["Version"] = 1,
                ["Type"] = "Result",
                // FaceBias trained the model; no trial of Model Builder did.
                ["Trials"] = new JsonArray(),
                ["MetricName"] = metric,
            },
            ["TrainingOption"] = option,
            ["Type"] = "TrainingConfig",
            ["Version"] = 4,
        }.ToJsonString(CoreJson.Options) + "\n";
    }

    private static JsonObject Folder(string path) => new() { ["Type"] = "Folder", ["Version"] = 1, ["FolderPath"] = path };

    private static JsonObject Table(string path, bool classes) => new()
    {
        ["Type"] = "TabularFile",
        ["Version"] = 1,
        ["FilePath"] = path,
        ["Delimiter"] = "\t",
        ["DecimalMarker"] = ".",
        ["HasHeader"] = true,
        ["ColumnProperties"] = new JsonArray(
            Column(ModelBuilderData.ImageColumn, "Feature", "String", categorical: false),
            Column(ModelBuilderData.LabelColumn, "Label", classes ? "String" : "Single", categorical: classes)),
    };

    private static JsonObject Column(string name, string purpose, string format, bool categorical) => new()
    {
        ["ColumnName"] = name,
        ["ColumnPurpose"] = purpose,
        ["ColumnDataFormat"] = format,
        ["IsCategorical"] = categorical,
        ["Type"] = "Column",
        ["Version"] = 2,
    };
}
