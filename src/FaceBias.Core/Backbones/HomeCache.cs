namespace FaceBias.Core.Backbones;

/// <summary>A part of the home folder.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="CanBeCleaned">Whether everything in it can be computed or downloaded again.</param>
internal sealed record HomePart(string Name, string Meaning, int Files, long Bytes, bool CanBeCleaned);

/// <summary>How large the home folder is, and how to make it smaller.</summary>
internal static class HomeCache
{
    /// <summary>What FaceBias writes there. Other decoders and runs add a suffix to the first part of a name.</summary>
    private static readonly (string Name, string Meaning, bool CanBeCleaned)[] s_known =
    [
        ("models", "models ready to run; 'facebias models remove NAME' takes one out", false),
        ("packages", "downloads that models were made from", true),
        ("features", "features of images", true),
        ("activations", "activations of frozen layers", true),
        ("faces", "faces that were found in images", true),
        ("images", "what was found out about image files", true),
        ("tensorflow", "TensorFlow models of ML.NET", true),
    ];

    /// <summary>The parts of a home folder that are there.</summary>
    public static IReadOnlyList<HomePart> Parts(string home)
    {
        if (!Directory.Exists(home))
            return [];
        return [.. from folder in new DirectoryInfo(home).EnumerateDirectories().OrderBy(d => d.Name,
            StringComparer.Ordinal)
                   let known = s_known.FirstOrDefault(
                       k => folder.Name == k.Name || folder.Name.StartsWith(k.Name + "-", StringComparison.Ordinal))
                   where known.Name is not null
                   let files = folder.EnumerateFiles("*", SearchOption.AllDirectories).ToList()
                   select new HomePart(folder.Name, known.Meaning, files.Count, files.Sum(f => f.Length),
                       known.CanBeCleaned)];
    }

    /// <summary>Deletes parts.</summary>
    /// <param name="names">Names of parts; none for all that can be cleaned.</param>
    /// <returns>Bytes that are free now.</returns>
    /// <exception cref="FaceBiasException">There is no such part, it cannot be made again, or another run uses
    /// it.</exception>
    public static long Clean(string home, params IReadOnlyList<string> names)
    {
        var parts = Parts(home);
        foreach (var name in names)
        {
            var part = parts.FirstOrDefault(p => p.Name == name)
                ?? throw new FaceBiasException(
                    $"'{home}' has no part '{name}'; it has "
                        + $"{(parts.Count > 0 ? string.Join(", ", parts.Select(p => p.Name)) : "none")}.",
                        ErrorKind.Missing);
            if (!part.CanBeCleaned)
                throw new FaceBiasException(
                    $"'{name}' may hold models that cannot be downloaded again; take them out one by one with "
                        + "'facebias models remove NAME'.");
        }
        List<HomePart> wanted = [.. parts.Where(p => p.CanBeCleaned && (names.Count == 0 || names.Contains(p.Name)))];
        foreach (var part in wanted)
            RefuseUsed(Path.Combine(home, part.Name));
        foreach (var part in wanted)
        {
            try
            {
                Directory.Delete(Path.Combine(home, part.Name), recursive: true);
            }
            catch (Exception e) when (FileFault.Is(e))
            {
                throw FileFault.Of($"'{Path.Combine(home, part.Name)}' cannot be deleted", e,
                    "end the runs that use it and check its permissions");
            }
        }
        return wanted.Sum(p => p.Bytes);
    }

    /// <summary>A run that writes into a part holds its lock or its journal.</summary>
    private static void RefuseUsed(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => f.EndsWith(".lock", StringComparison.Ordinal)
                || f.EndsWith(".journal", StringComparison.Ordinal)))
        {
            try
            {
                using var probe = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            }
            catch (Exception e) when (FileFault.Is(e))
            {
                throw new FaceBiasException($"'{folder}' is used by another run ('{file}'); end it or wait for it.", e,
                    ErrorKind.Busy);
            }
        }
    }
}
