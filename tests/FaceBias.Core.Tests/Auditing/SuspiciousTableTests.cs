using System.Globalization;
using FaceBias.Auditing;
using static FaceBias.Core.Tests.Auditing.PeoplesTables;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>Tables that can be read in a way that is most likely not meant: what is asked, and what is said.</summary>
public class SuspiciousTableTests
{
    private static string Table(string columns, Func<int, string> row) =>
        $"{columns},sex\n" + string.Concat(Enumerable.Range(0, 120).Select(i => $"{row(i)},{(i % 3 == 0 ? "f" : "m")}\n"));

    private static readonly ForeignColumns s_columns = new() { Truth = ["truth"], Prediction = ["guess"] };

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(3)]
    public void Ratings_beside_two_labels_are_scores(int levels)
    {
        foreach (var labels in new[] { "0|1", "no|yes", "-1|1" })
        {
            var text = Table("truth,guess", i => $"{labels.Split('|')[i % 2]},{(i * 7 % levels) + 2 * (i % 2)}");
            Assert.Contains("--threshold T", Audit(text, s_columns).Text);
            var cut = Audit(text, s_columns, o => o with { Threshold = levels / 2.0 });
            Assert.Contains(cut.Result!.Notices, n => n.Contains("is taken as a score of"));
        }
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("-9")]
    [InlineData("99")]
    public void A_code_for_missing_values_is_no_class(string code)
    {
        var text = Table("truth,guess", i => $"{(i % 9 == 0 ? code : i % 2 == 0 ? "0" : "1")},{(i % 5 == 0 ? 1 : i % 2)}");
        AuditOptions Codes(AuditOptions o) => o with { Kinds = new() { Categorical = ["truth", "guess"] } };
        Assert.Contains($"--map truth:{code}=", Audit(text, s_columns, Codes).Text);
        var missing = Audit(text, s_columns, o => Codes(o) with { Map = [$"truth:{code}="] });
        Assert.Equal(["0", "1"], missing.Target.Classes);
        Assert.Equal(106, missing.Target.Labelled);
        var own = Audit(text, s_columns, o => Codes(o) with { Map = [$"truth:{code}={code}"] });
        Assert.Equal(3, own.Target.Classes.Count);
    }

    [Fact]
    public void Digits_and_signs_are_classes()
    {
        Assert.Equal(10, Audit(Table("truth,guess", i => $"{i % 10},{i % 10 % 9}"), s_columns).Target.Classes.Count);
        Assert.Equal(2, Audit(Table("truth,guess", i => $"{(i % 2) * 2 - 1},1"), s_columns).Target.Classes.Count);
    }

    [Fact]
    public void A_truth_and_its_score_that_were_swapped_are_no_quantities()
    {
        string Share(int i) => (0.1 + i % 8 / 10.0).ToString(CultureInfo.InvariantCulture);
        var text = Table("truth,guess", i => $"{Share(i)},{i % 2}");
        Assert.Contains("as if they were swapped", Audit(text, s_columns).Text);
        Assert.NotNull(Audit(text, s_columns, o => o with { Kinds = new() { Numeric = ["guess"] } }).Result);
    }

    [Fact]
    public void Ages_that_nobody_has_are_missing()
    {
        var outcome = Audit(Table("true_age,age_guess", i => $"{(i % 10 == 0 ? i % 20 == 0 ? 999 : -1 : 20 + i % 40)},{21 + i % 40}"),
            new() { Truth = ["true_age"], Prediction = ["age_guess"] });
        Assert.Contains(outcome.Result!.Notices, n => n.Contains("12 ages below 0 or above 125") && n.Contains("missing"));
        Assert.Equal(108, outcome.Target.Labelled);
    }

    [Fact]
    public void A_copy_of_the_truth_and_a_constant_are_said()
    {
        Assert.Contains(Audit(Table("truth,guess", i => $"{i % 2},{i % 2}"), s_columns).Result!.Notices,
            n => n.Contains("equals 'truth' in all 120 rows"));
        Assert.Contains(Audit(Table("truth,guess", i => $"{i % 2},1"), s_columns).Result!.Notices,
            n => n.Contains("is '1' in every row"));
    }
}
