namespace FaceBias.Core.Backbones;

/// <summary>The folder where FaceBias keeps what it downloads and computes once: packages, imported models.</summary>
public static class FaceBiasHome
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "FACEBIAS_HOME";

    /// <summary>FACEBIAS_HOME if set; else <c>facebias</c> under XDG_CACHE_HOME if that is set; else under the
    /// platform's folder for local application data.</summary>
    public static string Folder => Resolve(Environment.GetEnvironmentVariable);

    /// <summary>The same from any source of variables.</summary>
    /// <exception cref="FaceBiasException">Nothing says where the folder should be.</exception>
    internal static string Resolve(Func<string, string?> variable)
    {
        if (variable(Variable) is { Length: > 0 } own)
            return Path.GetFullPath(own);
        // The XDG specification asks that relative paths be ignored.
        if (variable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathRooted(cache))
            return Path.Combine(cache, "facebias");
        var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return local.Length > 0
            ? Path.Combine(local, "facebias")
            : throw new FaceBiasException($"There is no home folder for downloads; set {Variable} to a folder.");
    }
}
