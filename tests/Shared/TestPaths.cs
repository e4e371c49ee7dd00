using System.Runtime.CompilerServices;

namespace FaceBias.Tests;

/// <summary>Where tests find things: a temporary folder of their own, and data that may be absent.</summary>
internal static class TestPaths
{
    /// <summary>The repository's root.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>A fresh temporary folder.</summary>
    public static string NewFolder([CallerMemberName] string test = "") =>
        Directory.CreateTempSubdirectory($"facebias-{test}-").FullName;

    /// <summary>A folder of real images for measuring, from FACEBIAS_DATA or beside the repository; the test skips with
    /// a reason where it is absent.</summary>
    public static string RealData(string name)
    {
        var root = Environment.GetEnvironmentVariable("FACEBIAS_DATA")
            ?? Path.Combine(Repository, "..", "shared", "data");
        var path = Path.GetFullPath(Path.Combine(root, name));
        Assert.SkipUnless(Directory.Exists(path),
            $"needs the real data set '{name}' (set FACEBIAS_DATA to its parent folder)");
        return path;
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}
