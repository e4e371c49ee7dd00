using FaceBias.Core.Heads.Model;
using FaceBias.Core.Prediction;

namespace FaceBias.Workflows.Audit;

/// <summary>One output of a model, read so that it can be held against a label: its place among the outputs, what it
/// stands for, how its numbers become probabilities or a value, and the truth in the same terms.</summary>
internal sealed record BlackBoxOutput(int Index, OutputSpec Spec, Func<float[], float[]> Read, Column Truth)
{
    /// <summary>
    /// Reads an output. Of models that FaceBias did not train, classes that are ranges ("21-25", "61+") meet a numeric
    /// label by cutting it into them; classes that are whole numbers meet it by their expectation; the class that a
    /// model does not name is the label's other class.
    /// </summary>
    /// <param name="model">The model's name, for messages.</param>
    /// <param name="label">The label of the same name, a row per image.</param>
    /// <exception cref="FaceBiasException">Label and output cannot be brought together.</exception>
    public static BlackBoxOutput Of(string model, PredictorKind kind, int index, PredictorOutput output, Column label)
    {
        var name = output.Name;
        switch (output.Target)
        {
            case null:
                throw new FaceBiasException(
                    $"The model '{model}' gives '{name}' as {output.Width} numbers without classes, which no label "
                        + "can be held against: choose other ‹Targets›.");
            case NumericOutput number:
                return new(index, number, Same, label as NumberColumn ?? throw new FaceBiasException(
                    $"The model '{model}' gives the {name} as a number but the labels hold text such as "
                        + $"'{((TextColumn)label).Levels.FirstOrDefault()}'; label it with numbers."));
            case CategoricalOutput { Classes: [var named, var rest] }
                when kind == PredictorKind.Catalogue && rest == OnnxPredictor.Not + named:
                return Named(model, name, index, named, AsText(label));
        }
        var classes = ((CategoricalOutput)output.Target).Classes;
        if (label is NumberColumn numbers && kind != PredictorKind.FaceBias)
        {
            return classes.All(c => double.TryParse(c, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
                ? Expectation(name, index, classes, numbers)
                : new(index, output.Target, Same, Cut(model, name, classes, numbers));
        }
        return new(index, output.Target, Same, Match(model, name, classes, AsText(label)));
    }

    private static float[] Same(float[] values) => values;

    private static TextColumn AsText(Column label) => label as TextColumn ?? new Table([label]).Text(label.Name);

    private static BlackBoxOutput Expectation(string name, int index, IReadOnlyList<string> classes, NumberColumn label)
    {
        double[] at = [.. classes.Select(c => double.Parse(c, CultureInfo.InvariantCulture))];
        var spec = new NumericOutput(name, at.Min(), at.Max(), at.Length, name == "age" ? "years" : null);
        return new(index, spec, p =>
        {
            var values = new float[p.Length / at.Length];
            for (var row = 0; row < values.Length; row++)
            {
                double sum = 0, mass = 0;
                for (var k = 0; k < at.Length; k++)
                    (sum, mass) = (sum + (p[(row * at.Length) + k] * at[k]), mass + p[(row * at.Length) + k]);
                values[row] = (float)(sum / mass);
            }
            return values;
        }, label);
    }

    /// <summary>One class is named; the label's other class is the rest.</summary>
    private static BlackBoxOutput Named(string model, string name, int index, string named, TextColumn label)
    {
        string[] others = [.. Levels(label).Where(l => !l.Equals(named, StringComparison.OrdinalIgnoreCase))];
        if (others.Length != 1)
            throw new FaceBiasException(
                $"The model '{model}' gives '{name}' as the probability of '{named}', which fits labels of two "
                    + "classes with "
                + $"'{named}' among them; the labels have "
                + $"{Levels(label).Take(10).Quoted()}: choose other ‹Targets›.");
        string[] classes = [named, others[0]];
        return new(index, new CategoricalOutput(name, classes), Same, Match(model, name, classes, label));
    }

    /// <summary>A numeric label in the model's own ranges.</summary>
    private static TextColumn Cut(string model, string name, IReadOnlyList<string> ranges, NumberColumn label)
    {
        var edges = new double[ranges.Count];
        for (var i = 0; i < edges.Length; i++)
        {
            var from = ranges[i].Split('-', '+')[0];
            if (!double.TryParse(from, NumberStyles.Float, CultureInfo.InvariantCulture, out edges[i])
                || (i > 0 && edges[i] <= edges[i - 1]))
                throw new FaceBiasException(
                    $"The model '{model}' answers '{ranges[i]}' for '{name}', which cannot be held against the "
                        + "labels' numbers; choose other ‹Targets›.");
        }
        return new(label.Name,
            [.. label.Values.Select(v => double.IsNaN(v) ? -1 : Array.FindLastIndex(edges, e => e <= v))], [.. ranges]);
    }

    /// <summary>A label with the model's spelling of the classes.</summary>
    private static TextColumn Match(string model, string name, IReadOnlyList<string> classes, TextColumn label)
    {
        int[] place = [.. label.Levels.Select(l => Enumerable.Range(0, classes.Count).FirstOrDefault(
            k => classes[k].Equals(l.Trim(), StringComparison.OrdinalIgnoreCase), -1))];
        foreach (var code in label.Codes)
        {
            if (code >= 0 && place[code] < 0)
                throw new FaceBiasException(
                    $"The labels hold '{label.Levels[code]}' as {name}, but the model '{model}' answers "
                    + $"{classes.Take(10).Quoted()}; write the labels with these "
                    + "words or choose other ‹Targets›.");
        }
        return new(label.Name, [.. label.Codes.Select(c => c < 0 ? -1 : place[c])], [.. classes]);
    }

    private static IEnumerable<string> Levels(TextColumn column) =>
        column.Codes.Where(c => c >= 0).Distinct().Select(c => column.Levels[c]);
}
