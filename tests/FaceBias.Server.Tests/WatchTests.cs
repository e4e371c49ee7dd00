using FaceBias.Primitives.Randomness;
using FaceBias.Server.Monitoring;

namespace FaceBias.Server.Tests;

public sealed class WatchTests
{
    private static readonly ShareName s_name = new("gender", "class:female");

    [Fact]
    public void Evidence_is_what_the_formula_says_by_hand()
    {
        // Reference 1 of 2, then one yes: mixtures 1/8 and 1/2, largest likelihood of 2 of 3 under one share (2/3)^2
        // (1/3) = 4/27.
        Assert.Equal(Math.Log(1.0 / 8 * 0.5 / (4.0 / 27)), new ShareTest(1, 2).LogEvidence(1, 1), 1e-12);
        Assert.True(new ShareTest(500, 1000).LogEvidence(0, 0) < 0);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.05)]
    public void Without_a_change_alarms_are_no_more_frequent_than_stated(double share)
    {
        const int Runs = 200, Rows = 1000, Reference = 400;
        const double Rate = 0.05;
        var alarms = 0;
        for (var run = 0; run < Runs; run++)
        {
            var random = new Random(run);
            long yes = 0;
            for (var i = 0; i < Reference; i++)
                yes += random.NextDouble() < share ? 1 : 0;
            var raised = false;
            var watch = new ShareWatch([(s_name, new(yes, Reference))], Rate, Rows + 1, _ => raised = true);
            for (var i = 0; i < Rows; i++)
                watch.Note([(s_name, random.NextDouble() < share)]);
            alarms += raised ? 1 : 0;
        }
        // Three standard errors of the largest rate allowed.
        Assert.InRange(alarms, 0, Runs * Rate + 3 * Math.Sqrt(Runs * Rate * (1 - Rate)));
    }

    [Fact]
    public void A_change_is_found_and_a_new_window_begins_without_it()
    {
        var random = new Random(1);
        var alarms = new List<ShareState>();
        var watch = new ShareWatch([(s_name, new(1000, 2000)), (new("", "other"), null)], 0.01, 1000, alarms.Add);
        for (var i = 0; i < 1000; i++)
            watch.Note([(s_name, random.NextDouble() < 0.7)]);
        var alarm = Assert.Single(alarms);
        Assert.InRange(alarm.AlarmAt!.Value, 50, 600);
        Assert.Equal(0.5, alarm.Reference);
        Assert.NotNull(watch.States()[0].AlarmAt);
        for (var i = 0; i < 500; i++)
            watch.Note([(s_name, random.NextDouble() < 0.5)]);
        Assert.Null(watch.States()[0].AlarmAt);
        Assert.Equal(1, watch.Windows);
        Assert.Single(alarms);
        Assert.Null(watch.States()[1].Evidence);
    }
}
