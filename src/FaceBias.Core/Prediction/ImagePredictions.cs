using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;

namespace FaceBias.Core.Prediction;

/// <summary>Asks a predictor for many rows, a batch on every core.</summary>
internal static class ImagePredictions
{
    /// <summary>Predicts for picture files.</summary>
    /// <param name="receive">Takes the outputs of some files; one call at a time, in no fixed order of batches.</param>
    /// <returns>The files that cannot be read, with the reason.</returns>
    /// <exception cref="FaceBiasException">None of them can be read.</exception>
    public static IReadOnlyDictionary<int, string> Run(
        IPredictor predictor, IReadOnlyList<ImageFile> files, ParallelInference.Receive receive, int threads = 0,
        IProgress<StepProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var spec = predictor.Image
            ?? throw new ArgumentException($"'{predictor.Name}' takes features, not pictures.", nameof(predictor));
        var decoder = new ImageDecoder();
        var failures = new Dictionary<int, string>();
        var done = 0;
        Run(predictor, [.. Enumerable.Range(0, files.Count)],
            (i, pixels) => decoder.Decode(files[i].Path, spec, pixels).Problem,
            (indices, values) =>
            {
                receive(indices, values);
                done += indices.Length;
                progress?.Report(new StepProgress("predicting", done + failures.Count, files.Count, "images"));
            },
            (i, reason) => failures[i] = reason, threads, cancellationToken);
        return failures.Count < files.Count ? failures : throw new FaceBiasException(
            $"None of the {files.Count:N0} images can be read; the first: '{files[0].Id}': {failures[0]}.");
    }

    /// <summary>Predicts for rows that are decoded as they are needed.</summary>
    /// <param name="receive">Takes the outputs of some rows.</param>
    /// <param name="fail">Takes rows that cannot be read, with the reason.</param>
    internal static void Run(
        IPredictor predictor, IReadOnlyList<int> indices, ParallelInference.Decode decode,
        ParallelInference.Receive receive,
        Action<int, string> fail, int threads, CancellationToken cancellationToken) =>
        ParallelInference.Run(() => new Worker(predictor, cancellationToken), ParallelInference.BatchSize,
            predictor.RowLength, indices,
            decode, receive, fail, threads, cancellationToken);

    /// <summary>Always asks for whole batches, so that a picture's numbers do not depend on how many others there
    /// are.</summary>
    private sealed class Worker(IPredictor predictor, CancellationToken cancellationToken) : ParallelInference.IWorker
    {
        private readonly float[] _rows = new float[ParallelInference.BatchSize * predictor.RowLength];

        public Span<float> Input => _rows;

        public IReadOnlyList<float[]> Run(int count) =>
            [.. predictor.Predict(_rows, ParallelInference.BatchSize, cancellationToken)
            .Select((values, o) => count == ParallelInference.BatchSize ? values
                : values[..(count * predictor.Outputs[o].Width)])];

        public void Dispose() { }
    }
}
