using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;

namespace FaceBias.Core.Prediction;

/// <summary>A model that can be asked: rows of numbers in (pixels or features), one or more named outputs per
/// row.</summary>
public interface IPredictor : IDisposable
{
    /// <summary>What to call it in messages and reports: a file, or a name of the catalogue.</summary>
    string Name { get; }

    /// <summary>How a picture becomes a row; null where rows are features.</summary>
    ImageSpec? Image { get; }

    /// <summary>Numbers of a row: channels x height x width, or features.</summary>
    int RowLength { get; }

    /// <summary>What it gives for each row.</summary>
    IReadOnlyList<PredictorOutput> Outputs { get; }

    /// <summary>Predicts. Safe for several threads.</summary>
    /// <param name="rows"><paramref name="count"/> rows of <see cref="RowLength"/> numbers, laid end to end.</param>
    /// <param name="count">Number of rows; 0 gives empty arrays.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>One array per output, in the order of <see cref="Outputs"/>: row-major [count, width].</returns>
    /// <exception cref="ArgumentException"><paramref name="rows"/> are fewer or more numbers than that.</exception>
    /// <exception cref="FaceBiasException">The model cannot be run, or gives other widths than it says.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    IReadOnlyList<float[]> Predict(ReadOnlySpan<float> rows, int count, CancellationToken cancellationToken = default);
}

/// <summary>One output of a predictor.</summary>
/// <param name="Name">Its name, unique in the predictor.</param>
/// <param name="Width">Numbers per row.</param>
public sealed record PredictorOutput(string Name, int Width)
{
    /// <summary>The classes whose probabilities the numbers are; null where they are something else.</summary>
    public IReadOnlyList<string>? Classes => (Target as CategoricalOutput)?.Classes;

    /// <summary>What the numbers stand for: the probabilities of categories, or a number; null for others, such as
    /// features, <see cref="Novelty"/> or an uncertainty.</summary>
    internal OutputSpec? Target { get; init; }

    /// <summary>The output of a backbone's features.</summary>
    public const string Features = "features";

    /// <summary>How unlike the training pictures a picture is: 0 is usual, more than 1 is unlike them.</summary>
    public const string Novelty = "novelty";

    /// <summary>The output of a target of a model's metadata.</summary>
    internal static PredictorOutput Of(OutputSpec target) =>
        new(target.Name, PredictionColumns.Width(target)) { Target = target };
}
