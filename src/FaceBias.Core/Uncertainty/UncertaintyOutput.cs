using System.Text.Json;
using System.Text.Json.Serialization;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Json;

namespace FaceBias.Core.Uncertainty;

/// <summary>What an uncertainty output is about.</summary>
public enum UncertaintyKind
{
    /// <summary>What more data of this kind would remove: the model's own ignorance.</summary>
    Epistemic,

    /// <summary>What no data would remove: noise of pictures and labels.</summary>
    Aleatoric,

    /// <summary>How rare the picture is among the training pictures.</summary>
    Representation,

    /// <summary>How unlike the training pictures it is.</summary>
    Novelty,

    /// <summary>Probabilities of the target's classes.</summary>
    Probability,

    /// <summary>A set or an interval that holds the truth at a nominal rate.</summary>
    Coverage,
}

/// <summary>A named output of a model beside its targets: float32 [N, <paramref name="Width"/>]. Larger is more
/// uncertain, whatever the kind.</summary>
/// <param name="Name">Name of the graph's output and, of width 1, of the column of predictions.</param>
/// <param name="Target">The target that it is about; null where it is about the whole picture.</param>
/// <param name="Width">Numbers per row.</param>
/// <param name="Wrapper">The wrapper that made it, as <c>--uncertainty</c> names it.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Meaning">What it measures, with its unit: one sentence.</param>
/// <param name="Passes">Forward passes of the heads that it is made of: more than 1 for sampling wrappers.</param>
public sealed record UncertaintyOutput(
    string Name, string? Target, int Width, string Wrapper,
    [property: JsonConverter(typeof(JsonStringEnumConverter<UncertaintyKind>))] UncertaintyKind Kind,
    string Meaning, int Passes = 1)
{
    /// <summary>The metadata property of a model that lists its uncertainty outputs.</summary>
    internal const string Key = "facebias.uncertainty";

    /// <summary>The name of an output about a target: <c>T_uncertainty_NAME</c>.</summary>
    internal static string NameOf(string target, string name) => $"{target}_uncertainty_{name}";

    /// <summary>It as a column of numbers of predictions tables; null where it has several numbers per row, or is
    /// the end of an interval, which may depend on the groups of a row.</summary>
    internal OutputSpec? Column => Width == 1 && Kind != UncertaintyKind.Coverage
        ? new NumericOutput(Name, 0, 1, 2, null) : null;

    /// <summary>Reads the outputs that a model lists and has; none where it lists none, or its list cannot be
    /// read.</summary>
    internal static IReadOnlyList<UncertaintyOutput> Read(ModelProto model)
    {
        if (model.Metadata(Key) is not { } json)
            return [];
        try
        {
            var has = model.Graph.Output.Select(o => o.Name).ToHashSet();
            return [.. (JsonSerializer.Deserialize<List<UncertaintyOutput>>(json, CoreJson.Options) ?? []).Where(
                o => o is { Name: not null, Width: > 0 } && has.Contains(o.Name))];
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return [];
        }
    }

    /// <summary>Takes the outputs of a wrapper out of a model's heads, so that it can be fitted anew.</summary>
    internal static void Remove(ModelProto heads, string wrapper)
    {
        var outputs = Read(heads);
        var names = outputs.Where(o => o.Wrapper == wrapper).Select(o => o.Name).ToHashSet();
        foreach (var output in heads.Graph.Output.Where(o => names.Contains(o.Name)).ToArray())
            heads.Graph.Output.Remove(output);
        heads.Graph.RemoveUnused();
        Write(heads, [.. outputs.Where(o => o.Wrapper != wrapper)]);
    }

    internal static void Write(ModelProto model, IReadOnlyList<UncertaintyOutput> outputs) =>
        model.SetMetadata(Key, JsonSerializer.Serialize(outputs, CoreJson.Compact));
}
