using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Onnx.Runtime;

/// <summary>Creates ONNX Runtime sessions that are silent on stderr and fail with a sentence.</summary>
internal static class OrtEnvironment
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

    /// <summary>Bytes that a run on trial may take.</summary>
    private const uint TrialBytes = uint.MaxValue;

    private static readonly Lazy<bool> TrialMemory = new(RegisterTrialMemory);

    /// <summary>Options for a model of unknown origin: its memory is limited to 4 GB, and nothing is computed while
    /// loading.</summary>
    public static SessionOptions TrialOptions()
    {
        var options = Options(0, GraphOptimizationLevel.ORT_DISABLE_ALL);
        if (TrialMemory.Value)
            options.AddSessionConfigEntry("session.use_env_allocators", "1");
        return options;
    }

    private static bool RegisterTrialMemory()
    {
        using var arena = new OrtArenaCfg(TrialBytes, -1, -1, -1);
        OrtEnv.Instance().CreateAndRegisterAllocator(OrtMemoryInfo.DefaultInstance, arena);
        return true;
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

    /// <summary>Channels per block of the layout that the runtime's fastest convolutions use on this processor; 0 if it
    /// has none.</summary>
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

    private static FaceBiasException Refused(string what, OnnxRuntimeException e) =>
        new($"ONNX Runtime cannot run {what}: {RuntimeReason.Of(e)}.", e);

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
}
