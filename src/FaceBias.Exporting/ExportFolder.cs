namespace FaceBias.Exporting;

/// <summary>The files of a project that is to be written, gathered first, so that nothing that somebody edited is
/// replaced unasked.</summary>
internal sealed class ExportFolder(string folder)
{
    private readonly List<(string File, string Text)> _texts = [];

    public void Add(string file, string text) => _texts.Add((file, text));

    /// <summary>Writes the files, those added last at the end.</summary>
    /// <param name="force">Whether files that differ may be replaced.</param>
    /// <param name="before">Writes what no person edits, such as models, once nothing stands against it.</param>
    /// <exception cref="FaceBiasException">A file is there with another content.</exception>
    public void Write(bool force, Action before)
    {
        var edited = force ? []
            : _texts.Where(t => Differs(Path.Combine(folder, t.File), t.Text))
                .Select(t => $"'{Path.Combine(folder, t.File)}'").ToArray();
        if (edited.Length > 0)
        {
            throw new FaceBiasException(
                $"{string.Join(", ", edited)} {(edited.Length == 1 ? "differs" : "differ")} from what would be "
                    + "written: edited since, or of another model. "
                + "Give another folder, or ‹Force› to replace it.");
        }
        before();
        foreach (var (file, text) in _texts)
            AtomicFile.WriteText(Path.Combine(folder, file), text);
    }

    private static bool Differs(string path, string text)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(path) != text;
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read '{path}'", e, "check its permissions");
        }
    }
}
