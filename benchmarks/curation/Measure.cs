using System.Globalization;

namespace FaceBias.Benchmarks.Curation;

/// <summary>Ways to do the same side by side, in turns, by the processor time of this process, which a busy machine
/// does not change much.</summary>
internal static class Measure
{
    private const int Rounds = 5;

    /// <summary>Best rate of each way per second of processor time; the first round warms up.</summary>
    public static double[] InTurns(int count, params (string Name, Action Run)[] ways)
    {
        var best = new double[ways.Length];
        for (var round = 0; round <= Rounds; round++)
        {
            for (var w = 0; w < ways.Length; w++)
            {
                var start = Environment.CpuUsage.TotalTime;
                ways[w].Run();
                if (round > 0)
                    best[w] = Math.Max(best[w], count / (Environment.CpuUsage.TotalTime - start).TotalSeconds);
            }
        }
        for (var w = 0; w < ways.Length; w++)
            Console.WriteLine($"{ways[w].Name}: {best[w]:N0} per core-second (best of {Rounds}; "
                + $"{best[w] / best[0]:0.00} of the first; {1e6 / best[w]:N0} µs each)");
        return best;
    }
}
