using System.Diagnostics;
using System.Globalization;

namespace FaceBias.Benchmarks.Robustness;

/// <summary>Runs cases in a child process and counts what became of them.</summary>
internal static class Campaign
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static int Run(string kind, int count, int seed)
    {
        var counts = new int[3];
        var others = new List<string>();
        var watch = Stopwatch.StartNew();
        for (var next = 0; next < count;)
        {
            using var child = Start(kind, count, seed, next);
            var first = next;
            while (ReadLine(child) is { } line)
            {
                // INDEX KIND TEXT
                var parts = line.Split('\t', 3);
                if (parts.Length < 3 || !int.TryParse(parts[0], out var index)
                    || !Enum.TryParse<Kind>(parts[1], out var outcome))
                    continue;
                counts[(int)outcome]++;
                next = index + 1;
                if (outcome == Kind.Other)
                    others.Add($"case {index}: {parts[2].Replace("\\n", "\n  ", StringComparison.Ordinal)}");
            }
            if (!child.HasExited)
                child.Kill(entireProcessTree: true);
            child.WaitForExit();
            if (next >= count)
                break;
            counts[(int)Kind.Other]++;
            others.Add($"case {next}: the process "
                + $"{(child.ExitCode == 0 ? "stopped" : $"died with {child.ExitCode}")}, or took more than "
                + $"{Patience.TotalMinutes} minutes");
            next++;
        }
        foreach (var other in others.Take(20))
            Console.WriteLine(other);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kind}, seed {seed}: {count:N0} cases, {counts[0]:N0} ok, {counts[1]:N0} one sentence, {counts[2]:N0} "
                + $"other, in {watch.Elapsed.TotalSeconds:N0} s"));
        return counts[2] == 0 ? 0 : 1;
    }

    private static Process Start(string kind, int count, int seed, int from)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(Campaign).Assembly.Location);
        foreach (var argument in new[] { kind, $"{count}", $"{seed}", "--child", $"{from}" })
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static string? ReadLine(Process child)
    {
        var line = child.StandardOutput.ReadLineAsync();
        return line.Wait(Patience) ? line.Result : null;
    }
}
