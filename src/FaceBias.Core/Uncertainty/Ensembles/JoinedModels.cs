using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Opsets;
using FaceBias.Primitives.Hashing;
using Google.Protobuf;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Uncertainty.Ensembles;

/// <summary>Several trained models as one that averages their predictive distributions (deep ensembles,
/// Lakshminarayanan et al. 2017). Members on the same backbone share it; different ones are joined as
/// <see cref="JoinedBackbone"/> does, so that pictures are decoded once.</summary>
internal sealed class JoinedModels
{
    private readonly IReadOnlyList<(string Name, ModelProto Model)> _members;
    private readonly ModelMetadata[] _metadata;
    private readonly List<string> _notices = [];
    private readonly Dictionary<string, string[]> _distributions = [];

    private JoinedModels(IReadOnlyList<(string Name, ModelProto Model)> members)
    {
        _members = members;
        _metadata = [.. members.Select(m => ModelMetadata.Read(m.Model, m.Name))];
        foreach (var (i, metadata) in _metadata.Index().Skip(1))
            RequireSame(members[i].Name, metadata);
        var (backbone, parts) = Backbone();
        Width = parts.Max(p => p.End);
        var g = new GraphBuilder("heads");
        g.Model.OpsetImport[0].Version = OpsetConverter.OpsetOf(backbone);
        g.Input(BackboneMetadata.Features, DataType.Float, "N", Width);
        var targets = Average(g, Enumerable.Range(0, members.Count).Select(m => AddHeads(g, m, parts[m])).ToArray());
        KeepPictureOutputs(g);
        Model = ModelExport.Join(backbone, g.Model, _metadata[0] with
        {
            Targets = targets,
            Input = ModelInput.From(Shape()),
            Backbone = string.Join('+', _metadata.Select(m => m.Backbone).Distinct()),
            WeightsLicence = string.Join("; ", _metadata.Select(m => m.WeightsLicence).Distinct()),
            Note = $"{_metadata[0].Note} The mean of {members.Count} models.",
        });
    }

    /// <summary>From pixels to the averaged answers.</summary>
    public ModelProto Model { get; }

    /// <summary>Features per row that its heads take.</summary>
    public int Width { get; }

    /// <summary>Whether all members share the backbone of the first, and its features.</summary>
    public bool SharesBackbone { get; private set; }

    /// <summary>What disagrees: the distributions of the members, fitted already.</summary>
    public IUncertaintyWrapper Disagreement => new ModelEnsemble(_distributions);

    /// <summary>What was assumed or left out, one sentence each.</summary>
    public IReadOnlyList<string> Notices => _notices;

    /// <param name="members">At least two whole models with what to call them; the first one lends its outputs about
    /// whole pictures.</param>
    /// <exception cref="FaceBiasException">They answer different questions, or cannot be joined.</exception>
    public static JoinedModels Of(IReadOnlyList<(string Name, ModelProto Model)> members) => new(members);

    private void RequireSame(string name, ModelMetadata other)
    {
        static string Names(ModelMetadata m) => string.Join(", ", m.Targets.Select(t => $"'{t.Name}'").Order());
        var (first, own) = (_members[0].Name, _metadata[0]);
        if (Names(own) != Names(other))
            throw new FaceBiasException(
                $"'{first}' predicts {Names(own)} and '{name}' predicts {Names(other)}; only models of the same "
                    + "targets can be averaged.");
        foreach (var target in own.Targets)
            if ((target, other.Targets.First(t => t.Name == target.Name)) switch
            {
                (CategoricalOutput a, CategoricalOutput b) => !a.Classes.SequenceEqual(b.Classes),
                (var a, var b) => a.GetType() != b.GetType(),
            })
                throw new FaceBiasException(
                    $"'{target.Name}' is {Kind(target)} in '{first}' and "
                        + $"{Kind(other.Targets.First(t => t.Name == target.Name))} in '{name}'; only models of the "
                        + "same classes can be averaged.");
        if (other.Input.Width * own.Input.Height != other.Input.Height * own.Input.Width
            || other.Input.Fit != own.Input.Fit)
            throw new FaceBiasException(
                $"'{name}' takes pictures of {other.Input.Width} x {other.Input.Height} ({other.Input.Fit}) and "
                    + $"'{first}' of {own.Input.Width} x {own.Input.Height} ({own.Input.Fit}); one model can average "
                    + "them only where their pictures have one shape.");
    }

    private static string Kind(OutputSpec target) =>
        target is CategoricalOutput c ? string.Join('/', c.Classes) : "a number";

    private ImageSpec Shape() => _metadata.MaxBy(m => m.Input.Width)!.Input.ToSpec();

