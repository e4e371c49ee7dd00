using System.Text.RegularExpressions;
using FaceBias.Onnx.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Onnx.Runtime;

/// <summary>Creates ONNX Runtime sessions that are silent on stderr and fail with a sentence.</summary>
internal static partial class OrtEnvironment
{
    // Whatever the runtime would log as an error is also thrown, and is told to the user as a sentence.
    private const OrtLoggingLevel Silence = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;

    private static readonly Lock Gate = new();
    private static readonly Lazy<int> Block = new(ProbeChannelBlock);
    private static bool s_ready;

    /// <summary>Options with the given number of threads (0: as many as the processor has cores).</summary>
    public static SessionOptions Options(
        int threads, GraphOptimizationLevel level = GraphOptimizationLevel.ORT_ENABLE_ALL, bool spin = false)
    {
        Prepare();
        var options = new SessionOptions
        {
            LogSeverityLevel = Silence,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = level,
        };
        // Threads that wait sleep instead of spinning: the other cores are preparing the next batch.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", spin ? "1" : "0");
        return options;
    }

    /// <summary>Creates a session; <paramref name="what"/> names the model in the sentence of a failure.</summary>
    public static InferenceSession Create(byte[] model, SessionOptions options, string what)
    {
        Prepare();
        try
        {
            return new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw Refused(what, e);
        }
    }

    /// <summary>Channels per block of the layout that the runtime's fastest convolutions use on this processor; 0 if it has
    /// none.</summary>
    public static int ChannelBlock => Block.Value;

    /// <summary>Runs <paramref name="action"/> and turns a failure of the runtime into a sentence.</summary>
    public static T Guard<T>(string what, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (OnnxRuntimeException e)
        {
            throw Refused(what, e);
        }
    }

    /// <summary>What the runtime complained about, without its codes and source paths, on one line.</summary>
    internal static string Reason(OnnxRuntimeException e)
    {
        var text = Codes().Replace(e.Message, "");
        text = Blanks().Replace(text, " ").Trim().TrimEnd('.');
        return text.Length > 300 ? text[..300] + "..." : text;
    }

    private static FaceBiasException Refused(string what, OnnxRuntimeException e) =>
        new($"ONNX Runtime cannot run {what}: {Reason(e)}.", e);

    /// <summary>The runtime fills up the last block, which tells how many channels one has.</summary>
    private static int ProbeChannelBlock()
    {
        const string domain = "com.microsoft.nchwc";
        var g = new GraphBuilder("blocks");
        g.Input("x", TensorProto.Types.DataType.Float, 1, 4, 1, 1);
        g.Output(g.Add("ReorderInput", "x"), TensorProto.Types.DataType.Float);
        g.Graph.Node[0].Domain = domain;
        g.Graph.Output[0].Type.TensorType.Shape = null;
        g.Model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = 1 });
        using var options = Options(1);
        try
        {
            using var session = new InferenceSession(OnnxFile.ToBytes(g.Model), options);
            var channels = session.OutputMetadata.Values.Single().Dimensions[1];
            return channels is 4 or 8 or 16 ? channels : 0;
        }
        catch (OnnxRuntimeException)
        {
            return 0;
        }
    }

    private static void Prepare()
    {
        lock (Gate)
        {
            if (s_ready)
                return;
            if (!OrtEnv.IsCreated)
            {
                var options = new EnvironmentCreationOptions { logId = "facebias", logLevel = Silence };
                OrtEnv.CreateInstanceWithOptions(ref options);
            }
            s_ready = true;
        }
    }

    [GeneratedRegex(@"^\[ErrorCode:\w+\]\s*|/\S*\.(cc|h|cpp):\d+\s*|\S*onnxruntime::\S+\s*")]
    private static partial Regex Codes();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
