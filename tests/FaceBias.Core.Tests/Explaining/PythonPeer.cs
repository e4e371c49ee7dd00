using System.Diagnostics;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Explaining;

/// <summary>Runs a script of Python's; the test skips where a package is absent.</summary>
internal static class PythonPeer
{
    /// <summary>Numbers that a script prints, one per line, for files that it gets.</summary>
    public static double[] Run(string packages, string script, params (string Name, float[] Values)[] inputs)
    {
        const string Python = "/usr/bin/python3";
        const int Absent = 77;
        var needs = $"needs Python with {packages}, as the peer to compare with";
        Assert.SkipUnless(File.Exists(Python), needs);
        var folder = TestPaths.NewFolder();
        foreach (var (name, values) in inputs)
            File.WriteAllBytes(Path.Combine(folder, name),
                System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray());
        var path = Path.Combine(folder, "peer.py");
        File.WriteAllText(path,
            $"import sys, os\nos.chdir(sys.argv[1])\ntry:\n    import {packages}\nexcept ImportError:\n    "
                + $"sys.exit({Absent})\n{script}");
        var (code, output, error) = Start(Python, [path, folder]);
        Assert.SkipWhen(code == Absent, needs);
        Assert.True(code == 0, error);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => double.Parse(l, System.Globalization.CultureInfo.InvariantCulture))];
    }

    private static (int Code, string Output, string Error) Start(string program, string[] arguments)
    {
        using var process =
            Process.Start(new ProcessStartInfo(program, arguments)
                { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
