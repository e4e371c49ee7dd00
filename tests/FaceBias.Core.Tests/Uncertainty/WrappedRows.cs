using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Uncertainty;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Uncertainty;

/// <summary>A small world to wrap: two clusters of features that overlap, a number that depends on them, and heads
/// trained on it.</summary>
internal sealed class WrappedRows
{
    public const int Width = 8, Count = 600;

    private static readonly Lazy<WrappedRows> s_two = new(() => new(2, 2)), s_one = new(() => new(3, 1));

    private WrappedRows(int classes, int members)
    {
        var random = new RandomSource(11).Stream("rows");
        Values = new float[Count * Width];
        var (codes, numbers, sites) = (new int[Count], new double[Count], new int[Count]);
        for (var i = 0; i < Count; i++)
        {
            codes[i] = random.NextInt(classes);
            sites[i] = random.NextInt(2);
            for (var d = 0; d < Width; d++)
                Values[i * Width + d] = (float)(random.NextNormal() + (d == codes[i] ? 2 : 0));
            numbers[i] = Math.Round(20 + 3 * Values[i * Width + 4] + random.NextNormal());
        }
        Labels = [Target.Of("kind", [.. Enumerable.Range(0, classes).Select(c => $"k{c}")], codes),
            Target.Of("age", numbers)];
        Rows = new()
        {
            Features = i => Values.AsSpan(i * Width, Width),
            Width = Width,
            LastLayer = Width,
            Train = [.. Enumerable.Range(0, 400)],
            Validation = [.. Enumerable.Range(400, 100)],
            Targets = Labels,
            Groups = [Target.Of("site", ["a", "b"], sites)],
            Threads = 1,
        };
        var options = new TrainOptions { Hidden = 16, Members = members, Epochs = 6, Dropout = 0.2, InputDropout = 0.1,
            LearningRate = 1e-2 };
        Trained = HeadTrainer.Train(Rows.Features, Width, Rows.Train, Rows.Validation,
            [.. Labels.Select(t => TrainingTarget.Create(t, Rows.Train, options))], options, 1);
        Model = new(Trained.Graph, Trained.Outputs, Rows);
    }

    /// <summary>Two classes, two members.</summary>
    public static WrappedRows Two => s_two.Value;

    /// <summary>Three classes, one member.</summary>
    public static WrappedRows One => s_one.Value;

    public float[] Values { get; }

    public IReadOnlyList<Target> Labels { get; }

    public FittingRows Rows { get; }

    public TrainedModel Trained { get; }

    public UncertainModel Model { get; }

    /// <summary>The rows that nothing was fitted on.</summary>
    public static int[] Test => [.. Enumerable.Range(500, 100)];
}
