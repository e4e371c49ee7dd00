namespace FaceBias.Core.Imaging;

/// <summary>Some pictures, decoded. Valid until the next batch is asked for.</summary>
/// <param name="Pixels">float32 [Rows.Count, 3, height, width], RGB planes of 0 to 255; zeros where a picture failed.</param>
/// <param name="Rows">The pictures' positions in the list given to the pipeline, ascending.</param>
/// <param name="Failures">Per picture why it could not be decoded, or null.</param>
public sealed record ImageBatch(Memory<float> Pixels, IReadOnlyList<int> Rows, IReadOnlyList<string?> Failures);

/// <summary>
/// Decodes pictures ahead of their consumer on all cores, into a small ring of batches that is allocated once: memory
/// stays the same for any number of pictures. Batches come in the order of the list, whatever thread was faster.
/// </summary>
public static class ImagePipeline
{
    /// <summary>Batches in the ring: one with the consumer, the others being filled.</summary>
    private const int RingSize = 4;

    /// <summary>Decodes every file of a list, in batches of <paramref name="batchSize"/> (the last may be smaller).
    /// Stopping early, by <c>break</c> or an exception, ends the threads.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="spec">The size that the model takes.</param>
    /// <param name="batchSize">Pictures in a batch, at least 1.</param>
    /// <param name="decoder">A decoder with options of its own.</param>
    /// <param name="threads">Number of decoding threads; 0 takes all cores.</param>
    /// <param name="cancel">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    public static IEnumerable<ImageBatch> Read(
        IReadOnlyList<string> paths, ImageSpec spec, int batchSize, ImageDecoder? decoder = null, int threads = 0, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        return Enumerate(paths, spec, batchSize, decoder ?? new ImageDecoder(), threads > 0 ? threads : Environment.ProcessorCount, cancel);
    }

    private static IEnumerable<ImageBatch> Enumerate(
        IReadOnlyList<string> paths, ImageSpec spec, int batchSize, ImageDecoder decoder, int threads, CancellationToken cancel)
    {
        using var ring = new Ring(paths, spec, batchSize, decoder, cancel);
        ring.Start(Math.Min(threads, Math.Max(paths.Count, 1)));
        while (ring.Next() is { } batch)
            yield return batch;
    }

    /// <summary>
    /// Threads take pictures in order; picture i belongs to batch i / size, batch b to slot b mod ring. A thread waits
    /// only for a slot whose earlier batch the consumer has not released, and every picture of that earlier batch was
    /// taken before, by a thread that is not waiting: so somebody can always go on.
    /// </summary>
    private sealed class Ring(IReadOnlyList<string> paths, ImageSpec spec, int batchSize, ImageDecoder decoder, CancellationToken cancel) : IDisposable
    {
        private readonly object _lock = new();
        private readonly Slot?[] _slots = new Slot?[RingSize];
        private readonly int _batches = (int)(((long)paths.Count + batchSize - 1) / batchSize);
        private readonly List<Thread> _threads = [];
        private CancellationTokenRegistration _registration;
        private Exception? _failure;
        private int _nextPicture;
        private int _released;
        private int _current = -1;
        private bool _stopped;

        public void Start(int threads)
        {
            _registration = cancel.Register(() => Stop(null));
            for (var t = 0; t < threads; t++)
            {
                var thread = new Thread(Work) { IsBackground = true, Name = "image decoder" };
                _threads.Add(thread);
                thread.Start();
            }
        }

        /// <summary>Releases the batch that the consumer had and waits for the next; null at the end.</summary>
        public ImageBatch? Next()
        {
            lock (_lock)
            {
                _released = ++_current;
                Monitor.PulseAll(_lock);
                if (_current == _batches)
                    return null;
                var index = _current % RingSize;
                while (!_stopped && (_slots[index] is not { } slot || slot.Batch != _current || slot.Remaining > 0))
                    Monitor.Wait(_lock);
                cancel.ThrowIfCancellationRequested();
                if (_failure is not null)
                    throw new InvalidOperationException("A decoding thread failed.", _failure);
                return _slots[index]!.ToBatch(spec);
            }
        }

        public void Dispose()
        {
            Stop(null);
            _threads.ForEach(t => t.Join());
            _registration.Dispose();
        }

        private void Stop(Exception? failure)
        {
            lock (_lock)
            {
                _stopped = true;
                _failure ??= failure;
                Monitor.PulseAll(_lock);
            }
        }

        private void Work()
        {
            try
            {
                while (Take(out var slot, out var picture))
                {
                    var position = picture % batchSize;
                    var pixels = slot.Pixels.AsSpan(position * spec.Length, spec.Length);
                    var result = decoder.Decode(paths[picture], spec, pixels);
                    if (!result.Ok)
                        pixels.Clear();
                    slot.Failures[position] = result.Problem;
                    lock (_lock)
                    {
                        if (--slot.Remaining == 0)
                            Monitor.PulseAll(_lock);
                    }
                }
            }
#pragma warning disable CA1031 // A fault on this thread is thrown again on the consumer's.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Stop(e);
            }
        }

        private bool Take(out Slot slot, out int picture)
        {
            lock (_lock)
            {
                slot = null!;
                picture = _nextPicture;
                if (_stopped || picture == paths.Count)
                    return false;
                _nextPicture++;
                var batch = picture / batchSize;
                while (!_stopped && batch - _released >= RingSize)
                    Monitor.Wait(_lock);
                if (_stopped)
                    return false;
                slot = _slots[batch % RingSize] ??= new(Math.Min(batchSize, paths.Count), spec.Length);
                if (slot.Batch != batch)
                    slot.Reset(batch, batch * batchSize, Math.Min(batchSize, paths.Count - batch * batchSize));
                return true;
            }
        }
    }

    private sealed class Slot(int size, int length)
    {
        public float[] Pixels { get; } = GC.AllocateUninitializedArray<float>(checked(size * length), pinned: true);

        public string?[] Failures { get; } = new string?[size];

        public int Batch { get; private set; } = -1;

        public int Remaining { get; set; }

        private int First { get; set; }

        private int Count { get; set; }

        public void Reset(int batch, int first, int count) => (Batch, First, Count, Remaining) = (batch, first, count, count);

        public ImageBatch ToBatch(ImageSpec spec) =>
            new(Pixels.AsMemory(0, Count * spec.Length), [.. Enumerable.Range(First, Count)], new ArraySegment<string?>(Failures, 0, Count));
    }
}
