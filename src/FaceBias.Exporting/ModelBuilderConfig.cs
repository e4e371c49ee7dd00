using System.Text.Json.Nodes;
using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Tables;

namespace FaceBias.Exporting;

/// <summary>The <c>.mbconfig</c> of Model Builder: JSON that says which scenario, which data and where it was trained.
/// The fields and versions follow public files that Model Builder 17 wrote; there is no published schema.</summary>
internal static class ModelBuilderConfig
{
    /// <summary>The file's text.</summary>
    /// <param name="modelFile">Full path of the model zip.</param>
    public static string Text(OutputSpec target, ModelBuilderData data, string modelFile)
    {
        var classes = target is CategoricalOutput;
        var metric = classes ? "MicroAccuracy" : "RSquared";
        string[] estimators = classes ? ["MapValueToKey", "ImageClassificationMulti", "MapKeyToValue"]
            : ["SdcaRegression"];
        var option = new JsonObject { ["Version"] = 2, ["Subsampling"] = false,
            ["Type"] = classes ? "ClassificationTrainingOption" : "RegressionTrainingOption" };
        if (!classes)
            option["LabelColumn"] = ModelBuilderData.LabelColumn;
        option["TrainingTime"] = classes ? int.MaxValue : 600;
        option["OptimizeMetric"] = metric;
        option["Seed"] = 1;
        option["ValidationOption"] = new JsonObject { ["Version"] = 0, ["Type"] = "TrainValidateSplitValidationOption",
            ["SplitRatio"] = 0.2 };
        return new JsonObject
        {
            ["Scenario"] = classes ? "ImageClassification" : "Regression",
            ["DataSource"] = data.IsFolder ? Folder(data.Place) : Table(data.Place),
            ["Environment"] = new JsonObject { ["Type"] = "LocalCPU", ["Version"] = 1 },
            ["RunHistory"] = new JsonObject
            {
                ["Version"] = 3,
                ["Type"] = "Result",
                // FaceBias trained the model; no trial of Model Builder did.
                ["Trials"] = new JsonArray(),
                ["Estimators"] =
                    new JsonObject(estimators.Select((e, i) => KeyValuePair.Create($"e{i}", (JsonNode?)e))),
                ["Schema"] = string.Join(" * ", estimators.Select((_, i) => $"e{i}")),
                ["MetricName"] = metric,
                ["ModelFilePath"] = modelFile,
            },
            ["Type"] = "TrainingConfig",
            ["Version"] = 5,
            ["TrainingOption"] = option,
        }.ToJsonString(CoreJson.Options) + "\n";
    }

    private static JsonObject Folder(string path) =>
        new() { ["Type"] = "Folder", ["Version"] = 1, ["FolderPath"] = path };

    private static JsonObject Table(string path) => new()
    {
        ["Version"] = 3,
        ["EscapeCharacter"] = "\"",
        ["ReadMultiLines"] = false,
        ["KeepDiacritics"] = false,
        ["KeepPunctuations"] = false,
        ["AllowQuoting"] = true,
        ["Type"] = "TabularFile",
        ["FilePath"] = path,
        ["Delimiter"] = "\t",
        ["DecimalMarker"] = ".",
        ["HasHeader"] = true,
        ["ColumnProperties"] = new JsonArray(
            Column(ModelBuilderData.LabelColumn, "Label", "Single"),
            Column(ModelBuilderData.ImageColumn, "Feature", "String")),
    };

    private static JsonObject Column(string name, string purpose, string format) => new()
    {
        ["ColumnName"] = name,
        ["ColumnPurpose"] = purpose,
        ["ColumnDataFormat"] = format,
        ["IsCategorical"] = false,
        ["Type"] = "Column",
        ["Version"] = 5,
    };
}
