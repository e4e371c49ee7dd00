using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Heads.Finetune;

/// <summary>Backbone and heads as one graph to be trained, and the way back to two models.</summary>
internal sealed class FinetuneNetwork
{
    private const string Prefix = "backbone/";

    private readonly ModelProto _backbone;
    private readonly FinetuneJob _job;
    private readonly float[] _mean;
    private readonly float[] _scale;
    private readonly Dictionary<string, int> _depth = [];

    private FinetuneNetwork(FinetuneJob job, ModelProto backbone)
    {
        (_job, _backbone) = (job, backbone);
        var heads = job.Heads.Graph.Initializer.ToDictionary(t => t.Name);
        (_mean, _scale) = (heads[HeadLayers.MeanName].ToFloats(), heads[HeadLayers.ScaleName].ToFloats());
        var layers = WeightedLayers.Of(backbone, BackboneMetadata.Features);
        if (layers.Count == 0)
            throw new FaceBiasException(
                $"'{job.Backbone.Name}' has no layer with weights to fine-tune; use ‹Finetune› head.");
        if (job.Options.Layers > layers.Count)
            throw new FaceBiasException(
                $"‹Finetune› last:{job.Options.Layers}: '{job.Backbone.Name}' has {layers.Count} layers with weights; "
                    + "give at most that, or all.");
        if (job.Backbone.FixedBatch is { } size)
            throw new FaceBiasException(
                $"'{job.Backbone.Name}' takes only batches of {size}, so it cannot be fine-tuned; export it with a "
                    + "batch size that may vary, or use ‹Finetune› head.");
        var trained = layers.TakeLast(job.Options.Layers > 0 ? job.Options.Layers : layers.Count).ToList();
        for (var i = 0; i < trained.Count; i++)
            foreach (var parameter in trained[i].Parameters)
                _depth[Prefix + parameter] = trained.Count - 1 - i;
        var parameters = trained.SelectMany(l => l.Parameters).ToList();
        if (trained.Count < layers.Count)
            Cut = NetworkCut.Before(backbone, BackboneMetadata.Features, parameters);
        var tail = Cut?.Tail ?? backbone.KeepOutputs(BackboneMetadata.Features);
        Inputs = [.. tail.Graph.Input.Select(i => Prefix + i.Name)];
        var g = new GraphBuilder(tail.Rename(name => Prefix + name));
        g.Graph.Output.Clear();
        var headParameters = HeadGraph.Layers(_mean.Length, job.HeadOptions, Outputs).SelectMany(l => l.Parameters)
            .Select(p => p.Name).ToList();
        foreach (var name in headParameters)
            g.Initializer(heads[name].Clone());
        TargetLosses.Add(g, Prefix + BackboneMetadata.Features, _mean, _scale, job.Targets, job.HeadOptions, job.Batch);
        Model = g.Model;
        Parameters = [.. parameters.Select(p => Prefix + p), .. headParameters];
        TrainedLayers = trained.Count;
        AllLayers = layers.Count;
    }

    /// <summary>The training graph: labels and the inputs of the tail in, the loss out.</summary>
    public ModelProto Model { get; }

    public IReadOnlyList<string> Parameters { get; }

    /// <summary>Numbers that are trained.</summary>
    public long ParameterCount =>
        Model.Graph.Initializer.Where(t => Parameters.Contains(t.Name)).Sum(t => t.ElementCount());

    /// <summary>Where the frozen layers end; null if all are trained.</summary>
    public NetworkCut? Cut { get; }

    /// <summary>The training graph's inputs for pictures, or for what the frozen layers make of them.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>Trained layers of the backbone.</summary>
    public int TrainedLayers { get; }

    /// <summary>All its layers with weights.</summary>
    public int AllLayers { get; }

    private IReadOnlyList<OutputSpec> Outputs => [.. _job.Targets.Select(t => t.Output)];

    /// <exception cref="FaceBiasException">The backbone has fewer layers, or cannot be cut or run in
    /// batches.</exception>
    public static FinetuneNetwork Build(FinetuneJob job) =>
        new(job, FinetunePhase.Resized(OnnxFile.Read(job.Backbone.OnnxPath), job.Backbone.Input));

    public TrainingSession CreateSession()
    {
        var session = new TrainingSession(Model, TargetLosses.Loss, [.. Parameters],
            new AdamW
            {
                WeightDecay = _job.Options.WeightDecay,
                ClipNorm = 1,
                EmaDecay = _job.Options.EmaDecay,
                Group = Group,
            },
            new TrainingSessionOptions
            {
                Seed = _job.HeadOptions.Seed,
                Threads = _job.Threads,
                BatchSize = _job.Batch,
                BatchNorm = _job.Options.BatchNorm,
                AccumulationSteps = _job.Options.AccumulationSteps,
                Device = _job.Device,
                Precision = _job.Options.Precision,
                Fetch = [.. Outputs.Select(o => o.Name)],
            });
        // It has the values now; a second copy of a large backbone would be held for the whole training.
        Model.Graph.Forget(Parameters);
        _backbone.Graph.Forget(_depth.Keys.Select(name => name[Prefix.Length..]));
        return session;
    }

    /// <summary>The whole model, pixels to predictions, with trained values.</summary>
    public ModelProto Finish(IReadOnlyDictionary<string, float[]> values, ModelMetadata metadata)
    {
        var backbone = _backbone.Clone();
        for (var i = 0; i < backbone.Graph.Initializer.Count; i++)
            if (backbone.Graph.Initializer[i] is var t && values.TryGetValue(Prefix + t.Name, out var trained))
                backbone.Graph.Initializer[i] = Tensors.Float(t.Name, trained, [.. t.Dims]);
        return ModelExport.Join(backbone, HeadGraph.ForInference(_mean, _scale, Outputs, values, _job.HeadOptions),
            metadata);
    }

    /// <summary>Lower layers have learnt what all pictures have in common and move least.</summary>
    private ParameterGroup Group(string name)
    {
        double? decay = Model.Graph.Initializer.First(t => t.Name == name).Dims.Count > 1 ? null : 0;
        return _depth.TryGetValue(name, out var depth)
            ? new ParameterGroup(_job.Options.BackboneLearningRateMultiplier * Math.Pow(_job.Options.LayerDecay, depth),
                decay)
            : new ParameterGroup(1, decay);
    }
}
