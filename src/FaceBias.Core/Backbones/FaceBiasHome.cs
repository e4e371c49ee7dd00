namespace FaceBias.Core.Backbones;

/// <summary>The folder where FaceBias keeps what it downloads and computes once: packages, imported models.</summary>
internal static class FaceBiasHome
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "FACEBIAS_HOME";

    /// <summary>FACEBIAS_HOME if set; else <c>facebias</c> under XDG_CACHE_HOME if that is set; else under the
    /// platform's folder for local application data.</summary>
    public static string Folder => Resolve(Environment.GetEnvironmentVariable);

    /// <summary>Finds out whether a home folder can be written to, before any work is done for it.</summary>
    /// <exception cref="FaceBiasException">It cannot.</exception>
    internal static void Check(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".{Guid.NewGuid():N}.part");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot write to '{folder}', where models and features are kept", e,
                $"set {Variable} to a folder you can write");
        }
    }

    /// <summary>The folder by any source of variables.</summary>
    /// <exception cref="FaceBiasException">Nothing says where the folder should be.</exception>
    internal static string Resolve(Func<string, string?> variable)
    {
        if (variable(Variable) is { Length: > 0 } own)
            return Path.GetFullPath(own);
        // The XDG specification asks that relative paths be ignored.
        if (variable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathRooted(cache))
            return Path.Combine(cache, "facebias");
        var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify);
        return local.Length > 0
            ? Path.Combine(local, "facebias")
            : throw new FaceBiasException($"There is no home folder for downloads; set {Variable} to a folder.");
    }
}
