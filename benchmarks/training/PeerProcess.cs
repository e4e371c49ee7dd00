using System.Diagnostics;

namespace FaceBias.Benchmarks.Training;

/// <summary>Runs a script of this folder with a Python that has PyTorch.</summary>
internal static class PeerProcess
{
    /// <summary>Says what Python to start.</summary>
    public static ProcessStartInfo Python(string script, params IEnumerable<string> arguments)
    {
        var python = Environment.GetEnvironmentVariable("FACEBIAS_PYTHON")
            ?? (File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3");
        var start = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        // Waiting threads must sleep: they would otherwise slow down our next step.
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        return start;
    }

    /// <summary>Runs a script to its end and returns the lines that it wrote.</summary>
    public static string[] Lines(string script, params IEnumerable<string> arguments)
    {
        var start = Python(script, arguments);
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return process.ExitCode == 0 ? lines : throw new InvalidOperationException(
            $"{script} {string.Join(' ', arguments)} failed: {errors.Result.Trim().Split('\n')[^1]}");
    }
}
