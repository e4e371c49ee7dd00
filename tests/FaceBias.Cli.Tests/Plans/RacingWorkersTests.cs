using FaceBias.Primitives.Storage;
using FaceBias.Synthesis;
using FaceBias.Tests;
using FaceBias.Workflows.Curate;
using FaceBias.Workflows.Plans;

namespace FaceBias.Cli.Tests.Plans;

/// <summary>Two live workers that write one shard at the same moment, each with another result.</summary>
public class RacingWorkersTests
{
    [Theory]
    [InlineData(Race.FirstThenSecond)]
    [InlineData(Race.SecondThenFirst)]
    [InlineData(Race.Free)]
    public async Task Of_two_who_write_a_shard_at_the_same_moment_one_wins(Race race)
    {
        var folder = TestPaths.NewFolder();
        string At(string name) => Path.Combine(folder, name);
        SynthDataSet.Write(SynthSpec.Parse("""{"size": 64}""", "test"), 6, 1, At("data"));
        PlanRun.Execute(new PlanRunOptions<CurateRunOptions>
        {
            Step = new() { Images = [At("data/images")], Out = "", Home = At("home") }, Out = At("plan"),
        });
        using var gate = new Gate(race);
        ObjectStores.Register("race", url => new RacingStore(new FolderStore(url["race://".Length..]), gate));
        Task Worker(int number) => Task.Factory.StartNew(() =>
        {
            gate.Number.Value = number;
            ShardRun.Execute(new() { Plan = $"race://{At("plan")}", Home = At($"home{number}") });
        }, TaskCreationOptions.LongRunning);
        var first = Worker(0);
        Assert.True(gate.Arrived[0].Wait(20_000), "the first worker writes nothing");
        // It still believes that the shard is its own.
        File.Delete(At("plan/claims/00000.json"));
        File.Delete(Directory.GetFiles(At("data/images"))[0]);
        var second = Worker(1);
        await Task.WhenAll(first, second).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        var plan = ShardPlan.Open(At("plan"));
        Assert.True(plan.IsWhole(0, plan.Stats(0)!, default));
        Assert.InRange(plan.Stats(0)!.Failed.Count, 0, 1);
        Assert.Empty(Directory.GetFiles(At("plan/claims")));
        ShardMerge.Execute(new() { Plan = At("plan") });
    }

    /// <summary>Whose result is written first.</summary>
    public enum Race
    {
        FirstThenSecond,
        SecondThenFirst,
        Free,
    }

    /// <summary>Holds the first write of a result until both workers are there, and then lets them go in turn: results
    /// in the order of the race, stats when both results are written.</summary>
    private sealed class Gate(Race race) : IDisposable
    {
        private readonly Barrier _both = new(2);
        private readonly ManualResetEventSlim _written = new();
        private readonly bool[] _passed = new bool[2];

        public AsyncLocal<int> Number { get; } = new();
        public ManualResetEventSlim[] Arrived { get; } = [new(), new()];

        public void Write(Action write)
        {
            var me = Number.Value;
            if (_passed[me])
            {
                write();
                return;
            }
            _passed[me] = true;
            Arrived[me].Set();
            _both.SignalAndWait(20_000);
            if (race == Race.Free)
            {
                write();
                return;
            }
            if (me == (race == Race.FirstThenSecond ? 1 : 0))
                _written.Wait(20_000);
            write();
            _written.Set();
            _both.SignalAndWait(20_000);
        }

        public void Dispose()
        {
            _both.Dispose();
            _written.Dispose();
        }
    }

    private sealed class RacingStore(FolderStore folder, Gate gate) : IObjectStore
    {
        public string Url => "race://" + folder.Url;

        public Stream OpenRead(string name, long offset, long length, CancellationToken cancel) =>
            folder.OpenRead(name, offset, length, cancel);

        public ObjectInfo? Stat(string name, CancellationToken cancel) => folder.Stat(name, cancel);

        public IEnumerable<ObjectInfo> List(string prefix, CancellationToken cancel) => folder.List(prefix, cancel);

        public void Write(string name, Action<Stream> write, CancellationToken cancel)
        {
            if (name.EndsWith(".parquet", StringComparison.Ordinal))
                gate.Write(() => folder.Write(name, write, cancel));
            else
                folder.Write(name, write, cancel);
        }

        public bool WriteNew(string name, Action<Stream> write, CancellationToken cancel) =>
            folder.WriteNew(name, write, cancel);

        public void Delete(string name, CancellationToken cancel) => folder.Delete(name, cancel);
    }
}
