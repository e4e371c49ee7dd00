using FaceBias.Onnx.Gradients;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Training;

/// <summary>
/// A training step as one ONNX graph. Inputs: the batch, dropout masks, the optimizer's scalars, and for each parameter
/// its value and state. Outputs: the loss, what else is fetched, and the next value and state of each parameter.
/// </summary>
internal sealed class TrainingGraph
{
    /// <summary>A value that a step reads and replaces.</summary>
    /// <param name="Input">Its graph input; parameters keep the name of their initializer.</param>
    /// <param name="Output">The graph output with its next value.</param>
    /// <param name="Shape">Its dimensions.</param>
    /// <param name="InUpdate">Whether <see cref="Update"/> replaces it and not <see cref="Step"/>.</param>
    public sealed record Variable(string Input, string Output, long[] Shape, bool InUpdate = false);

    /// <summary>The scalar that is 0 in the first step after an update and 1 in the others: what was added up so far.</summary>
    public const string Keep = "accumulation/keep";

    /// <summary>The graph of a step.</summary>
    public required ModelProto Step { get; init; }

    /// <summary>With accumulation, the graph that moves the parameters by the accumulated gradients; else null, as
    /// <see cref="Step"/> does it.</summary>
    public required ModelProto? Update { get; init; }

    /// <summary>The forward graph alone, without dropout, parameters as inputs.</summary>
    public required ModelProto Forward { get; init; }

    /// <summary>The inputs that a batch consists of.</summary>
    public required IReadOnlyList<(string Name, DataType Type, long[] Shape)> Batch { get; init; }

    /// <summary>The outputs that are read: the loss first.</summary>
    public required IReadOnlyList<(string Name, DataType Type, long[] Shape)> Results { get; init; }

    /// <summary>Parameters, running statistics of batch norms, the optimizer's state, then accumulated gradients.</summary>
    public required IReadOnlyList<Variable> Variables { get; init; }

    /// <summary>How many of the variables are parameters or statistics, and so belong to the model.</summary>
    public required int ModelVariables { get; init; }

    /// <summary>The dropout masks.</summary>
    public required IReadOnlyList<DropoutMasks.Mask> Masks { get; init; }

    /// <summary>The optimizer's scalar inputs.</summary>
    public required IReadOnlyList<string> Scalars { get; init; }

    /// <summary>Builds the graph. The model itself stays as it is.</summary>
    public static TrainingGraph Build(
        ModelProto model, string loss, IReadOnlyCollection<string> trainable, Optimizer optimizer,
        TrainingSessionOptions options)
    {
        var forward = model.Clone();
        FixBatchSize(forward, options.BatchSize);
        var facts = ValueFacts.Learn(forward);
        var initial = forward.Graph.Initializer.ToDictionary(t => t.Name);
        foreach (var name in trainable)
            if (!initial.TryGetValue(name, out var tensor))
                throw new FaceBiasException($"The model has no parameter '{name}' to train; check the name.");
            else if (tensor.DataType != (int)DataType.Float)
                throw new FaceBiasException($"The parameter '{name}' holds {(DataType)tensor.DataType} values; only float ones can be trained.");

        // Older models list their initializers among the inputs as well.
        var inputs = forward.Graph.Input.Where(i => !initial.ContainsKey(i.Name)).ToArray();
        forward.Graph.Input.Clear();
        forward.Graph.Input.Add(inputs);
        var results = new[] { loss }.Concat(options.Fetch).Distinct().ToArray();
        forward.Graph.Output.Clear();
        foreach (var name in results)
            forward.Graph.Output.Add(GraphBuilder.ValueInfo(name, facts.Type(name), [.. facts.Shape(name).Cast<object>()]));
        var step = forward.Clone();
        var g = new GraphBuilder(step);
        var statistics = options.BatchNorm == BatchNormMode.Training ? BatchStatistics.Lower(g, facts, trainable) : [];
        string[] free = [.. trainable, .. statistics.Select(s => s.Input)];
        FreeParameters(forward, free, facts);
        FreeParameters(step, free, facts);
        FrozenBatchNorm.Fold(g, facts);
        var masks = DropoutMasks.Lower(g, facts);
        var block = options.Device == ExecutionDevice.Cpu && options.Blocked ? OrtEnvironment.ChannelBlock : 0;
        var gradients = Gradient.Of(g, loss, trainable, facts, options.TuningCache is { } cache
            ? new ConvolutionTuner(cache, options.Threads) { Block = block } : new ConvolutionChoices { Block = block });
        foreach (var name in trainable)
            if (!gradients.ContainsKey(name))
                throw new FaceBiasException($"The loss '{loss}' does not depend on the parameter '{name}'; leave it out of the training.");
        foreach (var s in statistics)
            g.Output(s.Output, DataType.Float, [.. s.Shape.Cast<object>()]);
        var backward = new Backward(g, facts);
        var slopes = trainable.Select(p => ForUpdate(backward.Value(p) with { Name = gradients[p] })).ToArray();
        ModelProto? update = null;
        List<Variable> parameters, states;
        if (options.Accumulate > 1)
        {
            var accumulators = AddAccumulators(backward, trainable, slopes, options.Accumulate);
            var u = new GraphBuilder("update");
            foreach (var (name, shape) in trainable.Select(p => (p, facts.Shape(p))).Concat(accumulators.Select(a => (a.Input, a.Shape))))
                u.Input(name, DataType.Float, [.. shape.Cast<object>()]);
            var updating = new Backward(u, facts);
            var sums = accumulators.Select(a => new Expression(updating, a.Input, DataType.Float, a.Shape)).ToArray();
            (parameters, states) = AddUpdates(updating, trainable, sums, optimizer);
            parameters = [.. parameters.Select(v => v with { InUpdate = true })];
            states = [.. states.Select(v => v with { InUpdate = true }), .. accumulators];
            update = u.Model;
        }
        else
        {
            (parameters, states) = AddUpdates(backward, trainable, slopes, optimizer);
        }
        BlockedLayout.Apply(g, facts, block);
        BlockedLayout.Apply(new GraphBuilder(forward), facts, block);
        return new TrainingGraph
        {
            Step = step,
            Update = update,
            Forward = forward,
            Batch = [.. inputs.Select(i => (i.Name, facts.Type(i.Name), facts.Shape(i.Name)))],
            Results = [.. results.Select(r => (r, facts.Type(r), facts.Shape(r)))],
            Variables = [.. parameters, .. statistics, .. states],
            ModelVariables = parameters.Count + statistics.Count,
            Masks = masks,
            Scalars = [.. optimizer.ScalarNames.Select(ScalarInput)],
        };
    }

