using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Uncertainty.LastLayers;

/// <summary>Temperature scaling (Guo, Pleiss, Sun, Weinberger 2017): probabilities become p^(1/T), normalised, with the
/// T that makes the log-loss of the validation rows smallest. For one network this is softmax(logits / T); for an
/// ensemble it calibrates what the average says (Rahaman and Thiery 2021). The most likely class stays the
/// same.</summary>
/// <remarks>Per group, the model has a T for each group of a column and, since the graph does not see groups, an output
/// per group beside the overall one. It makes the same picture's probability depend on the group that is said of the
/// person: where that is unlawful or unwanted, use the overall temperature.</remarks>
internal sealed record Temperature : IUncertaintyWrapper
{
    // Beyond these the probabilities are uniform or certain.
    private const double Lowest = 0.05, Highest = 20;

    // A temperature of fewer rows is noise.
    internal const int FewestRows = 50;

    public string Name => "temperature";

    /// <summary>The column whose groups get temperatures of their own too; null for none.</summary>
    public string? Group { get; init; }

    public void AddTo(UncertainModel model)
    {
        var groups = Group is null ? null
            : model.Rows.Groups.Concat(model.Rows.Targets).FirstOrDefault(t => t.Name == Group && t.Classes.Count > 0)
            ?? throw new FaceBiasException(
                $"The rows have no column of groups '{Group}' for temperatures; name one of {model.Rows.Groups.Select(t => t.Name).Quoted()}.");
        foreach (var target in model.Targets.OfType<CategoricalOutput>())
        {
            var labels = model.Rows.Labels(target.Name);
            int[] rows = [.. model.Rows.Validation.Where(r => !labels.IsMissing(r))];
            if (rows.Length < FewestRows)
                throw new FaceBiasException(
                    $"'temperature' needs at least {FewestRows} validation rows with '{target.Name}', and there are {rows.Length}; give more images, or leave it out.");
            var k = target.Classes.Count;
            var probabilities = model.Run(rows, target.Name)[0];
            double Fit(IReadOnlyList<int> which) =>
                Best([.. which.Select(i => (probabilities.AsMemory(i * k, k), labels.Codes[rows[i]]))]);
            var overall = Fit([.. Enumerable.Range(0, rows.Length)]);
            var g = new GraphBuilder(model.Heads);
            if (groups is not null)
                AddGroups(model, g, target, groups, rows, Fit, overall);
            var uncalibrated = target.Name;
            model.ReplaceOutput(target.Name, (graph, before) => Scaled(graph, uncalibrated = before, overall));
            model.AddOutput(
                new(UncertaintyOutput.NameOf(target.Name, "temperature"), target.Name, 1, Name,
                    UncertaintyKind.Aleatoric,
                FormattableString.Invariant($"Entropy, in nats, of the probabilities at temperature {overall:0.###}.")),
                RowMath.Entropy(new GraphBuilder(model.Heads), target.Name, k));
            model.Notices.Add(
                FormattableString.Invariant(
                    $"temperature: '{target.Name}' {overall:0.###}, from {rows.Length:N0} validation rows."));
        }
    }

    private void AddGroups(
        UncertainModel model, GraphBuilder g, CategoricalOutput target, Primitives.Tables.Target groups, int[] rows,
        Func<IReadOnlyList<int>, double> fit, double overall)
    {
        for (var c = 0; c < groups.Classes.Count; c++)
        {
            var group = c;
            int[] members = [.. Enumerable.Range(0, rows.Length).Where(i => groups.Codes[rows[i]] == group)];
            var few = members.Length < FewestRows;
            var temperature = few ? overall : fit(members);
            model.AddOutput(
                new($"{target.Name}_temperature_{Group}={groups.Classes[c]}", target.Name, target.Classes.Count, Name,
                    UncertaintyKind.Probability,
                FormattableString.Invariant(
                    $"Probabilities for {Group} {groups.Classes[c]}, at temperature {temperature:0.###}.")),
                    Scaled(g, target.Name, temperature));
            model.Notices.Add(
                FormattableString.Invariant(
                    $"temperature: '{target.Name}' of {Group} {groups.Classes[c]} {temperature:0.###}")
                + (few ? $": the overall one, for {members.Length} validation rows are too few." : $", from {members.Length:N0} validation rows."));
        }
        model.Notices.Add(
            $"temperature: with a temperature per '{Group}' the same picture gets another probability for another '{Group}'; that can be unlawful, and it needs the group to be known.");
    }

    /// <summary>p^(1/T), normalised, as a softmax of log p / T.</summary>
    private static string Scaled(GraphBuilder g, string probabilities, double temperature) =>
        Scaled(g, probabilities, g.Constant([(float)(1 / temperature)], 1, 1));

    /// <summary>The same at temperatures whose inverses are a value of the graph, [N or 1, 1].</summary>
    internal static string Scaled(GraphBuilder g, string probabilities, string inverse)
    {
        var logs = g.Add("Log", g.Add("Add", probabilities, g.Constant([1e-12f], 1, 1)));
        return HeadLayers.Softmax(g, g.Add("Mul", logs, inverse));
    }

    /// <summary>The temperature with the smallest log-loss of rows of probabilities.</summary>
    internal static double Best(IReadOnlyList<(Memory<float> Probabilities, int Label)> rows) =>
        Best([.. rows.Select(r => (Array.ConvertAll(r.Probabilities.ToArray(), p => Math.Log(p + 1e-12)), r.Label))]);

    /// <summary>The same of rows of logits, by golden section over its logarithm: the loss is convex in 1/T.</summary>
    internal static double Best(IReadOnlyList<(double[] Logits, int Label)> rows)
    {
        double Loss(double logarithm)
        {
            var (inverse, sum) = (Math.Exp(-logarithm), 0.0);
            foreach (var (logits, label) in rows)
            {
                var (top, total) = (double.NegativeInfinity, 0.0);
                foreach (var v in logits)
                    top = Math.Max(top, v * inverse);
                foreach (var v in logits)
                    total += Math.Exp(v * inverse - top);
                sum += Math.Log(total) + top - logits[label] * inverse;
            }
            return sum;
        }

        var ratio = (Math.Sqrt(5) - 1) / 2;
        var (low, high) = (Math.Log(Lowest), Math.Log(Highest));
        while (high - low > 1e-4)
        {
            var step = ratio * (high - low);
            if (Loss(high - step) < Loss(low + step))
                high = low + step;
            else
                low = high - step;
        }
        return Math.Exp((low + high) / 2);
    }
}
