using FaceBias.Onnx.Gradients;
using FaceBias.Onnx.Runtime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Training;

/// <summary>A training step as one ONNX graph. Inputs: the batch, dropout masks, and the parameters. Outputs: the loss,
/// what else is fetched, and the gradients, which <see cref="HostUpdate"/> follows; on a device the update is in the
/// graph as well, with the optimizer's scalars and state as further inputs, and the next value and state of each
/// parameter as outputs.</summary>
internal sealed class TrainingGraph
{
    // Less than this is done before a second thread has woken up.
    private const long FewestForThreads = 1 << 24;

    /// <summary>A value that a step reads and replaces.</summary>
    /// <param name="Input">Its graph input; parameters keep the name of their initializer.</param>
    /// <param name="Output">The graph output with its next value.</param>
    public sealed record Variable(string Input, string Output, long[] Shape, Place Place = Place.Step);

    /// <summary>What replaces a variable.</summary>
    public enum Place
    {
        /// <summary><see cref="TrainingGraph.Step"/>.</summary>
        Step,

        /// <summary><see cref="TrainingGraph.Update"/>.</summary>
        Update,

        /// <summary><see cref="HostUpdate"/>, in place.</summary>
        Host,
    }

    /// <summary>The scalar that is 0 in the first step after an update and 1 in the others: what was added up so
    /// far.</summary>
    public const string Keep = "accumulation/keep";

    public required ModelProto Step { get; init; }

    /// <summary>With accumulation on a device, the graph that moves the parameters by the accumulated gradients; else
    /// null.</summary>
    public required ModelProto? Update { get; init; }

    /// <summary>The forward graph alone, without dropout, parameters as inputs.</summary>
    public required ModelProto Forward { get; init; }

    /// <summary>The inputs that a batch consists of.</summary>
    public required IReadOnlyList<(string Name, DataType Type, long[] Shape)> Batch { get; init; }

    /// <summary>The outputs that are read: the loss first.</summary>
    public required IReadOnlyList<(string Name, DataType Type, long[] Shape)> Results { get; init; }

    /// <summary>Parameters, running statistics of batch norms, the optimizer's state, then accumulated
    /// gradients.</summary>
    public required IReadOnlyList<Variable> Variables { get; init; }

    /// <summary>For <see cref="HostUpdate"/>, per parameter the output of <see cref="Step"/> with its gradient, which
    /// may be shared and may have another shape of as many elements; empty if a graph makes the update.</summary>
    public required IReadOnlyList<(string Output, long[] Shape)> Gradients { get; init; }

    /// <summary>How many of the variables are parameters or statistics, and so belong to the model.</summary>
    public required int ModelVariables { get; init; }

    /// <summary>Threads that work on one operator; 0 for as many as the processor has cores. Of dense layers alone only
    /// as many as give the same as one.</summary>
    public required int Threads { get; init; }

    /// <summary>Bytes of what a step keeps of the forward pass for the gradients, of all weights, and of the gradients
    /// and the optimizer's state of the trained ones: most of what training takes.</summary>
    public required long Bytes { get; init; }

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
        FusedForward.Apply(forward, [loss, .. options.Fetch]);
        var facts = ValueFacts.Learn(forward);
        var initial = forward.Graph.Initializer.ToDictionary(t => t.Name);
        foreach (var name in trainable)
            if (!initial.TryGetValue(name, out var tensor))
                throw new FaceBiasException($"The model has no parameter '{name}' to train; check the name.");
            else if (tensor.DataType != (int)DataType.Float)
                throw new FaceBiasException(
                    $"The parameter '{name}' holds {(DataType)tensor.DataType} values; only float ones can be trained.");

