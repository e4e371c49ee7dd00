using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using FaceBias.Onnx.Graphs;
using FaceBias.Tests;
using static FaceBias.Onnx.Graphs.AttributeProto.Types;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Training;

/// <summary>Lets PyTorch run a graph of ours (torch_peer.py); the test skips where PyTorch is absent.</summary>
internal static class TorchPeer
{
    private static readonly Lazy<string?> Python = new(Find);

    /// <summary>Loss and, in float64, the gradients of the parameters at the given inputs.</summary>
    public static (double Loss, Dictionary<string, double[]> Gradients) Gradients(
        ModelProto model, string loss, IReadOnlyList<string> parameters, IReadOnlyDictionary<string, Array> inputs,
        bool training = false)
    {
        var (losses, values) =
            Run(model, loss, parameters, inputs, new JsonObject { ["kind"] = "gradients", ["training"] = training });
        return (losses[0], values);
    }

    /// <summary>The losses of training steps on one batch and the parameters after them.</summary>
    public static (double[] Losses, Dictionary<string, double[]> Parameters) Train(
        ModelProto model, string loss, IReadOnlyList<string> parameters, IReadOnlyDictionary<string, Array> inputs,
        int steps, string optimizer, JsonObject options, double clip = 0, bool training = false) =>
        Run(model, loss, parameters, inputs, new JsonObject
        {
            ["kind"] = "train",
            ["steps"] = steps,
            ["clip"] = clip,
            ["training"] = training,
            ["optimizer"] = new JsonObject { ["kind"] = optimizer, ["options"] = options },
        });

    /// <summary>Frobenius norm of the difference by that of the expected values.</summary>
    public static double RelativeError(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var difference = Math.Sqrt(expected.Zip(actual, (e, a) => (e - a) * (e - a)).Sum());
        var norm = Math.Sqrt(expected.Sum(e => e * e));
        // The bias of a layer before a batch norm has no influence; what is left of its gradient is rounding.
        return norm < 1e-9 ? difference : difference / norm;
    }

    private static (double[] Losses, Dictionary<string, double[]> Values) Run(
        ModelProto model, string loss, IReadOnlyList<string> parameters, IReadOnlyDictionary<string, Array> inputs,
        JsonObject job)
    {
        Assert.SkipUnless(Python.Value is not null, "needs Python with PyTorch, as the peer to compare with");
        var folder = TestPaths.NewFolder();
        var tensors = new JsonObject();
        using (var data = File.Create(Path.Combine(folder, "data.bin")))
        {
            foreach (var t in model.Graph.Initializer)
                Write(data, tensors, t.Name, t.DataType == (int)DataType.Float ? t.ToFloats() : t.ToInt64s(),
                    [.. t.Dims]);
            foreach (var input in model.Graph.Input)
                Write(data, tensors, input.Name, inputs[input.Name],
                    [.. input.Type.TensorType.Shape.Dim.Select(d => d.DimValue)]);
        }
        var nodes = new JsonArray([.. model.Graph.Node.Select(Node)]);
        File.WriteAllText(Path.Combine(folder, "graph.json"), new JsonObject
        {
            ["nodes"] = nodes,
            ["loss"] = loss,
            ["parameters"] = new JsonArray([.. parameters.Select(p => JsonValue.Create(p))]),
            ["tensors"] = tensors,
            ["job"] = job,
        }.ToJsonString());

        var script = Path.Combine(TestPaths.Repository, "tests", "FaceBias.Onnx.Tests", "Training", "torch_peer.py");
        var (code, output, error) = Start(Python.Value!, script, folder);
        Assert.True(code == 0, error);
        var losses = JsonNode.Parse(output.Split('\n').Last(l => l.StartsWith('{')))!["losses"]!.AsArray();
        var result = MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(Path.Combine(folder, "result.bin"))).ToArray();
        var values = new Dictionary<string, double[]>();
        var offset = 0;
        foreach (var p in parameters)
        {
            var count = (int)model.Graph.Initializer.First(t => t.Name == p).ElementCount();
            values[p] = result[offset..(offset += count)];
        }
        Directory.Delete(folder, recursive: true);
        return ([.. losses.Select(l => (double)l!)], values);
    }

    private static JsonNode Node(NodeProto node) => new JsonObject
    {
        ["op"] = node.OpType,
        ["inputs"] = new JsonArray([.. node.Input.Select(i => JsonValue.Create(i))]),
        ["outputs"] = new JsonArray([.. node.Output.Select(o => JsonValue.Create(o))]),
        ["attributes"] = new JsonObject(node.Attribute.Select(a => KeyValuePair.Create(a.Name, Value(a)))),
    };

    private static JsonNode? Value(AttributeProto a) => a.Type switch
    {
        AttributeType.Int => a.I,
        AttributeType.Float => a.F,
        AttributeType.String => a.S.ToStringUtf8(),
        AttributeType.Ints => new JsonArray([.. a.Ints.Select(i => JsonValue.Create(i))]),
        _ => throw new NotSupportedException(a.Type.ToString()),
    };

    private static void Write(Stream data, JsonObject tensors, string name, Array values, long[] shape)
    {
        tensors[name] = new JsonObject
        {
            ["type"] = values is float[] ? "f" : "i",
            ["shape"] = new JsonArray([.. shape.Select(d => JsonValue.Create(d))]),
            ["offset"] = data.Position,
        };
        data.Write(values is float[] f ? MemoryMarshal.AsBytes<float>(f) : MemoryMarshal.AsBytes<long>((long[])values));
        while (data.Position % 8 != 0)
            data.WriteByte(0);
    }

    private static string? Find()
    {
        foreach (var python in new[] { Environment.GetEnvironmentVariable("FACEBIAS_PYTHON"), "python3",
            "/usr/bin/python3" })
            try
            {
                if (python is not null && Start(python, "-c", "import torch, numpy").Code == 0)
                    return python;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // This one is not installed; the next may be.
            }
        return null;
    }

    private static (int Code, string Output, string Error) Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
            { RedirectStandardOutput = true, RedirectStandardError = true };
        // Two threads leave the other tests some room, and waiting ones must not spin in it.
        start.Environment["OMP_NUM_THREADS"] = 2.ToString(CultureInfo.InvariantCulture);
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
