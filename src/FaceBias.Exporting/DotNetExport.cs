using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Opsets;

namespace FaceBias.Exporting;

/// <summary>A model as a .NET project of its own on plain ONNX Runtime: a class with a property per target, the
/// preparation of pictures, and a console program.</summary>
public static class DotNetExport
{
    /// <summary>Writes the project; files of an earlier export of the same name are replaced.</summary>
    /// <param name="model">A model.onnx, or the folder of a run.</param>
    /// <param name="folder">Where to write it; empty, new, or an earlier export.</param>
    /// <param name="name">Name of the project and its namespace.</param>
    /// <param name="force">Whether files of an earlier export that differ, because somebody edited them, may be
    /// replaced.</param>
    /// <param name="opset">The operator set of the project's model; null for the one that it has.</param>
    /// <returns>Lines for the console.</returns>
    /// <exception cref="FaceBiasException">There is no such model, or the folder is in use.</exception>
    public static IReadOnlyList<string> Write(string model, string folder, string name = "FaceApp", bool force = false,
        int? opset = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        CSharpText.CheckName(name);
        var exported = ExportedModel.Read(model);
        ExportedModel.CheckFolder(folder, $"{name}.csproj");
        var targets = exported.Metadata.Targets;
        // Object's own members, and the record's.
        var taken = new HashSet<string> { name, "FacePrediction", "Equals", "GetHashCode", "GetType", "ToString",
            "EqualityContract" };
        string[] properties = [.. targets.Select(t => CSharpText.Property(t.Name, taken))];
        var values = exported.Values(name);
        values["cover"] = exported.Metadata.Input.Fit == ImageFit.Cover ? "true" : "false";
        values["outputs"] = CSharpText.Literals(targets.Select(t => t.Name));
        values["assignments"] = Lines(12, targets.Select((t, i) => t is CategoricalOutput c
            ? $"{properties[i]} = new([{CSharpText.Literals(c.Classes)}], Values({i})),"
            : $"{properties[i]} = Values({i})[0],"));
        values["properties"] = Lines(4, targets.SelectMany((t, i) => new[]
        {
            $"/// <summary>{CSharpText.Comment(ExportedModel.Describe(t))}.</summary>",
            $"public required {(t is CategoricalOutput ? "ClassPrediction" : "float")} {properties[i]} {{ get; init; }}",
        }));
        values["outputlist"] =
            string.Join("\n", targets.Select((t, i) => $"- `{properties[i]}`: {ExportedModel.Describe(t)}"));
        var files = new ExportFolder(folder);
        foreach (var template in new[] { "Program.cs", "FaceModel.cs", "README.md" })
            files.Add(template, Template.Fill($"DotNet/{template}", values));
        foreach (var (picture, text) in Template.Picture(name, values))
            files.Add(picture, text);
        files.Add($"{name}.csproj", Template.Fill("DotNet/App.csproj", values));
        var file = Path.Combine(folder, "model.onnx");
        files.Write(force, () =>
        {
            if (opset is { } older)
                OpsetFile.Write(exported.File, older, file);
            else
                AtomicFile.Write(file, temporary => File.Copy(exported.File, temporary));
        });
        return [$"A project on plain ONNX Runtime: {Path.Combine(folder, $"{name}.csproj")}",
            $"Try it: dotnet run --project {folder} -- PICTURE"];
    }

    private static string Lines(int indent, IEnumerable<string> lines) =>
        string.Join("\n", lines.Select(l => new string(' ', indent) + l));
}
