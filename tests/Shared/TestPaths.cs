using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace FaceBias.Tests;

/// <summary>Where tests find things: a temporary folder of their own, and data that may be absent.</summary>
internal static class TestPaths
{
    /// <summary>The repository's root.</summary>
    public static string Repository { get; } = FindRepository();

    private static readonly ConcurrentBag<string> s_folders = [];

    static TestPaths() => AppDomain.CurrentDomain.ProcessExit += (_, _) => DeleteFolders();

    /// <summary>A fresh temporary folder, which is deleted when the tests end.</summary>
    public static string NewFolder([CallerMemberName] string test = "")
    {
        var folder = Directory.CreateTempSubdirectory($"facebias-{test}-").FullName;
        s_folders.Add(folder);
        return folder;
    }

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

    private static void DeleteFolders()
    {
        foreach (var folder in s_folders)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A test deleted it, or a program that it started still has a file of it.
            }
        }
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}