    /// <summary>The joined backbone, and where in its features those of each member are.</summary>
    private (ModelProto Backbone, (int Start, int End)[] Parts) Backbone()
    {
        var (distinct, starts) = (new List<(Backbone Backbone, ModelProto Model)>(), new Dictionary<string, int>());
        var parts = new (int Start, int End)[_members.Count];
        for (var m = 0; m < _members.Count; m++)
        {
            var (name, model) = _members[m];
            var width = WholeModelHeads.Width(model);
            if (width == 0)
                throw new FaceBiasException(
                    $"The model of '{name}' has no heads as 'facebias train' makes them, so it cannot be averaged "
                        + "with others.");
            var body = WholeModelHeads.BackboneOf(model);
            var key = Sha256.Of($"{OpsetConverter.OpsetOf(body)} {Sha256.Of(body.Graph.ToByteArray())}");
            if (!starts.TryGetValue(key, out var start))
            {
                starts[key] = start = distinct.Sum(p => p.Backbone.FeatureCount);
                var called = _metadata[m].Backbone;
                if (distinct.Exists(p => p.Backbone.Name == called))
                    called += $"-{m + 1}";
                distinct.Add((new(called, "", _metadata[m].Input.ToSpec(), width, key, CanonicalFile.FixedBatch(body),
                    [], "", _metadata[m].WeightsLicence), body));
            }
            parts[m] = (start, start + width);
        }
        SharesBackbone = distinct.Count == 1;
        if (SharesBackbone)
            return (distinct[0].Model, parts);
        var size = Shape();
        for (var m = 0; m < _members.Count; m++)
            if (_metadata[m].Input.Width != size.Width)
                _notices.Add(
                    $"'{_members[m].Name}' takes pictures of {_metadata[m].Input.Width} x {_metadata[m].Input.Height}; "
                        + $"the graph makes them of {size.Width} x {size.Height}, so that its answers may differ a "
                        + "little from those of its own file.");
        return (JoinedBackbone.Build(string.Join('+', distinct.Select(p => p.Backbone.Name)), distinct), parts);
    }

    /// <summary>Adds the heads of a member on its part of the features.</summary>
    /// <returns>The distribution of each target.</returns>
    private Dictionary<string, string> AddHeads(GraphBuilder g, int member, (int Start, int End) part)
    {
        var (name, model) = _members[member];
        var heads = WholeModelHeads.Take(model, part.End - part.Start);
        var layers = HeadLayers.Of(heads, ModelEnsemble.Called);
        string Own(string value) => $"{member}/{value}";
        var features = part == (0, Width) ? BackboneMetadata.Features
            : g.Add("Gather", [BackboneMetadata.Features,
                g.Constant([.. Enumerable.Range(part.Start, part.End - part.Start).Select(i => (long)i)])],
                [("axis", 1L)]);
        var graph = OpsetConverter.Convert(heads, (int)g.Model.OpsetImport[0].Version)
            .Rename(value => value == BackboneMetadata.Features ? features : Own(value)).Graph;
        g.Graph.Node.Add(graph.Node);
        g.Graph.Initializer.Add(graph.Initializer);
        return _metadata[member].Targets.ToDictionary(t => t.Name, t => t is CategoricalOutput ? Own(t.Name)
            : HeadLayers.Mean(g, [.. Enumerable.Range(0, layers.Members)
                .Select(m => HeadLayers.Softmax(g, Own(layers.Last(t.Name, m).Logits)))]));
    }

    private OutputSpec[] Average(GraphBuilder g, Dictionary<string, string>[] each)
    {
        return [.. _metadata[0].Targets.Select(target =>
        {
            string[] distributions = [.. each.Select(e => e[target.Name])];
            if (target is NumericOutput)
            {
                var (common, maps) = ValueGrid.Common([.. _metadata.Select(
                    m => (NumericOutput)m.Targets.First(t => t.Name == target.Name))]);
                distributions = [.. distributions.Select((d, m) => maps[m] is not { } map ? d
                    : g.Add("MatMul", d, g.Constant(map, map.Length / common.Bins, common.Bins)))];
                target = common;
            }
            _distributions[target.Name] = distributions;
            HeadGraph.AddAnswer(g, target, HeadLayers.Mean(g, distributions));
            return target;
        })];
    }

    /// <summary>What the first model says about a picture as a whole holds of the average too; what it says about its
    /// own answers does not.</summary>
    private void KeepPictureOutputs(GraphBuilder g)
    {
        var outputs = UncertaintyOutput.Read(_members[0].Model);
        UncertaintyOutput[] kept = [.. outputs.Where(o => o.Target is null)], left = [.. outputs.Except(kept)];
        foreach (var output in kept)
            g.Output(g.Add("Identity", [$"0/{output.Name}"], [], output.Name), DataType.Float, "N", output.Width);
        UncertaintyOutput.Write(g.Model, kept);
        if (left.Length > 0)
            _notices.Add($"{string.Join(", ", left.Select(o => o.Name))} of '{_members[0].Name}' "
                + $"{(left.Length == 1 ? "is" : "are")} left out: they are about its own answers and not the average's.");
    }
}

/// <summary>Where whole models disagree, as <see cref="LastLayers.Ensemble"/> has it of networks within one.</summary>
/// <param name="Distributions">For each target the distribution [N, K] of each model in the graph.</param>
internal sealed record ModelEnsemble(IReadOnlyDictionary<string, string[]> Distributions) : IUncertaintyWrapper
{
    public const string Called = "ensemble";

    public string Name => Called;

    public void AddTo(UncertainModel model)
    {
        foreach (var target in model.Targets)
        {
            var each = Distributions[target.Name];
            LastLayers.Disagreement.Of(model, target, each, Name, 1, $"{each.Length} trainings");
        }
    }
}