        // Older models list their initializers among the inputs as well.
        var inputs = forward.Graph.Input.Where(i => !initial.ContainsKey(i.Name)).ToArray();
        forward.Graph.Input.Clear();
        forward.Graph.Input.Add(inputs);
        var results = new[] { loss }.Concat(options.Fetch).Distinct().ToArray();
        forward.Graph.Output.Clear();
        foreach (var name in results)
            forward.Graph.Output.Add(
                GraphBuilder.ValueInfo(name, facts.Type(name), [.. facts.Shape(name).Cast<object>()]));
        var step = forward.Clone();
        var g = new GraphBuilder(step);
        var statistics = options.BatchNorm == BatchNormMode.Training ? BatchStatistics.Lower(g, facts, trainable) : [];
        string[] free = [.. trainable, .. statistics.Select(s => s.Input)];
        FreeParameters(forward, free, facts);
        FreeParameters(step, free, facts);
        FrozenBatchNorm.Fold(g, facts);
        var masks = DropoutMasks.Lower(g, facts);
        var mixed = options.Precision == TrainingPrecision.Mixed;
        var block = options.Device == ExecutionDevice.Cpu && options.Blocked && !mixed ? OrtEnvironment.ChannelBlock
            : 0;
        var forwardNodes = g.Graph.Node.ToArray();
        var gradients = Gradient.Of(g, mixed ? MixedPrecision.ScaledLoss(g, facts, loss) : loss, trainable, facts,
            options.TuningCache is { } cache
            ? new ConvolutionTuner(cache, options.Threads) { Block = block }
            : new ConvolutionChoices { Block = block });
        foreach (var name in trainable)
            if (!gradients.ContainsKey(name))
                throw Gradient.EndOf(forward.Graph.Node, name, facts) is { } end
                    ? new FaceBiasException(
                        $"The parameter '{name}' cannot be trained: {end.OpType} (node '{end.Name}') lies between it "
                            + "and the loss and gives integers, which have no gradient; freeze the layers up to it, "
                            + "or use a model that is not quantised.", ErrorKind.Unsupported)
                    : new FaceBiasException(
                    $"The loss '{loss}' does not depend on the parameter '{name}'; leave it out of the training.");
        var kept = KeptBytes(forwardNodes, g.Graph, facts);
        foreach (var s in statistics)
            g.Output(s.Output, DataType.Float, [.. s.Shape.Cast<object>()]);
        var backward = new Backward(g, facts);
        var parameterGradients = trainable.Select(p => backward.Value(p) with { Name = gradients[p] }).ToArray();
        var onHost = options.Device == ExecutionDevice.Cpu && !options.UpdateInGraph && !mixed;
        string? condition = null;
        if (mixed)
            (parameterGradients, condition) = MixedPrecision.Unscale(backward, parameterGradients);
        ModelProto? update = null;
        List<Variable> parameters, states;
        List<(string, long[])> followed = [];
        if (options.AccumulationSteps > 1)
        {
            var accumulators = AddAccumulators(backward, trainable, [.. parameterGradients.Select(Flat)],
                options.AccumulationSteps);
            if (onHost)
            {
                followed = [.. accumulators.Select(a => (a.Output, a.Shape))];
                (parameters, states) = HostVariables(trainable, facts, optimizer);
            }
            else
            {
                (update, parameters, states) = SeparateUpdate(trainable, facts, accumulators, optimizer);
            }
            states = [.. states, .. accumulators];
        }
        else if (onHost)
        {
            followed = PublishGradients(backward, parameterGradients);
            (parameters, states) = HostVariables(trainable, facts, optimizer);
        }
        else
        {
            (parameters, states) = GraphUpdate.Add(backward, trainable, [.. parameterGradients.Select(Flat)], optimizer,
                condition);
        }
        if (mixed)
            MixedPrecision.Apply(g, facts);
        BlockedLayout.Apply(g, facts, block);
        // What was padded and then joined another way: the runtime would compute it.
        step.Graph.RemoveUnusedNodes();
        OrderResults(step.Graph);
        BlockedLayout.Apply(new GraphBuilder(forward), facts.Of(forward.Graph), block);
        return new TrainingGraph
        {
            Step = step,
            Update = update,
            Forward = forward,
            Batch = [.. inputs.Select(i => (i.Name, facts.Type(i.Name), facts.Shape(i.Name)))],
            Results = [.. results.Select(r => (r, facts.Type(r), facts.Shape(r))),
                .. mixed ? [(MixedPrecision.Finite, DataType.Float, (long[])[])]
                    : Array.Empty<(string, DataType, long[])>()],
            Gradients = followed,
            Variables = [.. parameters, .. statistics, .. states],
            ModelVariables = parameters.Count + statistics.Count,
            Threads = model.Graph.Node.Any(n => n.OpType is "Conv" or "ConvTranspose") ? options.Threads
                : DenseWork(inputs, trainable, facts) < FewestForThreads ? 1
                : DenseThreads.Most(step.Graph, facts,
                    options.Threads > 0 ? options.Threads : Environment.ProcessorCount),
            Bytes = kept + 4
                * (model.Graph.Initializer.Sum(t => t.ElementCount())
                    + inputs.Sum(i => Tensors.Count(facts.Shape(i.Name)))
                + trainable.Sum(p => Tensors.Count(facts.Shape(p)))
                    * (1 + optimizer.StateNames.Count() + (optimizer.EmaDecay > 0 ? 1 : 0))),
            Masks = masks,
            Scalars = onHost ? [] : [.. optimizer.ScalarNames.Select(GraphUpdate.ScalarInput)],
        };
    }

    /// <summary>Multiplications of a forward pass through dense layers.</summary>
    private static long DenseWork(ValueInfoProto[] inputs, IReadOnlyCollection<string> trainable, ValueFacts facts) =>
        inputs.Select(i => facts.Shape(i.Name)).Where(s => s.Length > 0).Select(s => s[0]).DefaultIfEmpty(1).Max()
            * trainable.Select(facts.Shape).Where(s => s.Length > 1).Sum(s => Tensors.Count(s));

    /// <summary>Puts the nodes whose results nothing else takes last, in reverse. The runtime goes back from such
    /// nodes, the last one first, to order its work: so the gradients of the last layer come first, and what each layer
    /// keeps for them is freed before the next. In the order of the file the gradients of the first layer would come
    /// first, and all activations and all of their gradients would be held until the end: twice the memory.</summary>
    private static void OrderResults(GraphProto graph)
    {
        var taken = graph.Node.SelectMany(GraphEditing.Inputs).ToHashSet();
        var nodes = graph.Node.ToLookup(n => n.Output.Any(taken.Contains));
        graph.Node.Clear();
        graph.Node.Add(nodes[true]);
        graph.Node.Add(nodes[false].Reverse());
    }

    /// <summary>The size of the values of the forward nodes that later ones take.</summary>
    private static long KeptBytes(NodeProto[] forward, GraphProto graph, ValueFacts facts)
    {
        // These give what they take under another shape, in the same place.
        var same = forward.Where(n => n.OpType is "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" or "Identity")
            .ToDictionary(n => n.Output[0], n => n.Input[0]);
        var given = forward.SelectMany(n => n.Output).ToHashSet();
        var own = new HashSet<NodeProto>(forward, ReferenceEqualityComparer.Instance);
        string Place(string value)
        {
            while (same.TryGetValue(value, out var source))
                value = source;
            return value;
        }

        return graph.Node.Where(n => !own.Contains(n)).SelectMany(n => n.Input).Where(given.Contains).Select(Place)
            .Distinct()
            .Sum(v => facts.TryShape(v) is { } shape ? Tensors.Count(shape) * (facts.Type(v) == DataType.Int64 ? 8 : 4)
                : 0);
    }

    /// <summary>The variable that holds the moving average of a parameter.</summary>
    public static string Average(string parameter) => $"{parameter}/average";

    /// <summary>A variable of the optimizer's state.</summary>
    public static string State(string parameter, string state) => $"{parameter}/{state}";

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
            model.Graph.Input.Add(
                GraphBuilder.ValueInfo(name, facts.Type(name), [.. facts.Shape(name).Cast<object>()]));
    }

    /// <summary>Adds each gradient, divided by the number of steps that are averaged, to what is kept of the steps
    /// before.</summary>
    private static List<Variable> AddAccumulators(
        Backward b, IReadOnlyCollection<string> trainable, IReadOnlyList<Expression> gradients, int steps)
    {
        var keep = new Expression(b, b.Builder.Input(Keep, DataType.Float), DataType.Float, []);
        return [.. trainable.Zip(gradients).Select(p =>
        {
            var (name, gradient) = p;
            var sum = gradient with
                { Name = b.Builder.Input($"{name}/accumulated", DataType.Float, [.. gradient.Shape.Cast<object>()]) };
            return new Variable(sum.Name, GraphUpdate.Publish(sum * keep + gradient * (1.0 / steps)), gradient.Shape);
        })];
    }

    private static (ModelProto Graph, List<Variable> Parameters, List<Variable> States) SeparateUpdate(
        IReadOnlyCollection<string> trainable, ValueFacts facts, List<Variable> accumulators, Optimizer optimizer)
    {
        var g = new GraphBuilder("update");
        foreach (var (name, shape) in trainable.Select(p => (p, facts.Shape(p)))
            .Concat(accumulators.Select(a => (a.Input, a.Shape))))
            g.Input(name, DataType.Float, [.. shape.Cast<object>()]);
        var updating = new Backward(g, facts);
        var sums = accumulators.Select(a => new Expression(updating, a.Input, DataType.Float, a.Shape)).ToArray();
        var (parameters, states) = GraphUpdate.Add(updating, trainable, sums, optimizer);
        return (g.Model, [.. parameters.Select(v => v with { Place = Place.Update })],
            [.. states.Select(v => v with { Place = Place.Update })]);
    }

    private static (List<Variable> Parameters, List<Variable> States) HostVariables(
        IReadOnlyCollection<string> trainable, ValueFacts facts, Optimizer optimizer)
    {
        static Variable OnHost(string name, long[] shape) => new(name, "", shape, Place.Host);
        return ([.. trainable.Select(p => OnHost(p, facts.Shape(p)))],
            [.. trainable.SelectMany(p => optimizer.StateNames.Select(s => State(p, s))
                .Concat(optimizer.EmaDecay > 0 ? [Average(p)] : []).Select(
                    s => OnHost(s, FlatShape(facts.Shape(p)))))]);
    }

    /// <summary>Makes the gradients outputs, before a last change of their shape, which would be a copy.</summary>
    private static List<(string Output, long[] Shape)> PublishGradients(Backward b, IEnumerable<Expression> gradients)
    {
        var graph = b.Builder.Graph;
        var reshapes = graph.Node.Where(n => n.OpType == "Reshape").ToDictionary(n => n.Output[0], n => n.Input[0]);
        var published = graph.Output.Select(o => o.Name).ToHashSet();
        return [.. gradients.Select(gradient =>
        {
            while (reshapes.TryGetValue(gradient.Name, out var source) && b.Facts.TryShape(source) is { } shape)
                gradient = gradient with { Name = source, Shape = shape };
            if (published.Add(gradient.Name))
                GraphUpdate.Publish(gradient);
            return (gradient.Name, gradient.Shape);
        })];
    }

    /// <summary>The runtime broadcasts from the last dimension on, and where that has one element on both sides it
    /// calls its kernel element by element: a hundred times slower for the kernels of 1x1 convolutions, which mobile
    /// networks mostly consist of. As a vector they take the fast way.</summary>
    private static long[] FlatShape(long[] shape) =>
        shape.Length > 1 && shape[^1] == 1 ? [Tensors.Count(shape)] : shape;

    private static Expression Flat(Expression gradient) => gradient.Reshape(FlatShape(gradient.Shape));
}
