using System.Globalization;
using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Tables;

namespace FaceBias.Workflows.Audit;

/// <summary>
/// One output of somebody else's model, read so that it can be held against a label: the graph's output, what it stands for,
/// how its numbers become probabilities or a value, and the truth in the same terms.
/// </summary>
internal sealed record BlackBoxOutput(string Graph, OutputSpec Spec, Func<float[], float[]> Read, Column Truth)
{
    /// <summary>
    /// Reads an output of the catalogue. Classes that are ranges ("21-25", "61+") meet a numeric label by cutting it into them;
    /// classes that are whole numbers meet it by their expectation; a single number is the probability of the class that the
    /// catalogue names, and the label's other class is the rest.
    /// </summary>
    /// <param name="model">The model's name, for messages.</param>
    /// <param name="output">The output.</param>
    /// <param name="label">The label of the same name, a row per image.</param>
    /// <exception cref="FaceBiasException">Label and output cannot be brought together.</exception>
    public static BlackBoxOutput Of(string model, ModelOutput output, Column label)
    {
        if (output.Classes is not { } classes)
            return Single(model, output, label);
        if (label is NumberColumn numbers)
        {
            if (classes.All(c => double.TryParse(c, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
                return Expectation(output, classes, numbers);
            return new(output.Name, new CategoricalOutput(output.Name, classes), Same, Cut(model, output.Name, classes, numbers));
        }
        return new(output.Name, new CategoricalOutput(output.Name, classes), Same, Match(model, output.Name, classes, (TextColumn)label));
    }

    /// <summary>An output of a model that FaceBias trained.</summary>
    public static BlackBoxOutput Of(string model, OutputSpec spec, Column label) => spec is CategoricalOutput c
        ? new(spec.Name, spec, Same, Match(model, spec.Name, c.Classes, AsText(label)))
        : new(spec.Name, spec, Same, label as NumberColumn ?? throw new FaceBiasException(
            $"The model '{model}' gives the {spec.Name} as a number but the labels hold text such as '{((TextColumn)label).Levels.FirstOrDefault()}'; label it with numbers."));

    private static float[] Same(float[] values) => values;

    private static TextColumn AsText(Column label) => label as TextColumn ?? new Table([label]).Text(label.Name);

    private static BlackBoxOutput Expectation(ModelOutput output, IReadOnlyList<string> classes, NumberColumn label)
    {
        double[] at = [.. classes.Select(c => double.Parse(c, CultureInfo.InvariantCulture))];
        var spec = new NumericOutput(output.Name, at.Min(), at.Max(), at.Length, output.Name == "age" ? "years" : null);
        return new(output.Name, spec, p =>
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

    private static BlackBoxOutput Single(string model, ModelOutput output, Column label)
    {
        var named = output.Meaning.Split(' ')[^1];
        var text = AsText(label);
        string[] others = [.. Levels(text).Where(l => !l.Equals(named, StringComparison.OrdinalIgnoreCase))];
        if (!output.Meaning.StartsWith("probability of", StringComparison.Ordinal) || others.Length != 1)
            throw new FaceBiasException($"The model '{model}' gives '{output.Name}' as one number ({output.Meaning}), which fits labels of two classes with "
                + $"'{named}' among them; the labels have {string.Join(", ", Levels(text).Take(10).Select(l => $"'{l}'"))}: choose other --targets.");
        string[] classes = [named, others[0]];
        return new(output.Name, new CategoricalOutput(output.Name, classes), p => [.. p.SelectMany(x => new[] { x, 1 - x })],
            Match(model, output.Name, classes, text));
    }

    /// <summary>A numeric label in the model's own ranges.</summary>
    private static TextColumn Cut(string model, string name, IReadOnlyList<string> ranges, NumberColumn label)
    {
        var edges = new double[ranges.Count];
        for (var i = 0; i < edges.Length; i++)
        {
            var from = ranges[i].Split('-', '+')[0];
            if (!double.TryParse(from, NumberStyles.Float, CultureInfo.InvariantCulture, out edges[i]) || (i > 0 && edges[i] <= edges[i - 1]))
                throw new FaceBiasException(
                    $"The model '{model}' answers '{ranges[i]}' for '{name}', which cannot be held against the labels' numbers; choose other --targets.");
        }
        return new(label.Name, [.. label.Values.Select(v => double.IsNaN(v) ? -1 : Array.FindLastIndex(edges, e => e <= v))], [.. ranges]);
    }

    /// <summary>A label with the model's spelling of the classes.</summary>
    private static TextColumn Match(string model, string name, IReadOnlyList<string> classes, TextColumn label)
    {
        int[] place = [.. label.Levels.Select(l => Enumerable.Range(0, classes.Count).FirstOrDefault(
            k => classes[k].Equals(l.Trim(), StringComparison.OrdinalIgnoreCase), -1))];
        foreach (var code in label.Codes)
        {
            if (code >= 0 && place[code] < 0)
                throw new FaceBiasException($"The labels hold '{label.Levels[code]}' as {name}, but the model '{model}' answers "
                    + $"{string.Join(", ", classes.Take(10).Select(c => $"'{c}'"))}; write the labels with these words or choose other --targets.");
        }
        return new(label.Name, [.. label.Codes.Select(c => c < 0 ? -1 : place[c])], [.. classes]);
    }

    private static IEnumerable<string> Levels(TextColumn column) => column.Codes.Where(c => c >= 0).Distinct().Select(c => column.Levels[c]);
}
