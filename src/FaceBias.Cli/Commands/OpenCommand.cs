using System.ComponentModel;
using System.Diagnostics;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias open</c>: the page of a run in the browser.</summary>
internal static class OpenCommand
{
    /// <summary>The pages that runs have, the one that says most first.</summary>
    private static readonly string[] s_pages = ["report.html", "audit.html", "mitigation.html", "sweep.html",
        "curation.html",
        "comparison.html", "explain.html", "errors.html"];

    public static Command Create()
    {
        var folder = new Argument<string>("run") { Description = "Folder of a run, or a page." };
        var command = Job.Command<Arguments>("open", "Shows the page of a run in the browser.", "open runs/first",
            (options, job) =>
        {
            var page = Page(job.Parsed.GetValue(folder)!);
            job.Line(page);
            if (!options.Print)
                Show(page);
            return 0;
        });
        command.Arguments.Add(folder);
        return command;
    }

    internal sealed record Arguments
    {
        [Option("Only print where the page is.", Group = OptionGroup.Output)]
        public bool Print { get; init; }
    }

    /// <summary>The page of a folder.</summary>
    internal static string Page(string path)
    {
        if (File.Exists(path))
            return Path.GetFullPath(path);
        if (!Directory.Exists(path))
            throw new FaceBiasException($"There is no run '{path}'; name the ‹Out› folder of a command.",
                ErrorKind.Missing);
        return s_pages.Select(p => Path.Combine(Path.GetFullPath(path), p)).FirstOrDefault(File.Exists)
            ?? s_pages.SelectMany(
                p => Directory.EnumerateDirectories(path).Select(d => Path.Combine(Path.GetFullPath(d), p)))
                .FirstOrDefault(File.Exists)
            ?? throw new FaceBiasException(
                $"'{path}' has no page ({string.Join(", ", s_pages)}); the run was not finished, or it is another folder.", ErrorKind.Missing);
    }

    private static void Show(string page)
    {
        try
        {
            using var process =
                Process.Start(OperatingSystem.IsWindows() ? new ProcessStartInfo(page) { UseShellExecute = true }
                : new ProcessStartInfo(OperatingSystem.IsMacOS() ? "open" : "xdg-open") { ArgumentList = { page } });
        }
        catch (Exception e) when (e is Win32Exception or PlatformNotSupportedException)
        {
            throw new FaceBiasException(
                $"No browser could be started ({e.Message.TrimEnd('.')}); open '{page}' in one.", e,
                ErrorKind.Unsupported);
        }
    }
}
