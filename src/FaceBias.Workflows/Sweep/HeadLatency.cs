using System.Diagnostics;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;

namespace FaceBias.Workflows.Sweep;

/// <summary>How long a model takes for one image on one thread.</summary>
internal static class HeadLatency
{
    private const int Rounds = 30;

    /// <summary>The median of some runs in milliseconds, after a few to warm up.</summary>
    public static double Measure(ModelProto model, string input)
    {
        using var session = new OnnxSession(model, new OnnxSessionOptions { Threads = 1 });
        using var batch = session.CreateBatch(1);
        batch.Input<float>(input).Fill(0.5f);
        var times = new double[Rounds];
        for (var i = -5; i < Rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            batch.Run();
            if (i >= 0)
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(times);
        return times[Rounds / 2];
    }
}
