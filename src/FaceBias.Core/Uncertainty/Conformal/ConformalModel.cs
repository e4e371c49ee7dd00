using System.Text.Json;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Json;

namespace FaceBias.Core.Uncertainty.Conformal;

/// <summary>The calibrated sets and intervals of a model, as JSON in the metadata property <c>facebias.conformal</c>: a
/// row's set is found by looking its pattern of groups up.</summary>
/// <param name="Version">Version of this format, now 1.</param>
internal sealed record ConformalModel(int Version, IReadOnlyList<ConformalTarget> Targets)
{
    /// <summary>The metadata property that holds it.</summary>
    public const string Key = "facebias.conformal";

    /// <summary>Reads it from a model; null where it has none.</summary>
    /// <param name="outputs">The model's targets.</param>
    /// <param name="path">The model's file, for messages.</param>
    /// <exception cref="FaceBiasException">It is damaged, of a later version, or does not fit the model.</exception>
    public static ConformalModel? Read(ModelProto model, IReadOnlyList<OutputSpec> outputs, string path)
    {
        if (model.Metadata(Key) is not { } json)
            return null;
        try
        {
            var read = JsonSerializer.Deserialize<ConformalModel>(json, CoreJson.Options);
            if (read is { Version: > 1 })
                throw new FaceBiasException(
                    $"The prediction sets of '{path}' were written by a later version of facebias (format "
                        + $"{read.Version}); update facebias.", ErrorKind.Unsupported);
            if (read is not { Version: 1, Targets: not null }
                || read.Targets.Any(t => t is null || !outputs.Any(t.Fits)))
                throw new JsonException("A field is missing.");
            foreach (var target in read.Targets)
                target.Options.Check();
            return read;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException)
        {
            throw new FaceBiasException(
                $"The '{Key}' metadata of '{path}' are damaged or do not fit its targets; calibrate the model again.",
                e);
        }
    }

    public void WriteTo(ModelProto model) => model.SetMetadata(Key, JsonSerializer.Serialize(this, CoreJson.Compact));
}
