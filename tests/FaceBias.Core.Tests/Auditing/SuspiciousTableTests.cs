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

    [Theory]
    [InlineData(100, "sum to 100 in every row, as per cent do")]
    [InlineData(255, "sum to 255 in every row, as those of quantised models do")]
    public void Probabilities_in_other_units_are_divided_by_what_they_sum_to(int whole, string said)
    {
        string Row(int i, double unit) => string.Create(CultureInfo.InvariantCulture,
            $"{i % 2},{Math.Round(unit * (1 - Share(i)))},{unit - Math.Round(unit * (1 - Share(i)))}");
        static double Share(int i) => i % 7 == 0 ? 0.3 : i % 2 == 1 ? 0.9 : 0.2;
        ForeignColumns columns = new() { Truth = ["truth"], Probabilities = ["0=no", "1=yes"] };
        var scaled = Audit(Table("truth,no,yes", i => Row(i, whole)), columns);
        Assert.Contains(scaled.Result!.Notices, n => n.Contains(said));
        var plain = Audit(Table("truth,no,yes", i => string.Create(CultureInfo.InvariantCulture,
            $"{i % 2},{1 - Share(i):0.0},{Share(i):0.0}")), columns);
        Assert.Equal(plain.Target.Overall.Find("log_loss")!.Value!.Value,
            scaled.Target.Overall.Find("log_loss")!.Value!.Value, 0.01);
    }

    [Theory]
    [InlineData("no,yes", "80,20", "sum to 100 in every row")]
    [InlineData("no,yes", "0.8,0.2", "holds numbers from 0 to 1 alone")]
    [InlineData("no", "0.8", "holds numbers from 0 to 1 alone")]
    [InlineData("no", "-0.3", "logarithms of probabilities")]
    public void What_is_no_logit_is_not_taken_as_one(string names, string cells, string said) =>
        Assert.Contains(said, Audit(Table($"truth,{names}", i => $"{i % 2},{cells}"),
            names == "no" ? new() { Truth = ["truth"], Score = "no" }
                : new() { Truth = ["truth"], Probabilities = ["0=no", "1=yes"] }, o => o with { Logits = true }).Text);

    [Fact]
    public void Many_rounded_probabilities_need_not_sum_to_one_exactly()
    {
        string Row(int i) => $"c{i % 30},{string.Join(',', Enumerable.Range(0, 30).Select(
            c => c == i % 30 ? "0.1" : (0.9 / 29).ToString("0.00", CultureInfo.InvariantCulture)))}";
        var outcome = Audit(Table($"truth,{string.Join(',', Enumerable.Range(0, 30).Select(c => $"p_c{c}"))}", Row),
            new() { Truth = ["truth"], Probabilities = [.. Enumerable.Range(0, 30).Select(c => $"p_c{c}")] },
            o => o with { Resample = false });
        Assert.Equal(1, outcome.Target.Overall.Find("accuracy")!.Value);
    }

    [Theory]
    [InlineData("[{0}, {1}]")]
    [InlineData("[{0} {1}]")]
    [InlineData("tensor([{0}; {1}])")]
    public void Lists_of_probabilities_are_read_by_their_places(string form)
    {
        string Cell(int i) => string.Format(CultureInfo.InvariantCulture, form,
            i % 2 == 0 ? 0.9 : 0.2, i % 2 == 0 ? 0.1 : 0.8);
        var text = Table("truth,probs", i => $"{i % 2},\"{Cell(i)}\"");
        Assert.Contains("--probabilities \"CLASS=probs[0],CLASS=probs[1]\"",
            Audit(text, new() { Truth = ["truth"], Probabilities = ["probs"] }).Text);
        var outcome = Audit(text, new() { Truth = ["truth"], Probabilities = ["0=probs[0]", "1=probs[1]"] });
        Assert.Equal(1, outcome.Target.Overall.Find("accuracy")!.Value);
        Assert.Contains("have 2 numbers, counted from 0",
            Audit(text, new() { Truth = ["truth"], Probabilities = ["0=probs[1]", "1=probs[2]"] }).Text);
    }

    [Theory]
    [InlineData("\"['a', 'b']\"", "['a']")]
    [InlineData("a|b", "a")]
    public void Several_labels_in_a_cell_are_no_class(string several, string one) => Assert.Contains(
        "holds several labels in a cell", Audit(Table("truth,guess", i => i % 2 == 0 ? $"{several},{one}" : $"{one},{one}"),
            s_columns).Text);

    [Fact]
    public void A_second_row_of_names_is_refused()
    {
        string Rows(string header) => header + string.Concat(Enumerable.Range(0, 40).Select(
            i => $"{(i % 2 == 0 ? "a" : "b")},{(i % 3 == 0 ? "a" : "b")},{i},{(i % 2 == 0 ? "f" : "m")}\n"));
        Assert.Contains("has two rows of names, such as 'label (column 1)' above 'true'",
            Audit(Rows("label,label,meta,meta\ntrue,pred,age,sex\n"), s_columns).Text);
        Assert.NotNull(Audit(Rows("label,guess,meta,meta\n"), new() { Truth = ["label"], Prediction = ["guess"] }).Result);
    }

    [Fact]
    public void Words_for_unknown_are_asked_about()
    {
        var text = Table("truth,guess", i => $"{(i % 9 == 0 ? "unknown" : i % 2 == 0 ? "a" : "b")},{(i % 5 == 0 ? "a" : i % 2 == 0 ? "a" : "b")}");
        Assert.Contains("--map \"truth:unknown=\"", Audit(text, s_columns).Text);
        Assert.Equal(2, Audit(text, s_columns, o => o with { Map = ["truth:unknown="] }).Target.Classes.Count);
        Assert.Contains(Audit(text.Replace(",a,", ",unknown,"), s_columns).Result!.Notices,
            n => n.Contains("'unknown' is taken as a class"));
    }

    [Fact]
    public void Rows_without_a_prediction_are_said_with_the_group_that_has_more_of_them()
    {
        string Answers(Func<int, bool> missing) => Table("truth,guess", i => $"{(i / 3) % 2},{(missing(i) ? "" : (i / 3) % 2)}");
        Assert.Contains(Audit(Answers(i => i % 3 == 0 && i % 2 == 0), s_columns).Result!.Notices,
            n => n.Contains("20 of 120 rows") && n.Contains("50% of sex f and 0% of m"));
        Assert.Contains(Audit(Answers(i => i % 12 is 0 or 1), s_columns).Result!.Notices, n => n.EndsWith("count in no metric."));
        Assert.DoesNotContain(Audit(Answers(_ => false), s_columns).Result!.Notices, n => n.Contains("no prediction"));
    }
}
