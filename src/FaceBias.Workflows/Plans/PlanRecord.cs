using System.Text.Json;
using System.Text.Json.Serialization;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Json;
using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Workflows.Plans;

/// <summary>A file that results depend on.</summary>
/// <param name="Name">Its full path, or the name of a model of the catalogue.</param>
/// <param name="Sha256">Its content when the plan was made.</param>
internal sealed record PlanInput(string Name, string Sha256);

/// <summary>The content of <c>plan.json</c>: everything that decides about the results. It is never changed; the last
/// field is the hash of the rest.</summary>
internal sealed record PlanRecord
{
    /// <summary>The name of the file in a plan's folder.</summary>
    public const string File = "plan.json";

    private const int Known = 1;
    private static readonly string s_open = new('0', 64);

    /// <summary>Version of the format.</summary>
    public int Version { get; init; } = Known;

    /// <summary>The step: predict, features, curate, audit or sweep.</summary>
    public required string Step { get; init; }

    public required JsonElement Options { get; init; }

    public required int Rows { get; init; }

    /// <summary>Items of a shard; the last may have fewer.</summary>
    public required int ShardRows { get; init; }

    /// <summary>Files that results depend on.</summary>
    public required IReadOnlyList<PlanInput> Inputs { get; init; }

    /// <summary>SHA-256 of the list of each shard's pictures; none where items are no pictures.</summary>
    public IReadOnlyList<string> Lists { get; init; } = [];

    /// <summary>Files among the pictures that are none by their extension.</summary>
    public int Ignored { get; init; }

    /// <summary>What could not be listed.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];

    /// <summary>What computes: other versions may give other last digits.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>SHA-256 of the file with 64 zeros here.</summary>
    public string Hash { get; init; } = s_open;

    /// <summary>Number of shards.</summary>
    [JsonIgnore]
    public int Count => (Rows + ShardRows - 1) / ShardRows;

    /// <summary>The versions of this process.</summary>
    public static Dictionary<string, string> Here() => new()
    {
        ["facebias"] = typeof(PlanRecord).Assembly.GetName().Version?.ToString(3) ?? "",
        ["onnxRuntime"] = OrtEnv.Instance().GetVersionString(),
        ["decoder"] = PictureCodecs.Default.Name,
    };

    /// <summary>The file's text, with its hash.</summary>
    public string ToText()
    {
        var text = JsonSerializer.Serialize(this with { Hash = s_open }, CoreJson.Options) + "\n";
        return text.Replace(s_open, Sha256.Of(text), StringComparison.Ordinal);
    }

    /// <summary>Reads a plan.</summary>
    /// <param name="path">Its place, for messages.</param>
    /// <exception cref="FaceBiasException">It is no plan, or was changed.</exception>
    public static PlanRecord Parse(string text, string path)
    {
        FaceBiasException Bad(string what, Exception? e = null) => new(
            $"'{path}' {what}; make the plan again with 'facebias plan'.", e!, ErrorKind.Permanent);
        try
        {
            var record = JsonSerializer.Deserialize<PlanRecord>(text, CoreJson.Options);
            if (record is not { Step: not null, Hash.Length: 64, Inputs: not null, Lists: not null, Versions: not null,
                Unreadable: not null })
                throw Bad("is no plan");
            if (record.Version != Known)
                throw Bad($"is of format {record.Version}, which this facebias does not read");
            if (Sha256.Of(text.Replace(record.Hash, s_open, StringComparison.Ordinal)) != record.Hash)
                throw Bad("was changed since it was written (its content has another hash than it says)");
            return record.Rows > 0 && record.ShardRows > 0 && (record.Lists.Count == 0
                || record.Lists.Count == record.Count) ? record
                : throw Bad("is no plan: its counts contradict each other");
        }
        catch (JsonException e)
        {
            throw Bad("is no plan, or is cut off", e);
        }
    }
}
