using System.Text.Json;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Reporting.Cards;

/// <summary>A JSON file that numbers of a card come from.</summary>
internal sealed class CardSource
{
    private readonly JsonElement _root;

    private CardSource(string name, string sha256, JsonElement root) => (Name, Sha256, _root) = (name, sha256, root);

    /// <summary>Its name, relative to the folder of the run.</summary>
    public string Name { get; }

    /// <summary>The SHA-256 of its bytes.</summary>
    public string Sha256 { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FaceBiasException">It is missing or no JSON.</exception>
    public static CardSource Read(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        try
        {
            var bytes = RegularFile.ReadAllBytes(path, 1 << 30, out var refused);
            if (refused is not null)
                throw new FaceBiasException($"'{path}' cannot be read: {refused}.");
            using var document = JsonDocument.Parse(bytes, new() { MaxDepth = 256 });
            return new(name, Primitives.Hashing.Sha256.Of(bytes), document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw new FaceBiasException(
                $"'{path}' is no JSON ({e.Message.TrimEnd('.')}), so no number of a card can come from it; make it "
                    + $"again with the command that wrote it.", e);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"'{path}' cannot be read", e, "a card needs it");
        }
    }

    /// <summary>The value at a JSON pointer (RFC 6901); null where there is none.</summary>
    public JsonElement? Find(string pointer)
    {
        var at = _root;
        foreach (var part in pointer.Split('/').Skip(1).Select(
            p => p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))
        {
            if (at.ValueKind == JsonValueKind.Array && int.TryParse(part, out var i) && i >= 0
                && i < at.GetArrayLength())
                at = at[i];
            else if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(part, out var child))
                at = child;
            else
                return null;
        }
        return at.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null : at;
    }

    /// <summary>The elements of an array or the properties of an object, with their pointers.</summary>
    public IEnumerable<(string Name, string Pointer, JsonElement Value)> Children(string pointer) =>
        Find(pointer) switch
    {
        { ValueKind: JsonValueKind.Array } array =>
            array.EnumerateArray().Select((v, i) => ($"{i}", $"{pointer}/{i}", v)),
        { ValueKind: JsonValueKind.Object } map =>
            map.EnumerateObject().Select(
                p => (p.Name, $"{pointer}/{p.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}", p.Value)),
        _ => [],
    };

    /// <summary>The text at a pointer, a number or a truth value in its own spelling; null where there is
    /// none.</summary>
    public string? Text(string pointer) => Find(pointer) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False } value => value.GetRawText(),
        _ => null,
    };
}
