namespace FaceBias.Workflows.RunFolders;

/// <summary>The folder that a run writes to.</summary>
internal static class OutputFolder
{
    /// <summary>Makes the folder and finds out whether it can be written to, before any work is done for it.</summary>
    /// <exception cref="FaceBiasException">It cannot.</exception>
    public static void Prepare(string folder)
    {
        if (File.Exists(folder))
            throw new FaceBiasException($"'{folder}' is a file; give --out a folder.");
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".{Guid.NewGuid():N}.part");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FaceBiasException($"Cannot write to the folder '{folder}': {e.Message.TrimEnd('.')}; choose another --out.", e);
        }
    }
}
