using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;

namespace FaceBias.Core.Tests.Explaining;

/// <summary>A model that is a function of the picture: a number, or the probability of the second of two
/// classes.</summary>
internal sealed class FunctionPredictor(int side, Func<float[], double> value, bool classes = false) : IPredictor
{
    private int _most;

    public string Name => "function";

    public ImageSpec? Image { get; } = new(side, side);

    public int RowLength => 3 * side * side;

    /// <summary>The most rows that were asked for at once.</summary>
    public int MostRows => _most;

    public IReadOnlyList<PredictorOutput> Outputs { get; } =
        [PredictorOutput.Of(classes ? new CategoricalOutput("badge", ["no", "yes"])
            : new NumericOutput("age", 0, 100, 101, "years"))];

    public IReadOnlyList<float[]> Predict(ReadOnlySpan<float> rows, int count,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        InterlockedMax(ref _most, count);
        var answers = new List<float>();
        for (var i = 0; i < count; i++)
        {
            var v = (float)value(rows.Slice(i * RowLength, RowLength).ToArray());
            answers.AddRange(classes ? [1 - v, v] : [v]);
        }
        return [[.. answers]];
    }

    public void Dispose()
    {
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var now = most; value > now && Interlocked.CompareExchange(ref most, value, now) != now; now = most)
        {
        }
    }
}
