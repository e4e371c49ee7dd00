using FaceBias.Core.Curation;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Curation;

public class ProbeJournalTests
{
    [Fact]
    public async Task A_run_waits_for_another_that_has_the_journal()
    {
        var folder = TestPaths.NewFolder();
        var first = ProbeJournal.Open(folder, (_, _) => { });
        using var waits = new ManualResetEventSlim();
        var second = Task.Run(() => ProbeJournal.Open(folder, (_, _) => { }, waits.Set),
            TestContext.Current.CancellationToken);
        Assert.True(waits.Wait(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.False(second.IsCompleted);
        first.Dispose();
        var opened = await second.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(
            () => ProbeJournal.Open(folder, (_, _) => { }, cancel: cancelled.Token).Dispose());
        opened.Dispose();
    }
}
