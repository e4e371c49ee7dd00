using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Exporting;

/// <summary>The model that is exported, where it lies and what it says about itself.</summary>
/// <param name="File">The model's file.</param>
/// <param name="Metadata">What it says about itself.</param>
internal sealed record ExportedModel(string File, ModelProto Graph, ModelMetadata Metadata)
{
    /// <summary>The folder of the run, or of the file.</summary>
    public string Folder => Path.GetDirectoryName(Path.GetFullPath(File))!;

    /// <param name="fileOrRun">A model.onnx, or the folder of a run.</param>
    /// <exception cref="FaceBiasException">There is none, or it is not the one that the run wrote.</exception>
    public static ExportedModel Read(string fileOrRun)
    {
        var file = Directory.Exists(fileOrRun) ? Path.Combine(fileOrRun, "model.onnx") : fileOrRun;
        if (!System.IO.File.Exists(file))
            throw new FaceBiasException(
                $"There is no model '{file}'; give the model.onnx of a run, or the run's folder.", ErrorKind.Missing);
        RecordedModel.Check(file);
        var graph = OnnxFile.Read(file);
        return new(file, graph, ModelMetadata.Read(graph, file));
    }

    /// <summary>What every template may ask for.</summary>
    /// <param name="name">Name of the project and the class.</param>
    public Dictionary<string, string> Values(string name) => new()
    {
        ["name"] = name,
        ["version"] = typeof(ExportedModel).Assembly.GetName().Version?.ToString(3) ?? "",
        ["note"] = CSharpText.Comment(Metadata.Note),
        ["backbone"] = Metadata.Backbone,
        ["licence"] = Metadata.WeightsLicence,
        ["width"] = FormattableString.Invariant($"{Metadata.Input.Width}"),
        ["height"] = FormattableString.Invariant($"{Metadata.Input.Height}"),
        ["input"] = CSharpText.Literal(Metadata.Input.Name),
    };

    /// <summary>A target in words: "gender (perceived): one of female, male".</summary>
    public static string Describe(OutputSpec target) => target switch
    {
        CategoricalOutput c => $"{c.Name} (perceived): one of {string.Join(", ", c.Classes)}",
        NumericOutput { Unit: { } unit } => $"{target.Name} (perceived): a number, in {unit}",
        _ => $"{target.Name} (perceived): a number",
    };

    /// <summary>Checks that a folder can be exported to without overwriting somebody's work.</summary>
    /// <exception cref="FaceBiasException">It holds other files, or is a file.</exception>
    public static void CheckFolder(string folder, string project)
    {
        if (System.IO.File.Exists(folder))
            throw new FaceBiasException($"'{folder}' is a file; give a folder to export to.");
        if (Directory.Exists(folder) && !System.IO.File.Exists(Path.Combine(folder, project))
            && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new FaceBiasException(
                $"'{folder}' has other files in it; give an empty or a new folder to export to.");
    }
}
