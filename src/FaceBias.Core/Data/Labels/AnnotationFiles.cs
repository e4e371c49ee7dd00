using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>Labels from files of annotation programs with a file per image, LabelMe's JSON and Pascal VOC's XML, one or
/// a folder of them, and from a project, JSON or CSV, of the VGG Image Annotator (VIA).</summary>
internal static class AnnotationFiles
{
    private const long LargestFile = 64 << 20;

    private static readonly string[] s_vocPlaces = ["name", "bndbox", "part", "polygon", "attributes"];

    /// <summary>Reads a file or folder of such annotations; null of any other.</summary>
    /// <exception cref="FaceBiasException">A file is damaged.</exception>
    public static Table? Read(string path)
    {
        if (Directory.Exists(path))
            return Folder(path);
        var annotations = new Annotations(path);
        return TryAdd(path, annotations) is { } form
            ? annotations.ToTable($"'{Path.GetFileName(path)}' is read as {form}: {annotations.Count:N0} images.")
            : null;
    }

    private static Table? Folder(string folder)
    {
        var annotations = new Annotations(folder);
        var (forms, others) = (new SortedSet<string>(StringComparer.Ordinal), 0);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f).ToLowerInvariant() is ".json" or ".xml").Order(StringComparer.Ordinal))
        {
            if (TryAdd(file, annotations) is { } form)
                forms.Add(form);
            else
                others++;
        }
        return annotations.Count == 0 ? null : annotations.ToTable(
            $"The files in '{folder}' are read as {string.Join(" and ", forms)}: {annotations.Count:N0} images.",
            others == 0 ? [] : [new("annotation-others", null,
                $"{others:N0} JSON or XML files in '{folder}' are no annotations and are left out.")]);
    }

    /// <returns>The form that a file has; null if it is of another.</returns>
    private static string? TryAdd(string path, Annotations annotations)
    {
        var xml = Path.GetExtension(path).Equals(".xml", StringComparison.OrdinalIgnoreCase);
        if (!xml && !Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase)
            || !File.Exists(path) || new FileInfo(path).Length > LargestFile)
            return null;
        try
        {
            using var stream = File.OpenRead(path);
            if (xml)
                return Voc(stream, annotations);
            using var document = JsonDocument.Parse(stream, new() { MaxDepth = 32 });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return null;
            if (root.TryGetProperty("shapes", out var shapes) && shapes.ValueKind == JsonValueKind.Array
                && root.TryGetProperty("imagePath", out var image))
                return LabelMe(root, shapes, Text(image), annotations);
            return Via(root, annotations);
        }
        catch (Exception e) when (e is JsonException or XmlException)
        {
            if (xml)
                throw new FaceBiasException($"'{path}' is no whole XML: {e.Message.TrimEnd('.')}; correct it.", e);
            // Whoever reads it as a table says what is wrong.
            return null;
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read '{path}'", e, "check its permissions");
        }
    }

    private static string LabelMe(JsonElement root, JsonElement shapes, string? image, Annotations annotations)
    {
        var row = annotations.AddImage(WithoutUp(image));
        foreach (var shape in shapes.EnumerateArray())
            if (shape.ValueKind == JsonValueKind.Object && shape.TryGetProperty("label", out var label))
                annotations.AddCategory(row, Text(label));
        if (root.TryGetProperty("flags", out var flags))
            Attributes(flags, row, annotations);
        return "LabelMe's JSON";
    }

    private static string? Voc(Stream stream, Annotations annotations)
    {
        using var reader = XmlReader.Create(stream,
            new() { DtdProcessing = DtdProcessing.Prohibit, MaxCharactersInDocument = LargestFile });
        var root = XDocument.Load(reader).Root;
        if (root?.Name.LocalName != "annotation" || root.Element("filename")?.Value.Trim() is not { Length: > 0 } image)
            return null;
        var row = annotations.AddImage(image);
        foreach (var thing in root.Elements("object"))
        {
            annotations.AddCategory(row, thing.Element("name")?.Value);
            foreach (var own in thing.Elements().Where(e => !e.HasElements
                && !s_vocPlaces.Contains(e.Name.LocalName)))
                annotations.AddAttribute(row, own.Name.LocalName, own.Value.Trim());
            foreach (var own in thing.Elements("attributes").Elements("attribute"))
                if (own.Element("name")?.Value.Trim() is { Length: > 0 } name)
                    annotations.AddAttribute(row, name, own.Element("value")?.Value.Trim());
        }
        return "Pascal VOC's XML";
    }

    private static string? Via(JsonElement root, Annotations annotations)
    {
        if (root.TryGetProperty("_via_img_metadata", out var inner))
            root = inner;
        if (root.ValueKind != JsonValueKind.Object || !root.EnumerateObject().Any()
            || !root.EnumerateObject().All(p => p.Value.ValueKind == JsonValueKind.Object
                && p.Value.TryGetProperty("filename", out _) && p.Value.TryGetProperty("regions", out _)))
            return null;
        foreach (var entry in root.EnumerateObject())
        {
            var row = annotations.AddImage(Text(entry.Value.GetProperty("filename")));
            if (entry.Value.TryGetProperty("file_attributes", out var file))
                Attributes(file, row, annotations);
            var regions = entry.Value.GetProperty("regions");
            // An array since version 2, an object of regions by number before.
            var all = regions.ValueKind == JsonValueKind.Array ? regions.EnumerateArray().ToArray()
                : regions.ValueKind == JsonValueKind.Object ? [.. regions.EnumerateObject().Select(r => r.Value)] : [];
            foreach (var region in all)
                if (region.ValueKind == JsonValueKind.Object
                    && region.TryGetProperty("region_attributes", out var own))
                    Attributes(own, row, annotations);
        }
        return "a project of VIA";
    }

    /// <summary>A table that VIA exported as CSV, a row per region, as one with a row per image; any other as it
    /// is.</summary>
    public static Table OfVia(Table table, string path)
    {
        var name = table.Columns.FirstOrDefault(c => c.Header.TrimStart('#') == "filename");
        if (name is null || !table.Has("file_attributes") || !table.Has("region_attributes"))
            return table;
        var annotations = new Annotations(path);
        var (names, rowOf) = (table.Text(name.Name), new Dictionary<string, int>(StringComparer.Ordinal));
        TextColumn[] attributes = [table.Text("file_attributes"), table.Text("region_attributes")];
        for (var i = 0; i < table.RowCount; i++)
        {
            if (names[i] is not { } image)
                continue;
            if (!rowOf.TryGetValue(image, out var row))
                rowOf.Add(image, row = annotations.AddImage(image));
            foreach (var json in attributes.Select(a => a[i]).OfType<string>())
            {
                try
                {
                    using var document = JsonDocument.Parse(json);
                    Attributes(document.RootElement, row, annotations);
                }
                catch (JsonException e)
                {
                    throw new FaceBiasException(
                        $"'{path}': the attributes of '{image}' are no JSON: {json}; export the table again.", e);
                }
            }
        }
        return annotations.ToTable(
            $"'{Path.GetFileName(path)}' is read as a table of VIA: {annotations.Count:N0} images.",
            table.Notices.Where(n => n.Kind is not ("missing" or "duplicate")));
    }

    /// <summary>Words, numbers, and yes or no; a choice of several, as VIA's checkboxes have it, is its ticked
    /// words.</summary>
    private static void Attributes(JsonElement of, int row, Annotations annotations)
    {
        if (of.ValueKind != JsonValueKind.Object)
            return;
        foreach (var own in of.EnumerateObject())
        {
            annotations.AddAttribute(row, own.Name, own.Value.ValueKind == JsonValueKind.Object
                ? string.Join("|", own.Value.EnumerateObject().Where(v => v.Value.ValueKind == JsonValueKind.True)
                    .Select(v => v.Name)) : Text(own.Value));
        }
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => MultiLabel.Yes,
        JsonValueKind.False => MultiLabel.No,
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    /// <summary>A path without the way up that annotations in a folder of their own begin with.</summary>
    private static string? WithoutUp(string? path)
    {
        var clean = path?.Replace('\\', '/');
        while (clean?.StartsWith("../", StringComparison.Ordinal) == true)
            clean = clean[3..];
        return clean;
    }
}
