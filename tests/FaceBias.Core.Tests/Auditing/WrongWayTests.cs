using System.Globalization;
using FaceBias.Auditing;
using static FaceBias.Core.Tests.Auditing.PeoplesTables;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>Answers that are wrong more often than guesses are said to be the wrong way round.</summary>
public class WrongWayTests
{
    private static bool IsSaid(Outcome outcome, string what) =>
        outcome.Result!.Notices.Any(n => n.Contains(what, StringComparison.Ordinal));

    private static Gap ByGroup(Outcome outcome) =>
        outcome.Target.Groupings.Single(g => g.Attributes is ["g"]).Gaps.Single(g => g.Metric == "accuracy");

    private static string Swapped(bool wrong) => Csv("y,pred,s,n,g", wrong ? "{T},{P},{N},{S},{G}" : "{T},{P},{S},{N},{G}",
        ["1", "0"]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_score_of_the_other_class(bool wrong)
    {
        var outcome = Audit(Swapped(wrong), Columns("y", score: "s"));
        Assert.Equal(wrong, IsSaid(outcome, "rank the wrong way round"));
        Assert.Equal(wrong, IsSaid(outcome, "--positive 0"));
        if (!wrong)
            return;
        Assert.Equal("b", ByGroup(outcome).Best);
        var right = Audit(Swapped(true), Columns("y", score: "s"), o => o with { Positive = "0" });
        Assert.False(IsSaid(right, "wrong way round"));
        Assert.Equal("b", ByGroup(right).Worst);
        Assert.Equal(ByGroup(outcome).Value!.Value, ByGroup(right).Value!.Value, 0.01);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Probabilities_of_the_other_class(bool wrong) => Assert.Equal(wrong,
        IsSaid(Audit(Swapped(wrong), Columns("y", probabilities: "1=s,0=n")), "rank the wrong way round"));

    [Fact]
    public void Labels_that_were_exchanged_and_the_map_that_puts_them_right()
    {
        var text = Csv("y,pred,g", "{T},{P},{G}", ["yes", "no"], ["no", "yes"]);
        var outcome = Audit(text, Columns("y", "pred"));
        Assert.True(IsSaid(outcome, "'pred' has classes exchanged"));
        Assert.True(IsSaid(outcome, "--map \"pred:yes=no,no=yes\""));
        var right = Audit(text, Columns("y", "pred"), o => o with { Map = ["pred:yes=no", "no=yes"] });
        Assert.False(IsSaid(right, "exchanged"));
        Assert.Equal("b", ByGroup(right).Worst);
        Assert.False(IsSaid(Audit(Csv("y,pred,g", "{T},{P},{G}"), Columns("y", "pred")), "exchanged"));
    }

    [Fact]
    public void Two_of_five_classes_that_were_exchanged()
    {
        string[] names = ["a", "b", "c", "d", "e"], mixed = ["a", "d", "c", "b", "e"];
        string Table(string[] said) => "y,pred,g\n" + string.Concat(Enumerable.Range(0, 300).Select(
            i => $"{names[i % 5]},{said[i % 11 == 0 ? 0 : i % 5]},{(i % 3 == 0 ? "m" : "f")}\n"));
        Assert.True(IsSaid(Audit(Table(mixed), Columns("y", "pred")), "truly 'b', 'd'"));
        Assert.False(IsSaid(Audit(Table(names), Columns("y", "pred")), "exchanged"));
    }

    [Fact]
    public void Guesses_are_not_exchanged_classes()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var text = "y,pred,s,g\n" + string.Concat(Enumerable.Range(0, 200).Select(
                i => string.Create(CultureInfo.InvariantCulture,
                    $"{random.Next(2)},{random.Next(2)},{random.NextDouble():0.000},{(i % 3 == 0 ? "m" : "f")}\n")));
            Assert.False(IsSaid(Audit(text, Columns("y", "pred"), o => o with { Resample = false }), "exchanged"));
            Assert.False(IsSaid(Audit(text, Columns("y", score: "s"), o => o with { Resample = false }), "wrong way"));
        }
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(1, false)]
    public void Numbers_that_fall_where_the_truth_rises(int sign, bool said) => Assert.Equal(said, IsSaid(Audit(
        "y,pred,g\n" + string.Concat(Enumerable.Range(0, 100).Select(
            i => string.Create(CultureInfo.InvariantCulture, $"{i * 0.37},{50.5 + (sign * i * 0.3)},{i % 2}\n"))),
        Columns("y", "pred")), "falls where its truth rises"));
}
