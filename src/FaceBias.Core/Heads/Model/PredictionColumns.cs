using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Heads.Model;

/// <summary>Collects a model's outputs as the columns of a predictions table: for each categorical output <c>T</c> the
/// label, and <c>T_p_CLASS</c> for each class; for each numeric one <c>T</c>. Rows that were never set are
/// missing.</summary>
internal sealed class PredictionColumns
{
    private readonly IReadOnlyList<OutputSpec> _outputs;
    private readonly List<float[]> _values;

    /// <summary>Room for <paramref name="rows"/> images.</summary>
    public PredictionColumns(IReadOnlyList<OutputSpec> outputs, int rows)
    {
        _outputs = outputs;
        _values = [.. outputs.Select(o =>
        {
            var values = new float[(long)rows * Width(o)];
            Array.Fill(values, float.NaN);
            return values;
        })];
        RowCount = rows;
    }

    /// <summary>Number of images.</summary>
    public int RowCount { get; }

    /// <summary>Values per image of an output: its classes, or one.</summary>
    public static int Width(OutputSpec output) => output is CategoricalOutput c ? c.Classes.Count : 1;

    /// <summary>Sets the values of some images.</summary>
    /// <param name="outputs">For each output, one row per image.</param>
    public void Set(ReadOnlySpan<int> rows, IReadOnlyList<float[]> outputs)
    {
        for (var o = 0; o < _outputs.Count; o++)
        {
            var width = Width(_outputs[o]);
            for (var i = 0; i < rows.Length; i++)
                outputs[o].AsSpan(i * width, width).CopyTo(_values[o].AsSpan(rows[i] * width));
        }
    }

    /// <summary>The values of an output: one row per image, NaN where missing.</summary>
    public ReadOnlySpan<float> Values(int output) => _values[output];

    /// <summary>The columns for all images, or for those given.</summary>
    public IEnumerable<Column> ToColumns(IReadOnlyList<int>? rows = null)
    {
        rows ??= [.. Enumerable.Range(0, RowCount)];
        for (var o = 0; o < _outputs.Count; o++)
        {
            var values = _values[o];
            if (_outputs[o] is CategoricalOutput c)
            {
                var k = c.Classes.Count;
                yield return new TextColumn(c.Name, [.. rows.Select(r => Largest(values.AsSpan(r * k, k)))],
                    [.. c.Classes]);
                for (var j = 0; j < k; j++)
                {
                    var column = j;
                    yield return new NumberColumn($"{c.Name}_p_{c.Classes[j]}",
                        [.. rows.Select(r => (double)values[r * k + column])]);
                }
            }
            else
            {
                yield return new NumberColumn(_outputs[o].Name, [.. rows.Select(r => (double)values[r])]);
            }
        }
    }

    private static int Largest(ReadOnlySpan<float> values)
    {
        var best = -1;
        for (var i = 0; i < values.Length; i++)
            if (!float.IsNaN(values[i]) && (best < 0 || values[i] > values[best]))
                best = i;
        return best;
    }
}
