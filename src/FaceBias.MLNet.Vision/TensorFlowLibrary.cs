using System.Runtime.InteropServices;

namespace FaceBias.MLNet.Vision;

/// <summary>TensorFlow's native library, which no package of ML.NET brings along.</summary>
internal static class TensorFlowLibrary
{
    /// <summary>What to do without it.</summary>
    public const string Missing =
        "TensorFlow's native library is not there: add the package SciSharp.TensorFlow.Redist (or "
            + "SciSharp.TensorFlow.Redist-Linux-GPU, -Windows-GPU) to your project where the feed has it, or train with "
            + "FaceBias's own engine, which needs none: FineTuneImageClassification takes the same options.";

    /// <summary>Looks for it where the binding does, before a static constructor of the binding fails for
    /// good.</summary>
    /// <exception cref="FaceBiasException">It is missing.</exception>
    public static void Require()
    {
        if (!NativeLibrary.TryLoad("tensorflow", typeof(TensorFlowLibrary).Assembly, null, out _))
            throw new FaceBiasException(Missing);
    }

    /// <summary>Whether an exception says that it, or a library that it needs, cannot be loaded.</summary>
    public static bool IsCause(Exception e) =>
        e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException
            || (e.InnerException is { } inner && IsCause(inner));
}
