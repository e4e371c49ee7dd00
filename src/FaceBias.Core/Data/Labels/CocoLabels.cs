using System.Text.Json;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>Labels from JSON in COCO's form: <c>images</c> with <c>file_name</c>, <c>annotations</c> with
/// <c>image_id</c> and <c>category_id</c>, <c>categories</c>. Attributes of annotations
/// become columns of their names.</summary>
internal static class CocoLabels
{
    /// <summary>Whether a file is of that form.</summary>
    public static bool Is(string path)
    {
        if (!Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase) || !File.Exists(path))
            return false;
        try
        {
            using var stream = File.OpenRead(path);
            Span<byte> head = stackalloc byte[256];
            head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            if (!head.TrimStart(" \t\r\n\uFEFF"u8).StartsWith("{"u8))
                return false;
            stream.Position = 0;
            var found = 0;
            // The keys of the outermost object alone.
            using var document = JsonDocument.Parse(stream, new() { MaxDepth = 32 });
            foreach (var name in document.RootElement.EnumerateObject())
                found += name.Name is "images" or "annotations" && name.Value.ValueKind == JsonValueKind.Array ? 1 : 0;
            return found == 2;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // Whoever reads it as a table says what is wrong.
            return false;
        }
    }

    /// <summary>Reads it as a table with a row per image.</summary>
    /// <exception cref="FaceBiasException">A part is missing or not of that form.</exception>
    public static Table Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var document = JsonDocument.Parse(stream, new() { MaxDepth = 32 });
            var root = document.RootElement;
            var categories = root.TryGetProperty("categories", out var c)
                ? c.EnumerateArray().ToDictionary(x => Key(x.GetProperty("id")), x => Text(x.GetProperty("name")) ?? "")
                : [];
            var (found, place) = (new Annotations(path), new Dictionary<string, int>(StringComparer.Ordinal));
            foreach (var image in root.GetProperty("images").EnumerateArray())
                place[Key(image.GetProperty("id"))] =
                    found.AddImage(image.TryGetProperty("file_name", out var name) ? Text(name) : null);
            var strays = 0;
            foreach (var annotation in root.GetProperty("annotations").EnumerateArray())
            {
                if (!annotation.TryGetProperty("image_id", out var id) || !place.TryGetValue(Key(id), out var row))
                {
                    strays++;
                    continue;
                }
                if (annotation.TryGetProperty("category_id", out var category))
                    found.AddCategory(row, categories.GetValueOrDefault(Key(category)) ?? Key(category));
                if (!annotation.TryGetProperty("attributes", out var own) || own.ValueKind != JsonValueKind.Object)
                    continue;
                foreach (var attribute in own.EnumerateObject())
                    found.AddAttribute(row, attribute.Name, Text(attribute.Value));
            }
            return found.ToTable($"'{Path.GetFileName(path)}' is read as COCO's JSON: {found.Count:N0} images, "
                + $"{categories.Count:N0} categories.", strays == 0 ? [] : [new("coco-strays", null,
                    $"{strays:N0} annotations belong to no image of the file and are left out.")]);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or JsonException)
        {
            throw new FaceBiasException(
                $"'{path}' looks like COCO's JSON but a part of it is missing or of another kind: "
                    + $"{e.Message.TrimEnd('.')}; it needs images (id, file_name), annotations (image_id, "
                    + "category_id) and categories (id, name).", e);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read '{path}'", e, "check its permissions");
        }
    }

    // An id may be a number or a text.
    private static string Key(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };
}
