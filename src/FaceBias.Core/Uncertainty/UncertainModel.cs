using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Uncertainty;

/// <summary>Heads on features that tell, beside their predictions, what they do not know: a graph from <c>features</c>
/// [N, D] to one output per target, to which wrappers add named outputs. <see cref="Heads"/> replaces the heads of a
/// whole model (<see cref="WholeModelHeads"/>), so that one file gives everything in one pass.</summary>
public sealed class UncertainModel
{
    private const int Batch = 256;

    private readonly List<UncertaintyOutput> _outputs;

    /// <summary>Wraps nothing yet.</summary>
    /// <param name="heads">From unscaled <c>features</c> to one named output per target; unchanged.</param>
    internal UncertainModel(ModelProto heads, IReadOnlyList<OutputSpec> targets, FittingRows rows)
    {
        (Heads, Targets, Rows) = (heads.Clone(), targets, rows);
        _outputs = [.. UncertaintyOutput.Read(Heads)];
    }

    /// <summary>The heads with everything that was added. Wrappers change it.</summary>
    internal ModelProto Heads { get; }

    /// <summary>The targets.</summary>
    internal IReadOnlyList<OutputSpec> Targets { get; }

    /// <summary>What wrappers are fitted on.</summary>
    internal FittingRows Rows { get; }

    /// <summary>What was added.</summary>
    public IReadOnlyList<UncertaintyOutput> Outputs => _outputs;

    /// <summary>Sentences for the user: what a wrapper measured or assumed.</summary>
    public IList<string> Notices { get; } = [];

    /// <summary>A new model with one more wrapper; this one stays as it is.</summary>
    /// <exception cref="FaceBiasException">The wrapper is there already, or cannot be fitted.</exception>
    public UncertainModel With(IUncertaintyWrapper wrapper)
    {
        ArgumentNullException.ThrowIfNull(wrapper);
        if (_outputs.Exists(o => o.Wrapper == wrapper.Name))
            throw new FaceBiasException($"The model has '{wrapper.Name}' already; name each wrapper once.");
        var next = new UncertainModel(Heads, Targets, Rows);
        foreach (var notice in Notices)
            next.Notices.Add(notice);
        wrapper.AddTo(next);
        UncertaintyOutput.Write(next.Heads, next._outputs);
        return next;
    }

    /// <summary>Makes a value of the graph, float32 [N, width], a named output.</summary>
    /// <param name="output">What it is; its name must be new.</param>
    /// <param name="value">The value in <see cref="Heads"/>.</param>
    internal void AddOutput(UncertaintyOutput output, string value)
    {
        if (Heads.Graph.Output.Any(o => o.Name == output.Name))
            throw new FaceBiasException($"The model has an output '{output.Name}' already; rename the target.");
        var g = new GraphBuilder(Heads);
        g.Output(g.Add("Identity", [value], [], output.Name), DataType.Float, "N", output.Width);
        _outputs.Add(output);
    }

    /// <summary>Lets an output be computed by something else from what it was: a calibration, for example.</summary>
    /// <param name="change">Adds nodes; takes the value as it was and returns what it is from now on.</param>
    internal void ReplaceOutput(string output, Func<GraphBuilder, string, string> change)
    {
        var before = new GraphBuilder(Heads).Unique(output + "_before");
        foreach (var node in Heads.Graph.Node)
        {
            for (var i = 0; i < node.Output.Count; i++)
                if (node.Output[i] == output)
                    (node.Output[i], node.Name) = (before, before);
            for (var i = 0; i < node.Input.Count; i++)
                if (node.Input[i] == output)
                    node.Input[i] = before;
        }
        var g = new GraphBuilder(Heads);
        g.Add("Identity", [change(g, before)], [], output);
    }

    /// <summary>Values of the graph for some rows, in their order: one array per value, row-major [rows,
    /// width].</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="values">Outputs, or values within, each float32 [N, width].</param>
    internal IReadOnlyList<float[]> Run(IReadOnlyList<int> rows, params IReadOnlyList<string> values)
    {
        var graph = Heads.Clone();
        graph.Graph.Output.Clear();
        // Their types are found by the runtime.
        graph.Graph.Output.Add(
            values.Select(v => Heads.Graph.Output.FirstOrDefault(o => o.Name == v)?.Clone()
                ?? new ValueInfoProto { Name = v }));
        graph.Graph.RemoveUnused();
        using var session = new OnnxSession(graph, new OnnxSessionOptions { Threads = Rows.Threads });
        using var batch = session.CreateBatch(Batch);
        var results = new float[values.Count][];
        for (var start = 0; start < rows.Count; start += Batch)
        {
            Rows.Cancel.ThrowIfCancellationRequested();
            var count = Math.Min(Batch, rows.Count - start);
            var input = batch.Input<float>(BackboneMetadata.Features);
            for (var i = 0; i < count; i++)
                Rows.Features(rows[start + i]).CopyTo(input[(i * Rows.Width)..]);
            batch.Run();
            for (var v = 0; v < values.Count; v++)
            {
                var output = batch.Output<float>(values[v]);
                var width = output.Length / Batch;
                results[v] ??= new float[(long)rows.Count * width];
                output[..(count * width)].CopyTo(results[v].AsSpan(start * width));
            }
        }
        return rows.Count == 0 ? [.. values.Select(_ => Array.Empty<float>())] : results;
    }
}
