using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Gradients;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Opsets;
using FaceBias.Onnx.Runtime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>A model's graph, extended by the score of one class or number as one value per picture, whose gradient can
/// be asked for.</summary>
/// <remarks>Of a classifier it is the score before the softmax or logistic function: its gradient does not vanish where
/// the model is sure (Selvaraju et al. 2017 take the same). Of a number that is the median of a distribution it is the
/// expectation of that distribution, since a median that is rounded has no gradient.</remarks>
internal sealed class DifferentiableScore
{
    private const int Opset = 13;
    private const string Value = "explained/score";

    private readonly GraphBuilder _graph;

    private DifferentiableScore(GraphBuilder graph, string input, string what, int batch)
    {
        (_graph, Input, Explained, Batch) = (graph, input, what, batch);
        Facts = ValueFacts.Learn(graph.Model);
    }

    /// <summary>The graph's input.</summary>
    public string Input { get; }

    /// <summary>What the score is: "score of female before the softmax".</summary>
    public string Explained { get; }

    /// <summary>Pictures per run.</summary>
    public int Batch { get; }

    public static string Score => Value;

    /// <summary>Shapes and types of all values.</summary>
    public ValueFacts Facts { get; }

    public ModelProto Model => _graph.Model;

    /// <summary>Extends a graph.</summary>
    /// <param name="answer">The answer; its model is not changed.</param>
    /// <param name="column">The class; below 0 for the class that the graph answers.</param>
    /// <param name="batch">Pictures per run, which must be fixed for a gradient.</param>
    public static DifferentiableScore Of(GraphAnswer answer, int column, int batch)
    {
        var (model, output, target, single) = answer;
        var copy = model.KeepOutputs(output);
        if (OpsetConverter.OpsetOf(copy) < Opset)
            copy = OpsetConverter.Convert(copy, GraphBuilder.Opset);
        if (copy.Graph.Input.Count(i => copy.Graph.Initializer.All(t => t.Name != i.Name)) is var inputs and not 1)
            throw new FaceBiasException(
                $"'{model.Graph.Name}' takes {inputs} inputs, and a heat map belongs to one picture; give constants "
                    + "for the others when it is imported ('facebias models import').");
        var input = copy.Graph.Input.First(i => copy.Graph.Initializer.All(t => t.Name != i.Name));
        input.Type.TensorType.Shape.Dim[0].DimValue = batch;
        // What the file says about shapes speaks of other batches.
        copy.Graph.ValueInfo.Clear();
        foreach (var described in copy.Graph.Output)
            described.Type?.TensorType?.Shape?.Dim.Clear();
        copy.Graph.Output.Clear();
        copy.Graph.Output.Add(new ValueInfoProto { Name = output });
        var g = new GraphBuilder(copy);
        var heads = Heads(copy, output, target);
        string score, what;
        if (target is NumericOutput number && heads.Count > 0)
        {
            var expectations = heads.Select(h => g.Add("MatMul", h.Output[0],
                g.Constant([.. Enumerable.Range(0, number.Bins).Select(i => (float)number.Value(i))], number.Bins, 1)));
            (score, what) = (Mean(g, [.. expectations]),
                $"{number.Name} as the expectation of the distribution whose median the model answers");
        }
        else if (target is CategoricalOutput classes)
        {
            var raw = heads.Count > 0 ? Mean(g, [.. heads.Select(h => h.Input[0])]) : output;
            var name = column < 0 ? "the predicted class" : classes.Classes[column];
            // The only score of two classes is that of one; the other has its opposite.
            var alone = heads is [{ OpType: "Sigmoid" }]
                || heads.Count == 0 && classes.Classes.Count == 2 && IsSingle(model, output);
            score = alone ? column >= 0 && column != single ? g.Add("Neg", raw) : raw
                : column < 0 ? Predicted(g, raw, classes.Classes.Count)
                    : g.Add("Gather", [raw, g.Constant((long)column)], [("axis", 1L)]);
            what = heads.Count == 0
                ? $"the model's own output for {name}" : $"score of {name} before the "
                    + $"{(alone ? "logistic function" : "softmax")}";
        }
        else
        {
            (score, what) = (output, $"{target?.Name ?? output} as the model answers it");
        }
        g.Add("Reshape", [score, g.Constant((long)batch)], [], Value);
        return new(g, input.Name, what, batch);
    }

