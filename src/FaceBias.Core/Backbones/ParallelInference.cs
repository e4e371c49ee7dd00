using FaceBias.Core.Imaging;
using FaceBias.Onnx.Runtime;

namespace FaceBias.Core.Backbones;

/// <summary>Runs a model that takes pixels over many images: every core decodes its own batch straight into its own
/// pre-allocated input and then runs it on one thread. No core waits for another, and there is no queue to fill
/// memory.</summary>
internal static class ParallelInference
{
    /// <summary>Images per run of the model.</summary>
    public const int BatchSize = 16;

    /// <summary>Decodes one image into a batch.</summary>
    /// <param name="pixels">Where its values go: 3 x height x width.</param>
    /// <returns>Null, or the reason why it cannot be read.</returns>
    public delegate string? Decode(int index, Span<float> pixels);

    /// <summary>Receives the results of a batch. Called by one thread at a time, in no fixed order of
    /// batches.</summary>
    /// <param name="indices">The images that could be read.</param>
    /// <param name="outputs">For each output asked for, one row per image, one after the other.</param>
    public delegate void Receive(ReadOnlySpan<int> indices, IReadOnlyList<float[]> outputs);

    /// <summary>Runs the model over images.</summary>
    /// <param name="session">A model with one input [N, 3, H, W]; made with one thread.</param>
    /// <param name="outputs">Names of the outputs wanted, each [N, k].</param>
    /// <param name="fail">Takes the images that cannot be read, with the reason.</param>
    public static void Run(
        OnnxSession session, ImageSpec spec, IReadOnlyList<string> outputs, IReadOnlyList<int> indices,
        Decode decode, Receive receive, Action<int, string> fail, int threads, CancellationToken cancel) =>
        Run(session, spec.Length, outputs, indices, decode, receive, fail, threads, cancel);

    /// <summary>Runs a model over rows of <paramref name="length"/> floats.</summary>
    internal static void Run(
        OnnxSession session, int length, IReadOnlyList<string> outputs, IReadOnlyList<int> indices,
        Decode decode, Receive receive, Action<int, string> fail, int threads, CancellationToken cancel)
    {
        var size = session.Inputs[0].Shape[0] > 0 ? (int)session.Inputs[0].Shape[0] : BatchSize;
        Run(() => new SessionWorker(session, size, outputs), size, length, indices, decode, receive, fail, threads,
            cancel);
    }

    /// <summary>What one thread decodes into and runs.</summary>
    internal interface IWorker : IDisposable
    {
        /// <summary>Room for the rows of a batch.</summary>
        Span<float> Input { get; }

        /// <summary>Runs the whole batch and gives the outputs of its first rows.</summary>
        IReadOnlyList<float[]> Run(int count);
    }

    private sealed class SessionWorker(OnnxSession session, int size, IReadOnlyList<string> outputs) : IWorker
    {
        private readonly OnnxBatch _batch = session.CreateBatch(size, [.. outputs]);

        public Span<float> Input => _batch.Input<float>(session.Inputs[0].Name);

        public IReadOnlyList<float[]> Run(int count)
        {
            _batch.Run();
            return [.. outputs.Select(name =>
            {
                var values = _batch.Output<float>(name);
                return values[..(values.Length / size * count)].ToArray();
            })];
        }

        public void Dispose() => _batch.Dispose();
    }

    /// <summary>Runs whatever <paramref name="open"/> gives each thread, in batches of
    /// <paramref name="batchSize"/>.</summary>
    internal static void Run(
        Func<IWorker> open, int batchSize, int length, IReadOnlyList<int> indices,
        Decode decode, Receive receive, Action<int, string> fail, int threads, CancellationToken cancel)
    {
        var batches = (indices.Count + batchSize - 1) / batchSize;
        var next = -1;
        var gate = new Lock();
        var workers = Math.Min(threads > 0 ? threads : Environment.ProcessorCount, Math.Max(1, batches));
        var failures = new Exception?[workers];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);

        void Work(int worker)
        {
            try
            {
                using var own = open();
                var rows = new int[batchSize];
                int current;
                while (!stop.IsCancellationRequested && (current = Interlocked.Increment(ref next)) < batches)
                {
                    var pixels = own.Input;
                    var count = 0;
                    for (var i = current * batchSize; i < Math.Min(indices.Count, (current + 1) * batchSize); i++)
                    {
                        if (decode(indices[i], pixels.Slice(count * length, length)) is not { } reason)
                            rows[count++] = indices[i];
                        else
                            lock (gate)
                                fail(indices[i], reason);
                    }
                    if (count == 0)
                        continue;
                    var results = own.Run(count);
                    lock (gate)
                        receive(rows.AsSpan(0, count), results);
                }
            }
            catch (Exception e)
            {
                failures[worker] = e;
                stop.Cancel();
            }
        }

        // Threads of their own: the work is long and blocks, and the pool would add them only slowly.
        var running = Enumerable.Range(1, workers - 1).Select(w => new Thread(() => Work(w)) { IsBackground = true })
            .ToArray();
        foreach (var thread in running)
            thread.Start();
        Work(0);
        foreach (var thread in running)
            thread.Join();
        if (Array.Find(failures, f => f is not null) is { } failure)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        cancel.ThrowIfCancellationRequested();
    }
}
