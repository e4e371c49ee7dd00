using System.ComponentModel;
using System.Diagnostics;

namespace FaceBias.Reporting;

/// <summary>Prints pages by a Chromium that is on the machine: the same page as from a browser's menu.</summary>
internal static class PdfPrinter
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
        "chrome.exe", "msedge.exe", "microsoft-edge"];

    private static readonly string[] s_places =
    [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        @"C:\Program Files\Google\Chrome\Application\chrome.exe",
        @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];

    /// <summary>The browser: the one that the variable CHROMIUM names, or the first found; null where there is
    /// none.</summary>
    public static string? Browser
        { get; } = Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } given
            ? File.Exists(given) ? given : null
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator,
            StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => s_names.Select(name => Path.Combine(folder, name))).Concat(s_places)
            .FirstOrDefault(File.Exists);

    /// <summary>Writes a page as PDF beside it.</summary>
    /// <exception cref="FaceBiasException">There is no browser, or it does not print.</exception>
    public static string Print(string page, CancellationToken cancel = default)
    {
        var (from, to) = (Path.GetFullPath(page), Path.ChangeExtension(Path.GetFullPath(page), ".pdf"));
        var temporary = to + ".partial";
        var profile = Directory.CreateTempSubdirectory("facebias-print").FullName;
        try
        {
            var start = new ProcessStartInfo(
                Browser ?? throw new FaceBiasException(
                    "There is no Chromium to print by; install one, or set CHROMIUM to its path.", ErrorKind.Missing))
                        { RedirectStandardError = true, RedirectStandardOutput = true };
            string[] sandbox = Environment.UserName == "root" ? ["--no-sandbox"] : [];
            foreach (var argument in (string[])["--headless", .. sandbox, "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                $"--user-data-dir={profile}",
                "--no-pdf-header-footer", $"--print-to-pdf={temporary}", new Uri(from).AbsoluteUri])
                start.ArgumentList.Add(argument);
            using var process = Process.Start(start)!;
            var said = process.StandardError.ReadToEndAsync(cancel);
            _ = process.StandardOutput.ReadToEndAsync(cancel);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(s_patience);
            try
            {
                process.WaitForExitAsync(limit.Token).GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                cancel.ThrowIfCancellationRequested();
                throw new FaceBiasException(
                    $"{Browser} did not print '{page}' within {s_patience.TotalMinutes} minutes; print it from a browser.");
            }
            if (process.ExitCode != 0 || !File.Exists(temporary))
                throw new FaceBiasException(
                    $"{Browser} did not print '{page}' ({said.GetAwaiter().GetResult().Split('\n')[0].Trim()}); print "
                        + $"it from a browser.");
            File.Move(temporary, to, overwrite: true);
            return to;
        }
        catch (Win32Exception e)
        {
            throw new FaceBiasException($"{Browser} cannot be started to print '{page}': {e.Message}.");
        }
        finally
        {
            File.Delete(temporary);
            Directory.Delete(profile, recursive: true);
        }
    }
}
