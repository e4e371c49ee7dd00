using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Search.Spaces;
using FaceBias.Primitives.Options;

namespace FaceBias.Workflows.Sweep;

/// <summary>The JSON schema of a space file, from the parameters that a sweep knows and from what the options of
/// training say of themselves. <c>describe --sweep-schema FILE</c> writes it.</summary>
internal static class SpaceSchema
{
    /// <summary>What no option of the command line describes.</summary>
    private static readonly Dictionary<string, string> s_help = new()
    {
        [MethodSpace.Method] = "heads is plain training; the others are the mitigation methods of this build "
            + "(docs/explanation/mitigation.md), where one target is trained.",
        [FeatureSpace.Backbone] = "Names of facebias models list. Searched only where it is named: the features of each "
            + "are computed for all images first.",
        [FeatureSpace.Mirror] = "Whether about half of the training images are mirrored in each epoch; plain heads only. "
            + "Searched only where it is named: mirrored features are computed first.",
        [HeadSpace.Keep] = "Which epoch is kept: that of the best loss or of the best objective on validation.",
        [HeadSpace.GroupWeights] =
            "Power p of the weight n^-p of an image of a group of n: 0 all images alike, 1 all groups alike.",
        ["batch-size"] = "Images per step.",
        ["optimizer"] = "How parameters follow gradients.",
        ["sgd-learning-rate"] = "Highest learning rate of SGD.",
        ["momentum"] = "Momentum of SGD.",
        ["schedule"] = "How the learning rate changes over the steps.",
        ["weight-decay"] = "Decoupled weight decay.",
        ["dropout"] = "Share of hidden units left out in a step.",
        ["input-dropout"] = "Share of features left out in a step.",
        ["label-smoothing"] = "Deviation of the smoothed label of a number, in its steps.",
        ["expectation-weight"] = "Weight of the absolute error of a number beside its cross-entropy.",
        ["finetune-batch-size"] = "Images per step of fine-tuning.",
    };

    private static readonly Dictionary<string, OptionProperty> s_options =
        OptionSchema.Of(typeof(FinetuneOptions)).Concat(OptionSchema.Of(typeof(TrainOptions)))
            .DistinctBy(o => o.Flag).ToDictionary(o => o.Flag[2..]);

    /// <summary>The schema's text.</summary>
    public static string Compose()
    {
        var properties = new JsonObject { [MethodSpace.Method] = Property(MethodSpace.Method, Text()) };
        foreach (var parameter in HeadSpace.Known())
            properties.Add(parameter.Name, Property(parameter));
        properties.Add(FeatureSpace.Backbone, Property(FeatureSpace.Backbone, Text()));
        properties.Add(FeatureSpace.Mirror, Property(FeatureSpace.Mirroring));
        foreach (var parameter in FinetuneSpace.Known(1))
            properties.Add(parameter.Name, parameter.Name == FinetuneSpace.Scope
                ? Property(parameter.Name, Text("^(head|all|last:[1-9][0-9]*)$")) : Property(parameter));
        var number = new JsonObject { ["type"] = "number" };
        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Search space of facebias sweep",
            ["description"] = "Parameters that are not named keep their defaults and are not searched.",
            ["type"] = "object", ["required"] = new JsonArray("parameters"), ["additionalProperties"] = false,
            ["properties"] = new JsonObject
            {
                ["$schema"] = Text(),
                ["parameters"] = new JsonObject
                {
                    ["type"] = "object", ["minProperties"] = 1, ["properties"] = properties,
                    ["patternProperties"] = new JsonObject
                    {
                        [@"^[a-z0-9-]+\.[a-z0-9-]+$"] = new JsonObject
                        {
                            ["description"] =
                                "METHOD.PARAMETER: a parameter of a mitigation method; only with that method.",
                            ["$ref"] = "#/$defs/number",
                        },
                    },
                    ["additionalProperties"] = false,
                },
            },
            ["$defs"] = new JsonObject
            {
                ["number"] = new JsonObject
                {
                    ["oneOf"] = new JsonArray(number,
                        new JsonObject
                        {
                            ["type"] = "object", ["required"] = new JsonArray("low", "high"),
                            ["additionalProperties"] = false,
                            ["properties"] = new JsonObject
                            {
                                ["low"] = number.DeepClone(),
                                ["high"] = new JsonObject { ["type"] = "number", ["description"] = "Above low." },
                                ["scale"] = new JsonObject { ["enum"] = new JsonArray("linear", "log") },
                            },
                        },
                        Choices(number)),
                },
            },
        }.ToJsonString(new(JsonSerializerOptions.Default)
            { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }

    private static JsonObject Property(Parameter parameter)
    {
        var help = Help(parameter.Name);
        if (parameter.When.FirstOrDefault(w => w.Parent == "optimizer") is { } optimizer)
            help = $"{help.TrimEnd('.')}; only with optimizer {(optimizer.Choices[0] == 0 ? "adamw" : "sgd")}.";
        else if (parameter.When.Any(w => w.Parent == FinetuneSpace.Scope))
            help = $"{help.TrimEnd('.')}; only with a finetune other than head.";
        if (parameter is NumberParameter)
            return new() { ["description"] = help, ["$ref"] = "#/$defs/number" };
        var choices = ((ChoiceParameter)parameter).Choices;
        var values = new JsonArray([.. choices.Select(c => (JsonNode)c)]);
        if (choices is ["false", "true"])
            values = ["false", "true", true, false];
        return new()
        {
            ["description"] = help, ["$comment"] = string.Join(", ", choices),
            ["oneOf"] = new JsonArray(new JsonObject { ["enum"] = values },
                Choices(new JsonObject { ["enum"] = values.DeepClone() })),
        };
    }

    private static JsonObject Property(string name, JsonObject value) => new()
        { ["description"] = Help(name), ["oneOf"] = new JsonArray(value, Choices(value)) };

    private static JsonObject Text(string? pattern = null) => pattern is null ? new() { ["type"] = "string" }
        : new() { ["type"] = "string", ["pattern"] = pattern };

    private static JsonObject Choices(JsonObject item) => new()
    {
        ["type"] = "object", ["required"] = new JsonArray("choices"), ["additionalProperties"] = false,
        ["properties"] = new JsonObject
        {
            ["choices"] = new JsonObject
                { ["type"] = "array", ["minItems"] = 1, ["uniqueItems"] = true, ["items"] = item.DeepClone() },
        },
    };

    private static string Help(string name) => s_help.TryGetValue(name, out var own) ? own
        : FaceBiasException.WithOptions(s_options[name].Help,
            property => OptionProperty.Kebab(property.Split('.')[^1]));
}
