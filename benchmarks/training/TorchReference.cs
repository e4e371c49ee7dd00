using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;

namespace FaceBias.Benchmarks.Training;

/// <summary>A batch and what PyTorch in float64 makes of it: the loss, and the gradient of each parameter.</summary>
internal sealed class TorchReference
{
    private readonly string _file;
    private readonly JsonNode _tables;
    private readonly float[] _pixels;
    private readonly long[] _labels;
    private readonly List<(string Name, long Count, int Rows, int Columns, long Offset)> _parameters;

    private TorchReference(string file)
    {
        _file = file;
        _tables = JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(file, ".json")))!;
        var pixels = _tables["input"]!.AsArray().Aggregate(1L, (a, d) => a * (long)d!);
        var labels = (int)_tables["labels"]!;
        (_pixels, _labels) = (Read<float>(0, pixels), Read<long>(pixels * sizeof(float), labels));
        var start = pixels * sizeof(float) + labels * sizeof(long);
        _parameters = [.. _tables["parameters"]!.AsArray().Select(p =>
        {
            int[] shape = [.. p!["shape"]!.AsArray().Select(d => (int)d!)];
            return ((string)p["name"]!, shape.Aggregate(1L, (a, d) => a * d), shape.Length == 2 ? shape[0] : 0,
                shape.Length == 2 ? shape[1] : 0,
                start + (long)p["offset"]! * 2 * sizeof(float));
        })];
    }

    /// <summary>Pictures in the batch.</summary>
    public int Batch => _labels.Length;

    /// <summary>The largest and the median error of PyTorch's own gradients in float32, where it was told.</summary>
    public (double Largest, double Median)? Rounding =>
        _tables["rounding"] is JsonArray r ? ((double)r[0]!, (double)r[1]!) : null;

    public static TorchReference Of(string name, string folder) => new(Path.Combine(folder, $"{name}.bin"));

    public void Delete()
    {
        File.Delete(_file);
        File.Delete(Path.ChangeExtension(_file, ".json"));
    }

    /// <summary>Relative errors (Frobenius norm) of our gradients. The exporter renames parameters, so they are
    /// recognised by their values, which are all different, as they are or transposed.</summary>
    public (List<(string Name, double Error)> Errors, string Summary) Compare(ModelProto model,
        IReadOnlyList<string> trained, int threads)
    {
        // The step is long enough for what the parameters were to be lost in it: only the gradient is left.
        const double Rate = 1e8;
        using var session = new TrainingSession(model, "loss", [.. trained], new Sgd(),
            new TrainingSessionOptions { Threads = threads, BatchSize = Batch });
        var input = model.Graph.Input.First(i => i.Name != "labels" && !trained.Contains(i.Name)).Name;
        _pixels.CopyTo(session.Input<float>(input));
        _labels.CopyTo(session.Input<long>("labels"));
        var before = trained.ToDictionary(p => p, p => session.GetParameter(p).ToArray());
        var loss = session.Step(Rate);
        var errors = new List<(string, double)>();
        var open = _parameters.ToList();
        var foreign = 0;
        foreach (var name in trained)
        {
            var values = before[name];
            var (found, turned) = Match(values, open);
            if (found.Name is null)
            {
                foreign++;
                continue;
            }
            open.Remove(found);
            var expected = Read<float>(found.Offset + found.Count * sizeof(float), found.Count);
            if (turned)
                expected = Transposed(expected, found.Rows, found.Columns);
            var after = session.GetParameter(name);
            double difference = 0, norm = 0;
            for (var i = 0; i < expected.Length; i++)
            {
                var gradient = ((double)values[i] - after[i]) / Rate;
                difference += Math.Pow(gradient - expected[i], 2);
                norm += (double)expected[i] * expected[i];
            }
            // The shift before a softmax or norm has no influence; what is left of its gradient is rounding.
            errors.Add((found.Name, norm < 1e-18 ? Math.Sqrt(difference) : Math.Sqrt(difference / norm)));
        }
        // A scale of one number is no weight here.
        var missing = open.Where(p => p.Count > 1).Select(p => p.Name).ToList();
        errors.Add(("loss", Math.Abs(loss - (double)_tables["loss"]!)
            / Math.Max(1, Math.Abs((double)_tables["loss"]!))));
        return (errors, $"{_parameters.Count - open.Count} of "
            + $"{_parameters.Count}{(missing.Count > 0 ? $", missing: {string.Join(", ", missing.Take(4))}" : "")}{(foreign > 0 ? $", {foreign} other constants" : "")}");
    }

    private ((string Name, long Count, int Rows, int Columns, long Offset) Found, bool Turned) Match(
        float[] values, List<(string Name, long Count, int Rows, int Columns, long Offset)> open)
    {
        foreach (var candidate in open.Where(p => p.Count == values.Length))
        {
            var theirs = Read<float>(candidate.Offset, candidate.Count);
            if (Same(values, theirs))
                return (candidate, false);
            if (candidate.Rows > 0 && Same(values, Transposed(theirs, candidate.Rows, candidate.Columns)))
                return (candidate, true);
        }
        return default;
    }

    private static bool Same(float[] a, float[] b)
    {
        for (var i = 0; i < a.Length; i++)
            if (Math.Abs(a[i] - b[i]) > 1e-4 * (Math.Abs(a[i]) + 1e-2))
                return false;
        return true;
    }

    private static float[] Transposed(float[] values, int rows, int columns)
    {
        var turned = new float[values.Length];
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++)
                turned[c * rows + r] = values[r * columns + c];
        return turned;
    }

    private T[] Read<T>(long offset, long count) where T : unmanaged
    {
        using var file = File.OpenRead(_file);
        file.Position = offset;
        var values = new T[count];
        file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
