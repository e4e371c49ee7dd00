using System.Text.Json.Serialization;
using System.Text.Json;

namespace FaceBias.Synthesis;

/// <summary>What was planted in a data set, as <c>planted.json</c> beside it says. Files are named as in the column
/// "image" of the labels.</summary>
public sealed record PlantedRecord
{
    /// <summary>Version of this file format: 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>What the pictures are.</summary>
    public string Note { get; init; } = "These faces are drawings with known attributes, not photographs of people.";

    /// <summary>Seed of the data set.</summary>
    public long Seed { get; init; }

    /// <summary>Number of files.</summary>
    public int Count { get; init; }

    /// <summary>Number of distinct, readable faces.</summary>
    public int Faces { get; init; }

    /// <summary>Files that repeat another byte for byte, with the same labels.</summary>
    [JsonInclude]
    internal IReadOnlyList<PlantedCopy> ExactDuplicates { get; init; } = [];

    /// <summary>Files that repeat another slightly brighter and encoded again.</summary>
    [JsonInclude]
    internal IReadOnlyList<PlantedCopy> NearDuplicates { get; init; } = [];

    /// <summary>Files that repeat another byte for byte with the other gender as their label.</summary>
    [JsonInclude]
    internal IReadOnlyList<PlantedCopy> ConflictingDuplicates { get; init; } = [];

    /// <summary>Files that show no face.</summary>
    public IReadOnlyList<string> NonFaces { get; init; } = [];

    /// <summary>Files cut off so that they cannot be read.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];

    /// <summary>Files whose gender label is the wrong one.</summary>
    public IReadOnlyList<string> WrongLabels { get; init; } = [];

    /// <summary>The group made rare; null if none.</summary>
    [JsonInclude]
    internal PlantedGroup? RareGroup { get; init; }

    /// <summary>The correlation; null if none.</summary>
    [JsonInclude]
    internal PlantedCorrelation? Correlation { get; init; }

    /// <summary>Reads <c>planted.json</c>.</summary>
    /// <exception cref="FaceBiasException">The file is missing, unreadable or something else.</exception>
    public static PlantedRecord Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (JsonSerializer.Deserialize<PlantedRecord>(stream, SynthSpecFile.Json) is { Version: 1 } record)
                return record;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new FaceBiasException(
                $"Cannot read what was planted from '{path}': {e.Message.TrimEnd('.')}; run 'facebias synth' again.",
                e);
        }
        throw new FaceBiasException(
            $"'{path}' does not say what was planted in version 1 of its format; run 'facebias synth' again.");
    }

    internal void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, SynthSpecFile.Json));
}

/// <summary>A file and the file that it repeats.</summary>
internal sealed record PlantedCopy(string File, string Of);

/// <summary>A group made rare.</summary>
/// <param name="Where">Which faces belong to it, in words: "gender female, skin_tone monk_8 or monk_9".</param>
/// <param name="InTraining">Its members among the faces for training and validation.</param>
/// <param name="OfTraining">All faces for training and validation.</param>
/// <param name="InTest">Its members among the faces for testing.</param>
/// <param name="OfTest">All faces for testing.</param>
/// <param name="Files">Its members.</param>
internal sealed record PlantedGroup(
    string Where, int InTraining, int OfTraining, int InTest, int OfTest, IReadOnlyList<string> Files);

/// <summary>A nuisance that goes with gender.</summary>
/// <param name="Nuisance">The column.</param>
/// <param name="Where">What goes with what, in words.</param>
/// <param name="Agreeing">Faces outside the balanced part whose value goes with their true gender.</param>
/// <param name="Rest">Faces outside the balanced part.</param>
/// <param name="BalancedAgreeing">Faces of the balanced part whose value goes with their true gender.</param>
/// <param name="Balanced">Faces of the balanced part.</param>
/// <param name="Against">All faces whose value goes with the other gender.</param>
internal sealed record PlantedCorrelation(
    string Nuisance, string Where, int Agreeing, int Rest, int BalancedAgreeing, int Balanced,
    IReadOnlyList<string> Against);
