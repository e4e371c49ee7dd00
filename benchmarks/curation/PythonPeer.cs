using System.ComponentModel;
using System.Diagnostics;

namespace FaceBias.Benchmarks.Curation;

/// <summary>Scripts of this folder in the first Python that has what they need.</summary>
internal static class PythonPeer
{
    /// <summary>What it prints, or null, and a line that says so, where there is no such Python.</summary>
    public static string? Run(string script, IReadOnlyList<string> arguments, string input = "")
    {
        foreach (var python in new[] { Environment.GetEnvironmentVariable("FACEBIAS_PYTHON"), "/usr/bin/python3",
            "python3" })
        {
            if (string.IsNullOrEmpty(python))
                continue;
            try
            {
                using var process =
                    Process.Start(new ProcessStartInfo(python,
                        [Path.Combine(AppContext.BaseDirectory, script), .. arguments])
                { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
                var errors = process.StandardError.ReadToEndAsync();
                var output = process.StandardOutput.ReadToEndAsync();
                try
                {
                    process.StandardInput.Write(input);
                    process.StandardInput.Close();
                }
                catch (IOException)
                {
                    // It ended before it read all.
                }
                process.WaitForExit();
                if (process.ExitCode == 0)
                    return output.Result.Trim();
            }
            catch (Win32Exception)
            {
                // No such program.
            }
        }
        Console.WriteLine($"skipped: no Python that runs {script} (FACEBIAS_PYTHON names one)");
        return null;
    }
}
