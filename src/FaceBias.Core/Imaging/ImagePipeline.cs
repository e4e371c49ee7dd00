namespace FaceBias.Core.Imaging;

/// <summary>Some pictures, ready for a model. Valid until the next batch is asked for.</summary>
/// <param name="Pixels">float32 [Rows.Count, 3, height, width], RGB planes of 0 to 255; zeros where a picture
/// failed.</param>
/// <param name="Rows">The pictures' positions in the list given to the pipeline, ascending.</param>
/// <param name="Failures">Per picture why it could not be prepared, or null.</param>
internal sealed record ImageBatch(Memory<float> Pixels, IReadOnlyList<int> Rows, IReadOnlyList<string?> Failures);

/// <summary>Writes one picture as planes R, G, B of values 0 to 255. Called by several threads at a time.</summary>
/// <returns>Null, or why there is no such picture.</returns>
internal delegate string? PreparePicture(int position, Span<float> pixels);

/// <summary>Prepares pictures ahead of their consumer on all cores, into a small ring of batches that is allocated
/// once: memory stays the same for any number of pictures. Batches come in the order of the list, whatever thread was
/// faster.</summary>
internal static class ImagePipeline
{
    /// <summary>Batches in the ring: one with the consumer, the others being filled.</summary>
    private const int RingSize = 4;

    /// <summary>Prepares every picture of a list, in batches of <paramref name="batchSize"/> (the last may be smaller).
    /// Stopping early, by <c>break</c> or an exception, ends the threads.</summary>
    /// <param name="spec">The size that the model takes.</param>
    /// <param name="batchSize">Pictures in a batch, at least 1.</param>
    /// <param name="prepare">Decodes one, and may change it.</param>
    public static IEnumerable<ImageBatch> Read(
        int count, ImageSpec spec, int batchSize, PreparePicture prepare, int threads = 0,
        CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        return Enumerate(count, spec, batchSize, prepare, threads > 0 ? threads : Environment.ProcessorCount, cancel);
    }

    private static IEnumerable<ImageBatch> Enumerate(
        int count, ImageSpec spec, int batchSize, PreparePicture prepare, int threads, CancellationToken cancel)
    {
        using var ring = new Ring(count, spec, batchSize, prepare, cancel);
        ring.Start(Math.Min(threads, Math.Max(count, 1)));
        while (ring.Next() is { } batch)
            yield return batch;
    }

    /// <summary>Threads take pictures in order; picture i belongs to batch i / size, batch b to slot b mod ring. A
    /// thread waits only for a slot whose earlier batch the consumer has not released, and every picture of that
    /// earlier batch was taken before, by a thread that is not waiting: so one of them can always continue.</summary>
    private sealed class Ring(int count, ImageSpec spec, int batchSize, PreparePicture prepare,
        CancellationToken cancel) : IDisposable
    {
        private readonly object _lock = new();
        private readonly Slot?[] _slots = new Slot?[RingSize];
        private readonly int _batches = (int)(((long)count + batchSize - 1) / batchSize);
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
                var thread = new Thread(Work) { IsBackground = true, Name = "pictures" };
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
                    throw new InvalidOperationException("A thread that prepares pictures failed.", _failure);
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
                    slot.Failures[position] = prepare(picture, pixels);
                    if (slot.Failures[position] is not null)
                        pixels.Clear();
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
                if (_stopped || picture == count)
                    return false;
                _nextPicture++;
                var batch = picture / batchSize;
                while (!_stopped && batch - _released >= RingSize)
                    Monitor.Wait(_lock);
                if (_stopped)
                    return false;
                slot = _slots[batch % RingSize] ??= new(Math.Min(batchSize, count), spec.Length);
                if (slot.Batch != batch)
                    slot.Reset(batch, batch * batchSize, Math.Min(batchSize, count - batch * batchSize));
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

        public void Reset(int batch, int first, int count) =>
            (Batch, First, Count, Remaining) = (batch, first, count, count);

        public ImageBatch ToBatch(ImageSpec spec) =>
            new(Pixels.AsMemory(0, Count * spec.Length), [.. Enumerable.Range(First, Count)],
                new ArraySegment<string?>(Failures, 0, Count));
    }
}
