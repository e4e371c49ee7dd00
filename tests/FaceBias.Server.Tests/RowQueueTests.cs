using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Server.Batching;
using FaceBias.Server.Monitoring;

namespace FaceBias.Server.Tests;

public sealed class RowQueueTests
{
    [Fact]
    public async Task Rows_are_batched_and_each_gets_its_own_answer()
    {
        using var model = new Doubling(milliseconds: 20);
        using var metrics = new ServerMetrics();
        using var queue = Queue(model, metrics, rows: 8, capacity: 100);
        var rows = Enumerable.Range(0, 60).Select(i => queue.TryAccept([], [[i, i]], 30, default)![0]).ToArray();
        var answers = await Task.WhenAll(rows.Select(r => r.Answer));
        for (var i = 0; i < answers.Length; i++)
            Assert.Equal(2f * i, answers[i].Outputs![0][0]);
        Assert.True(model.Batches.Max() <= 8);
        Assert.True(model.Batches.Count < 30, $"{model.Batches.Count} batches for 60 rows");
    }

    [Fact]
    public async Task A_full_queue_refuses_and_what_it_accepted_is_answered()
    {
        using var model = new Doubling(milliseconds: 50);
        using var metrics = new ServerMetrics();
        using var queue = Queue(model, metrics, rows: 1, capacity: 4);
        var accepted = Enumerable.Range(0, 10).Select(i => queue.TryAccept([], [[i, i]], 30, default)).ToArray();
        Assert.Equal(4, accepted.Count(a => a is not null));
        Assert.Null(queue.TryAccept([], [[1, 1], [2, 2]], 30, default));
        await Task.WhenAll(accepted.OfType<IReadOnlyList<QueuedRow>>().Select(a => a[0].Answer));
        SpinWait.SpinUntil(() => queue.Pending == 0, 1000);
        Assert.NotNull(queue.TryAccept([], [[1, 1]], 30, default));
    }

    [Fact]
    public async Task What_nobody_waits_for_is_not_computed()
    {
        using var model = new Doubling(milliseconds: 50);
        using var metrics = new ServerMetrics();
        using var queue = Queue(model, metrics, rows: 1, capacity: 50);
        using var gone = new CancellationTokenSource();
        var first = queue.TryAccept([], [[1, 1]], 30, default)!;
        var abandoned = Enumerable.Range(0, 20).Select(_ => queue.TryAccept([], [[2, 2]], 30, gone.Token)![0])
            .ToArray();
        var late = queue.TryAccept([], [[3, 3]], 0.02, default)!;
        gone.Cancel();
        Assert.All(await Task.WhenAll(abandoned.Select(a => a.Answer)), a => Assert.Null(a.Outputs));
        Assert.Null((await late[0].Answer).Outputs);
        Assert.NotNull((await first[0].Answer).Outputs);
        Assert.InRange(model.Batches.Count, 1, 2);
    }

    [Fact]
    public async Task A_model_that_fails_fails_its_batch_alone()
    {
        using var model = new Doubling(milliseconds: 0);
        using var metrics = new ServerMetrics();
        using var queue = Queue(model, metrics, rows: 1, capacity: 50);
        model.Fails = true;
        Assert.Contains("out of order", (await queue.TryAccept([], [[1, 1]], 30, default)![0].Answer).Failure,
            StringComparison.Ordinal);
        model.Fails = false;
        Assert.NotNull((await queue.TryAccept([], [[1, 1]], 30, default)![0].Answer).Outputs);
    }

    [Fact]
    public void Times_of_batches_are_fitted_and_waiting_pays_only_for_a_large_fixed_cost()
    {
        var costly = new BatchTimes(32);
        for (var n = 1; n <= 16; n++)
            costly.Ran(n, 0.02 + 0.01 * n);
        Assert.Equal(0.01, costly.PerRow, 1e-9);
        Assert.Equal(0.02, costly.PerBatch, 1e-9);
        // b <= 5% of a n + b from n = 38 on: more than the maximum.
        Assert.Equal(32, costly.Enough);
        for (var i = 0; i < 2000; i++)
            costly.Arrived(i / 1000.0);
        // About 1,000 a second: the next one comes in 1 ms, which costs 5 rows 5 ms and saves 20 ms.
        Assert.InRange(costly.Wait(5, 2), 0.0005, 0.002);
        Assert.Equal(0, costly.Wait(25, 2));
        Assert.Equal(0, costly.Wait(5, 30));

        var cheap = new BatchTimes(32);
        for (var n = 1; n <= 16; n++)
            cheap.Ran(n, 0.001 + 0.01 * n);
        Assert.Equal(2, cheap.Enough);
    }

    private static RowQueue Queue(IPredictor model, ServerMetrics metrics, int rows, int capacity) =>
        new(model, new ImageDecoder(),
            new ServeOptions { Model = "", BatchRows = rows, QueueRows = capacity, Threads = 1 }, metrics);

    /// <summary>Gives twice the first number of a row.</summary>
    private sealed class Doubling(int milliseconds) : IPredictor
    {
        public List<int> Batches { get; } = [];
        public bool Fails { get; set; }
        public string Name => "doubling";
        public ImageSpec? Image => null;
        public int RowLength => 2;
        public IReadOnlyList<PredictorOutput> Outputs => [new("twice", 1)];

        public IReadOnlyList<float[]> Predict(ReadOnlySpan<float> rows, int count,
            CancellationToken cancellationToken = default)
        {
            Thread.Sleep(milliseconds);
            if (Fails)
                throw new FaceBiasException("out of order");
            Batches.Add(count);
            var twice = new float[count];
            for (var i = 0; i < count; i++)
                twice[i] = 2 * rows[2 * i];
            return [twice];
        }

        public void Dispose() { }
    }
}
