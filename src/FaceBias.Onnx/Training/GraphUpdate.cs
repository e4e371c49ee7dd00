using FaceBias.Onnx.Gradients;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Training;

/// <summary>Moves parameters along their gradients by nodes of a graph: on a device, where all of them stay.</summary>
internal sealed class GraphUpdate : IUpdateRuleVisitor
{
    private Expression[] _scalars = [];
    private Expression[] _state = [];
    private Expression _parameter;
    private Expression _gradient;

    /// <summary>The graph input of one of the optimizer's scalars.</summary>
    public static string ScalarInput(string name) => $"optimizer/{name}";

    /// <summary>Adds the nodes; state, scalars and averages become inputs, and everything's next values outputs.
    /// Nothing changes in a step in which <paramref name="condition"/> is false.</summary>
    public static (List<TrainingGraph.Variable> Parameters, List<TrainingGraph.Variable> States) Add(
        Backward b, IReadOnlyCollection<string> trainable, IReadOnlyList<Expression> gradients, Optimizer optimizer,
        string? condition = null)
    {
        var g = b.Builder;
        // Where the condition does not hold, what was is what will be.
        Expression Or(Expression next, Expression was) =>
            condition is null ? next : next with { Name = g.Add("Where", condition, next.Name, was.Name) };
        var visitor = new GraphUpdate
        {
            _scalars = [.. optimizer.ScalarNames.Select(
                s => new Expression(b, g.Input(ScalarInput(s), DataType.Float), DataType.Float, []))],
        };
        if (optimizer.ClipNorm > 0)
            gradients = Clipped(gradients, optimizer.ClipNorm);
        List<TrainingGraph.Variable> parameters = [], states = [];
        foreach (var (name, gradient) in trainable.Zip(gradients))
        {
            var whole = b.Value(name);
            var parameter = whole.Reshape(gradient.Shape);
            object[] dims = [.. gradient.Shape.Cast<object>()];
            var stateNames = optimizer.StateNames.Select(s => TrainingGraph.State(name, s)).ToArray();
            var state = stateNames.Select(s => parameter with { Name = g.Input(s, DataType.Float, dims) }).ToArray();
            var group = optimizer.Group?.Invoke(name) ?? new ParameterGroup();
            (visitor._parameter, visitor._gradient, visitor._state) = (parameter, gradient, state);
            optimizer.Accept(group, visitor);
            var next = visitor._parameter;
            parameters.Add(new TrainingGraph.Variable(name, Publish(Or(next.Reshape(whole.Shape), whole)),
                whole.Shape));
            for (var i = 0; i < state.Length; i++)
                states.Add(new TrainingGraph.Variable(stateNames[i], Publish(Or(visitor._state[i], state[i])),
                    gradient.Shape));
            if (optimizer.EmaDecay > 0)
            {
                var average = parameter with { Name = g.Input(TrainingGraph.Average(name), DataType.Float, dims) };
                var mixed = average * optimizer.EmaDecay + next * (1 - optimizer.EmaDecay);
                states.Add(new TrainingGraph.Variable(average.Name, Publish(Or(mixed, average)), gradient.Shape));
            }
        }
        return (parameters, states);
    }

    /// <summary>Makes a value an output.</summary>
    public static string Publish(Expression value)
    {
        value.Graph.Builder.Output(value.Name, DataType.Float, [.. value.Shape.Cast<object>()]);
        return value.Name;
    }

    void IUpdateRuleVisitor.Visit<TRule>(TRule rule)
    {
        var (next, first, second) =
            rule.Next(_parameter, _gradient, _state.ElementAtOrDefault(0), _state.ElementAtOrDefault(1), _scalars);
        (_parameter, _state) = (next, [.. new[] { first, second }.Take(_state.Length)]);
    }

    private static Expression[] Clipped(IReadOnlyList<Expression> gradients, double limit)
    {
        var g = gradients[0].Graph.Builder;
        var squares = gradients.Select(x => g.Add("ReduceSumSquare", [x.Name], [("keepdims", 0L)])).ToArray();
        var square = gradients[0] with { Name = g.Add("Sum", squares), Shape = [] };
        var scale = square.Scalar(limit) / (square.Map("Sqrt") + 1e-6);
        scale = scale.With("Min", scale.Scalar(1));
        return [.. gradients.Select(x => x * scale)];
    }
}