    /// <summary>The variable that holds the moving average of a parameter.</summary>
    public static string Average(string parameter) => $"{parameter}/average";

    private static string ScalarInput(string name) => $"optimizer/{name}";

    private static void FixBatchSize(ModelProto model, int size)
    {
        if (size <= 0)
            return;
        foreach (var dim in model.Graph.Input.SelectMany(i => i.Type.TensorType.Shape.Dim.Take(1)))
            if (dim.ValueCase != TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue)
                dim.DimValue = size;
    }

    /// <summary>Turns trained initializers into inputs.</summary>
    private static void FreeParameters(ModelProto model, IReadOnlyCollection<string> trainable, ValueFacts facts)
    {
        var kept = model.Graph.Initializer.Where(t => !trainable.Contains(t.Name)).ToArray();
        model.Graph.Initializer.Clear();
        model.Graph.Initializer.Add(kept);
        foreach (var name in trainable)
            model.Graph.Input.Add(GraphBuilder.ValueInfo(name, facts.Type(name), [.. facts.Shape(name).Cast<object>()]));
    }

    /// <summary>Adds each gradient, divided by the number of steps that are averaged, to what is kept of the steps before.</summary>
    private static List<Variable> AddAccumulators(
        Backward b, IReadOnlyCollection<string> trainable, IReadOnlyList<Expression> gradients, int steps)
    {
        var keep = new Expression(b, b.Builder.Input(Keep, DataType.Float), DataType.Float, []);
        return [.. trainable.Zip(gradients).Select(p =>
        {
            var (name, gradient) = p;
            var sum = gradient with { Name = b.Builder.Input($"{name}/accumulated", DataType.Float, [.. gradient.Shape.Cast<object>()]) };
            return new Variable(sum.Name, Publish(sum * keep + gradient * (1.0 / steps)), gradient.Shape);
        })];
    }

    private static (List<Variable> Parameters, List<Variable> States) AddUpdates(
        Backward b, IReadOnlyCollection<string> trainable, IReadOnlyList<Expression> gradients, Optimizer optimizer)
    {
        var g = b.Builder;
        var scalars = optimizer.ScalarNames.ToDictionary(s => s, s =>
            new Expression(b, g.Input(ScalarInput(s), DataType.Float), DataType.Float, []));
        if (optimizer.ClipNorm > 0)
            gradients = Clipped(gradients, optimizer.ClipNorm);
        List<Variable> parameters = [], states = [];
        foreach (var (name, gradient) in trainable.Zip(gradients))
        {
            var whole = b.Value(name);
            var parameter = whole.Reshape(gradient.Shape);
            object[] dims = [.. gradient.Shape.Cast<object>()];
            var stateNames = optimizer.StateNames.Select(s => $"{name}/{s}").ToArray();
            var state = stateNames.Select(s => parameter with { Name = g.Input(s, DataType.Float, dims) }).ToArray();
            var group = optimizer.Group?.Invoke(name) ?? new ParameterGroup();
            var (next, nextState) = optimizer.Update(parameter, gradient, state, scalars, group);
            parameters.Add(new Variable(name, Publish(next.Reshape(whole.Shape)), whole.Shape));
            for (var i = 0; i < state.Length; i++)
                states.Add(new Variable(stateNames[i], Publish(nextState[i]), gradient.Shape));
            if (optimizer.AverageDecay > 0)
            {
                var average = parameter with { Name = g.Input(Average(name), DataType.Float, dims) };
                var mixed = average * optimizer.AverageDecay + next * (1 - optimizer.AverageDecay);
                states.Add(new Variable(average.Name, Publish(mixed), gradient.Shape));
            }
        }
        return (parameters, states);
    }

    /// <summary>The runtime broadcasts from the last dimension on, and where that has one element on both sides it calls its
    /// kernel element by element: a hundred times slower for the kernels of 1x1 convolutions, which mobile networks
    /// mostly consist of. As a vector they take the fast way.</summary>
    private static Expression ForUpdate(Expression gradient) => gradient.Rank > 1 && gradient.Shape[^1] == 1
        ? gradient.Reshape(ValueFacts.Count(gradient.Shape)) : gradient;

    private static string Publish(Expression value)
    {
        value.Graph.Builder.Output(value.Name, DataType.Float, [.. value.Shape.Cast<object>()]);
        return value.Name;
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