    /// <summary>Adds the gradients of the scores by values and opens a session that gives them, the scores, and the
    /// values.</summary>
    public (OnnxSession Session, IReadOnlyDictionary<string, string> Gradients) Open(IReadOnlyList<string> by,
        int threads, IReadOnlyList<string>? alternatives = null)
    {
        var gradients = Differentiate(by, alternatives);
        foreach (var value in gradients.Values.Concat(by.Where(v => v != Input)).Append(Value).Distinct())
        {
            if (Model.Graph.Output.All(o => o.Name != value))
                _graph.Output(value, DataType.Float, [.. Facts.Shape(value).Cast<object>()]);
        }
        return (new OnnxSession(Model, new OnnxSessionOptions { Threads = threads }), gradients);
    }

    /// <summary>Adds the gradients of the sum of the scores, each of which depends on its own picture only.</summary>
    /// <exception cref="FaceBiasException">An operator has no gradient; the message names the methods that need
    /// none.</exception>
    public IReadOnlyDictionary<string, string> Differentiate(IReadOnlyList<string> by,
        IReadOnlyList<string>? alternatives = null)
    {
        var sum = _graph.Add("ReduceSum", [Value], [("keepdims", 0L)]);
        Facts.Set(sum, DataType.Float, []);
        alternatives ??= ["lime", "kernelshap", "occlusion", "rise"];
        try
        {
            var gradients = Gradient.Of(_graph, sum, by, Facts);
            if (by.FirstOrDefault(v => !gradients.ContainsKey(v)) is { } none)
                throw new FaceBiasException($"The score does not depend on '{none}' by any way that has a gradient");
            foreach (var (value, gradient) in gradients)
                Facts.Set(gradient, DataType.Float, Facts.Shape(value));
            return gradients;
        }
        catch (FaceBiasException e)
        {
            var reason = e.Message.Split("; freeze", 2)[0].TrimEnd('.').Replace("a trained parameter and the loss",
                "the picture and the answer", StringComparison.Ordinal);
            throw new FaceBiasException(
                $"{reason}. Use a method that needs the model's answers alone: {string.Join(", ", alternatives)}.", e);
        }
    }

    /// <summary>The nodes that make probabilities of scores, nearest to the output: one per member of an
    /// ensemble.</summary>
    private static List<NodeProto> Heads(ModelProto model, string output, OutputSpec? target)
    {
        if (target is null)
            return [];
        var producers = model.Graph.Node.SelectMany(n => n.Output.Select(o => (o, n))).Where(p => p.o.Length > 0)
            .ToDictionary(p => p.o, p => p.n);
        var (found, open, seen) = (new List<NodeProto>(), new Stack<string>([output]), new HashSet<string>());
        while (open.TryPop(out var value))
        {
            if (!seen.Add(value) || !producers.TryGetValue(value, out var node))
                continue;
            if (node.OpType is "Softmax" or "LogSoftmax" || node.OpType == "Sigmoid" && target is CategoricalOutput)
                found.Add(node);
            // Between logits and the answer there are no layers with weights of more than the head's own arithmetic.
            else if (node.OpType is "Identity" or "Cast" or "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" or "Mul"
                or "Add"
                || target is NumericOutput && node.OpType is "Floor" or "Sub" or "Div" or "Relu" or "MatMul")
                foreach (var i in node.Input)
                    open.Push(i);
        }
        // Any other way to the answer would go past them: then the answer itself is explained.
        return found.All(f => f.OpType == "Softmax" || f.OpType == found[0].OpType && target is CategoricalOutput)
            ? found : [];
    }

    private static bool IsSingle(ModelProto model, string output) =>
        model.Graph.Output.FirstOrDefault(o => o.Name == output)?.Type?.TensorType?.Shape?.Dim is { Count: 2 } d
            && d[1].DimValue == 1;

    private static string Mean(GraphBuilder g, string[] values) => values.Length == 1 ? values[0]
        : g.Add("Mul", values.Aggregate((a, b) => g.Add("Add", a, b)), g.Constant(1f / values.Length));

    /// <summary>The highest score of each row: a choice that carries no gradient, times the scores.</summary>
    private static string Predicted(GraphBuilder g, string scores, int classes)
    {
        var answered = g.Add("ArgMax", [scores], [("axis", 1L), ("keepdims", 1L)]);
        var all = g.Initializer(Tensors.Int64("", [.. Enumerable.Range(0, classes).Select(i => (long)i)], 1, classes));
        var chosen = g.Add("Cast", [g.Add("Equal", answered, all)], [("to", (long)DataType.Float)]);
        return g.Add("ReduceSum", [g.Add("Mul", scores, chosen), g.Constant(1L)], [("keepdims", 0L)]);
    }
}
