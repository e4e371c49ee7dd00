using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Onnx.Tests.Training;
using FaceBias.Onnx.Training;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Runtime;

public class DeviceTransferTests
{
    /// <summary>The processor's own memory stands in for a device's: the way is the same.</summary>
    [Fact]
    public void Tensors_of_any_rank_arrive_and_come_back()
    {
        using var options = OrtEnvironment.Options(1);
        using var transfer = new DeviceTransfer(
            options, new OrtMemoryInfo("Cpu", OrtAllocatorType.DeviceAllocator, 0, OrtMemType.Default));
        foreach (var shape in new long[][] { [], [5], [2, 3], [2, 1, 3, 4] })
        {
            using var host = new TensorBuffer("host", DataType.Float, shape);
            foreach (ref var value in host.Span<float>())
                value = Random.Shared.NextSingle();
            using var device = transfer.Allocate("device", shape);
            using var back = new TensorBuffer("back", DataType.Float, shape);
            transfer.Copy(host.Value, device.Value);
            transfer.Copy(device.Value, back.Value);
            Assert.Equal(host.Span<float>().ToArray(), back.Span<float>().ToArray());
        }
    }

    [Fact]
    public void Without_a_GPU_training_on_one_is_a_sentence_that_says_what_is_missing()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidia0"), "this machine has a GPU");
        var network = Networks.LabCnn(2, 32);
        var e = Assert.Throws<FaceBiasException>(() => new FaceBias.Onnx.Training.TrainingSession(
            network.Model, "loss", [.. network.Parameters], new Sgd(),
            new TrainingSessionOptions { Device = ExecutionDevice.Cuda }));
        Assert.Contains("CUDA 13", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }
}
