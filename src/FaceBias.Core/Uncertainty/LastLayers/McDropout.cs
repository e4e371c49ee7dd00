using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Uncertainty.LastLayers;

/// <summary>Monte Carlo dropout (Gal and Ghahramani 2016): the heads with units left out at random, several times.
/// Every pass has masks of its own that are the same for all rows ("consistent" dropout; Kirsch, van Amersfoort, Gal
/// 2019), drawn once from the seed and kept in the graph: so the passes are thinned networks, the same on every machine
/// and for every batch, and one file runs them.</summary>
/// <remarks>Passes take the members of an ensemble in turn.</remarks>
internal sealed record McDropout : IUncertaintyWrapper
{
    public string Name => "mc-dropout";

    /// <summary>Forward passes of the heads.</summary>
    public int Passes { get; init; } = 20;

    /// <summary>Share of features left out, as in training.</summary>
    public double InputRate { get; init; } = 0.4;

    /// <summary>Share of hidden units left out, as in training.</summary>
    public double HiddenRate { get; init; } = 0.5;

    public void AddTo(UncertainModel model)
    {
        OptionRule.Require(Passes is >= 2 and <= 1000, "the passes of Monte Carlo dropout must be from 2 to 1000",
            Passes);
        OptionRule.Require(InputRate is >= 0 and < 1 && HiddenRate is >= 0 and < 1 && InputRate + HiddenRate > 0,
            "the rates of Monte Carlo dropout must be at least 0 and below 1, one of them above 0", HiddenRate);
        var layers = HeadLayers.Of(model.Heads, Name);
        var g = new GraphBuilder(model.Heads);
        var width = layers.Scaling.Mean.Length;
        var logits = model.Targets.ToDictionary(t => t.Name, _ => new List<string>());
        for (var pass = 0; pass < Passes; pass++)
        {
            var member = pass % layers.Members;
            var units = layers.Hidden(member).Bias.Length;
            var x = Thinned(g, layers.Scaled, width, InputRate, model.Rows.Seed, 0, pass);
            var hidden = Thinned(g, g.Add("Relu", DenseLayer.Add(g, x, HeadLayers.HiddenName(member))),
                units, HiddenRate, model.Rows.Seed, 1, pass);
            foreach (var target in model.Targets)
                logits[target.Name].Add(DenseLayer.Add(g, hidden, HeadLayers.LastName(target.Name, member)));
        }
        foreach (var target in model.Targets)
        {
            var mean = Disagreement.AddTo(model, target, logits[target.Name], Name, Passes,
                $"{Passes} passes with dropout");
            if (target is CategoricalOutput c)
            {
                model.AddOutput(
                    new($"{target.Name}_mc-dropout", target.Name, c.Classes.Count, Name, UncertaintyKind.Probability,
                    $"Probabilities averaged over {Passes} passes with dropout.", Passes), mean);
            }
        }
        model.Notices.Add($"mc-dropout: {Passes} passes of the heads for every prediction.");
    }

    private static string Thinned(GraphBuilder g, string x, int width, double rate, ulong seed, int layer, int pass)
    {
        if (rate == 0)
            return x;
        var mask = new float[width];
        DropoutMasks.Fill(mask, rate, seed, layer, pass);
        return g.Add("Mul", x, g.Constant(mask, 1, width));
    }
}
