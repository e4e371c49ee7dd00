using System.Globalization;
using System.IO.Compression;
using System.Text;
using FaceBias.Auditing;
using FaceBias.Primitives.Tables;
using static FaceBias.Core.Tests.Auditing.PeoplesTables;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>Tables that were once misread, each in a small form of its own, and the right conclusion.</summary>
public class FaultTableTests
{
    private static void GapShown(Outcome outcome, double least = 0.15)
    {
        Assert.True(outcome.Result is not null, outcome.Text);
        var gap = outcome.Target.Groupings.Single(g => g.Attributes is ["group"] or ["g"]).Gaps.Single(
            x => x.Metric == "accuracy");
        Assert.Equal(Verdict.GapShown, gap.Verdict);
        Assert.Equal("b", gap.Worst);
        Assert.True(gap.Value > least, outcome.Text);
        Assert.Equal(TargetKind.Categorical, outcome.Target.Kind);
    }

    [Theory]
    [InlineData("0", "1", "0", "1")]
    [InlineData("-1", "1", "-1", "1")]
    [InlineData("1", "2", "1", "2")]
    [InlineData("0", "1", "0.0", "1.0")]
    public void Codes_of_classes_are_classes(string a, string b, string c, string d)
    {
        var outcome = Audit(Csv(",y_true,y_pred,group", "{i},{T},{P},{G}", [a, b], [c, d]),
            Columns("y_true", "y_pred"));
        GapShown(outcome);
        Assert.Contains("are taken as classes; --numeric y_pred", outcome.Text, StringComparison.Ordinal);
        var numeric = Audit(Csv("y_true,y_pred,group", "{T},{P},{G}", [a, b], [c, d]), Columns("y_true", "y_pred"),
            o => o with { Kinds = new() { Numeric = ["y_pred"] } });
        Assert.Equal(TargetKind.Numeric, numeric.Target.Kind);
        // Nobody said what would not matter, so nothing is shown to be small enough.
        Assert.All(numeric.Target.Groupings.SelectMany(g => g.Gaps).Where(g => g.Metric is "mae"),
            g => Assert.True(g.Margin is null && g.Verdict != Verdict.WithinMargin));
    }

    [Fact]
    public void Codes_with_a_column_of_probability_each_are_classes() => GapShown(Audit(
        Csv("y_true,y_pred,prob_0,prob_1,group", "{T},{P},{S},{N},{G}", ["0", "1"]),
        Columns("y_true", "y_pred", "prob_0,prob_1")));

    [Theory]
    [InlineData("prob_0,prob_1", "{S},{N}")]
    [InlineData("0_score,1_score", "{S},{N}")]
    [InlineData("chance.0,chance.1", "{S},{N}")] // no word that says it, but numbers that do
    [InlineData("proba_0,other", "{S},x")] // one column speaks for both of two classes
    [InlineData("p_0,p_1,p_2", "{S},{N},0")] // a class that no row has
    public void Probabilities_that_nobody_named_are_used_and_are_no_groups(string columns, string cells)
    {
        var outcome = Audit(Csv($"y_true,y_pred,{columns},group", $"{{T}},{{P}},{cells},{{G}}", ["0", "1"]),
            Columns("y_true", "y_pred"));
        GapShown(outcome);
        Assert.Contains("the probabilit", outcome.Text, StringComparison.Ordinal);
        Assert.True(outcome.Target.Overall.Find("auc")?.Value is not null
            || outcome.Target.Overall.Find("log_loss")?.Value is not null
            || outcome.Target.Overall.Find("brier")?.Value is not null, outcome.Text);
        Assert.DoesNotContain(outcome.Target.Groupings,
            g => g.Attributes.Any(
                a => a.Contains('0', StringComparison.Ordinal) || a.Contains('1', StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("prob_0,prob_1", "{S},{S}", "do not sum to 1")]
    [InlineData("prob_0,prob_1", "7,3", "beyond 0 and 1")]
    [InlineData("prob_0,prob_1", "1,0", "0 and 1 alone")]
    [InlineData("prob_cat,prob_dog", "{S},{N}", "of none of the labels")]
    public void What_only_looks_like_probabilities_is_left_out_of_the_groups_with_the_reason(string columns,
        string cells, string reason)
    {
        var outcome = Audit(Csv($"y_true,y_pred,{columns},group", $"{{T}},{{P}},{cells},{{G}}", ["0", "1"]),
            Columns("y_true", "y_pred"));
        GapShown(outcome);
        Assert.Equal(columns.Split(','),
            outcome.Result!.Ignored.Where(i => i.Reason.Contains(reason, StringComparison.Ordinal))
                .Select(i => i.Column));
        Assert.All(outcome.Target.Groupings.Where(g => g.Attributes.Count > 0),
            g => Assert.DoesNotContain(g.Attributes, a => a.StartsWith("prob", StringComparison.Ordinal)));
    }

    [Fact]
    public void Columns_that_hold_codes_of_their_own_stay_groups()
    {
        var outcome = Audit(Csv("y_true,y_pred,hat_0,hat_1,group", "{T},{P},{T},1,{G}", ["0", "1"]),
            Columns("y_true", "y_pred"));
        GapShown(outcome);
        Assert.Contains(outcome.Target.Groupings, g => g.Attributes is ["hat_0"]);
    }

    [Fact]
    public void Truth_and_prediction_without_a_shared_label_are_refused_with_both_sets_and_mapped()
    {
        var text = Csv("label,pred,group", "{T},{P},{G}", ["0", "1"], ["cat", "dog"]);
        var refused = Audit(text, Columns("label", "pred"));
        Assert.Null(refused.Result);
        Assert.Contains("'label' has the labels '0', '1' and 'pred' has 'cat', 'dog'", refused.Text,
            StringComparison.Ordinal);
        Assert.Contains("--map", refused.Text, StringComparison.Ordinal);
        GapShown(Audit(text, Columns("label", "pred"), o => o with { Map = ["0=cat", "1=dog"] }));
        Assert.Contains("none is shared",
            Audit(Csv("label,pred,group", "{T},{P},{G}", ["0", "1"], ["yes", "no"]), Columns("label", "pred")).Text,
            StringComparison.Ordinal);
        // Codes that count from 1 on one side share all labels but two.
        var shifted = new StringBuilder("label,pred,group\n");
        foreach (var r in Rows())
            shifted.Append(CultureInfo.InvariantCulture,
                $"{r.I % 4},{(r.Predicted == r.Truth ? r.I % 4 : (r.I + 1) % 4) + 1},{r.Group}\n");
        Assert.Contains("counts from 1", Audit(shifted.ToString(), Columns("label", "pred")).Text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("True", "False", "1", "0")]
    [InlineData("TRUE", "FALSE", "True", "False")]
    [InlineData("1.0", "0.0", "1", "0")]
    [InlineData("Cat", "Dog", "cat", "dog")]
    [InlineData("\"cat \"", "\"dog \"", "cat", "dog")]
    [InlineData("t", "f", "TRUE", "FALSE")]
    public void What_is_provably_equal_is_aligned(string a, string b, string c, string d) =>
        GapShown(Audit(Csv("label,pred,group", "{T},{P},{G}", [a, b], [c, d]), Columns("label", "pred")));

    [Fact]
    public void Words_for_missing_values_are_missing_among_numbers_and_groups()
    {
        string[] words = ["NA", "N/A", "None", "nan", "null", "-"];
        var numbers = new StringBuilder("age_true,age,group\n");
        var groups = new StringBuilder("label,pred,group\n");
        foreach (var r in Rows())
        {
            numbers.Append(CultureInfo.InvariantCulture,
                $"{(r.I % 20 == 0 ? words[r.I / 20 % 6] : $"{r.I % 70}")},{(r.I % 70) + (r.I % 3)},{r.Group}\n");
            groups.Append(CultureInfo.InvariantCulture,
                $"{(r.Truth ? "cat" : "dog")},{(r.Predicted ? "cat" : "dog")},{(r.I % 20 == 0 ? words[r.I / 20 % 6] : r.Group)}\n");
        }
        var age = Audit(numbers.ToString());
        Assert.Equal((TargetKind.Numeric, 380), (age.Target.Kind, age.Target.Labelled));
        Assert.Contains("20 cells of 'age_true'", age.Text, StringComparison.Ordinal);
        var group = Audit(groups.ToString(), Columns("label", "pred"));
        Assert.Equal(["a", "b", "(missing)"],
            group.Result!.Attributes.Single(a => a.Name == "group").Levels.Select(l => l.Name));
        Assert.Contains("--keep-na group", group.Text, StringComparison.Ordinal);
        var kept = Audit(groups.ToString(), Columns("label", "pred"), reading: new() { KeepNa = ["group"] });
        Assert.Equal(8, kept.Result!.Attributes.Single(a => a.Name == "group").Levels.Count);
    }

    [Fact]
    public void Blanks_after_commas_are_trimmed()
    {
        GapShown(Audit(Csv("label, pred, group", "{T}, {P}, {G}"), Columns("label", "pred")));
        var age = new StringBuilder("age, pred, group\n");
        foreach (var r in Rows())
            age.Append(CultureInfo.InvariantCulture, $"{r.I % 70}, {(r.I % 70) + 2}, {r.Group}\n");
        Assert.Equal((TargetKind.Numeric, "years"),
            Audit(age.ToString(), Columns("age", "pred")).Target is var t ? (t.Kind, t.Unit) : default);
    }

    [Fact]
    public void Version_numbers_stay_apart()
    {
        string[] versions = ["1.1", "1.10", "1.2"];
        var text = new StringBuilder("label,pred,firmware\n");
        foreach (var r in Rows())
            text.Append(CultureInfo.InvariantCulture,
                $"{(r.Truth ? "cat" : "dog")},{(r.Predicted ? "cat" : "dog")},{versions[r.I % 3]}\n");
        Assert.Equal(["1.1", "1.2", "1.10"],
            Audit(text.ToString(), Columns("label", "pred")).Result!.Attributes.Single(
                a => a.Name == "firmware").Levels.Select(l => l.Name));
    }

    [Fact]
    public void Codes_of_groups_are_groups_and_an_option_says_otherwise()
    {
        var text = new StringBuilder("label,pred,ethnicity\n");
        foreach (var r in Rows())
            text.Append(CultureInfo.InvariantCulture,
                $"{(r.Truth ? "cat" : "dog")},{(r.Predicted ? "cat" : "dog")},{r.I % 15}\n");
        var codes = Audit(text.ToString(), Columns("label", "pred"));
        var attribute = codes.Result!.Attributes.Single(a => a.Name == "ethnicity");
        Assert.Equal(Enumerable.Range(0, 15).Select(i => $"{i}"), attribute.Levels.Select(l => l.Name));
        Assert.Contains("--numeric ethnicity", codes.Text, StringComparison.Ordinal);
        Assert.Empty(codes.Target.Groupings.Single(g => g.Attributes is ["ethnicity"]).Trends);
        Assert.Equal(5, Audit(text.ToString(), Columns("label", "pred"),
            o => o with { Kinds = new() { Numeric = ["ethnicity"] } }).Result!.Attributes.Single(
                a => a.Name == "ethnicity").Levels.Count);
        var named = Audit(text.ToString(), Columns("label", "pred"),
            o => o with { Map = ["ethnicity:0=White", "1=Black"] });
        Assert.Contains("White",
            named.Result!.Attributes.Single(a => a.Name == "ethnicity").Levels.Select(l => l.Name));
    }

    [Fact]
    public void A_table_without_truth_compares_what_is_predicted_for_whom()
    {
        var text = new StringBuilder("pred,group\n");
        foreach (var r in Rows())
            text.Append(CultureInfo.InvariantCulture,
                $"{(r.I % 10 < (r.Group == "a" ? 6 : 2) ? "yes" : "no")},{r.Group}\n");
        var outcome = Audit(text.ToString(), Columns(prediction: "pred"));
        Assert.True(outcome.Target.NoTruth);
        var gap = Assert.Single(outcome.Target.Groupings.Single().Gaps, g => g.Class == "yes");
        Assert.Equal(("selection_rate", Verdict.GapShown), (gap.Metric, gap.Verdict));
        Assert.Contains("selection rate of 'yes'", outcome.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(outcome.Target.Overall.Estimates, e => e.Metric is "accuracy" or "recall" or "precision");
        Assert.Contains(outcome.Target.Groupings.Single().Disparities, d => d.Name == "demographic_parity_difference");
        // A number without a truth has a mean.
        var scores = new StringBuilder("risk,group\n");
        foreach (var r in Rows())
            scores.Append(CultureInfo.InvariantCulture,
                $"{(r.I * 7 % 100) + (r.Group == "a" ? 30.5 : 0.5)},{r.Group}\n");
        var mean = Audit(scores.ToString(), Columns(prediction: "risk"));
        Assert.Equal(("mean_prediction", Verdict.GapShown),
            mean.Target.Groupings.Single().Gaps.Single() is var g ? (g.Metric, g.Verdict) : default);
    }

    [Fact]
    public void A_score_beside_classes_is_a_score_and_no_number()
    {
        var text = Csv("label_value,score,group", "{T},{S},{G}", ["1", "0"]);
        var assumed = Audit(text, Columns("label_value", "score"));
        GapShown(assumed);
        Assert.Contains("rows at or above 0.5 are predicted to be it; --threshold says otherwise", assumed.Text,
            StringComparison.Ordinal);
        Assert.Contains(assumed.Target.Overall.Estimates, e => e.Metric == "auc");
        Assert.Contains(assumed.Target.Overall.Estimates, e => e.Metric == "calibration_error");
        var given = Audit(text, Columns("label_value", score: "score"),
            o => o with { Threshold = 0.8, Metric = "equalized-odds" });
        Assert.Equal([new FindingMetric("recall", "1"), new("fpr", "1")], given.Target.FindingMetrics);
        Assert.Equal(0.8, given.Target.Threshold);
        var at = given.Target.Thresholds.Single(t => t.Threshold == 0.8 && t.Group == "a");
        Assert.Equal(given.Target.Groupings[0].Groups.Single(g => g.Levels[0] == "a").Find("recall", "1")!.Value,
            at.Recall);
        // What is no probability asks for a threshold, and of words it is not known which one is meant.
        string Scores(string a, string b) =>
            Csv("label,score,group", "{T},{S}7,{G}", [a, b]).Replace(",0.", ",3.", StringComparison.Ordinal);
        Assert.Contains("--threshold", Audit(Scores("1", "0"), Columns("label", "score")).Text,
            StringComparison.Ordinal);
        Assert.Contains("--positive", Audit(Csv("label,score,group", "{T},{S},{G}"), Columns("label", "score")).Text,
            StringComparison.Ordinal);
        GapShown(Audit(Csv("label,score,group", "{T},{S},{G}"), Columns("label", "score"),
            o => o with { Positive = "cat" }));
        GapShown(Audit(Csv("label,score,group", "{T},{S},{G}", ["yes", "no"]), Columns("label", "score")));
    }

    [Fact]
    public void One_hot_columns_and_probabilities_alone_are_labels()
    {
        var text = new StringBuilder("true_cat,true_dog,prob_cat,prob_dog,group\n");
        foreach (var r in Rows())
            text.Append(CultureInfo.InvariantCulture,
                $"{(r.Truth ? 1 : 0)},{(r.Truth ? 0 : 1)},{r.Score},{Math.Round(1 - r.Score, 3)},{r.Group}\n");
        var outcome = Audit(text.ToString(), Columns("true_cat,true_dog", probabilities: "prob_cat,prob_dog"));
        GapShown(outcome);
        Assert.Equal(["cat", "dog"], outcome.Target.Classes);
        Assert.Contains("several labels are true at once",
            Audit("a,b,p,g\n1,1,x,k\n0,1,y,k\n", Columns("a,b", "p")).Text, StringComparison.Ordinal);
        var logits = "true_cat,true_dog,logit_cat,logit_dog,group\n" + string.Concat(Rows().Select(
            r => string.Create(CultureInfo.InvariantCulture, $"{(r.Truth ? 1 : 0)},{(r.Truth ? 0 : 1)},{6 * r.Score - 3},{3 - 6 * r.Score},{r.Group}\n")));
        Assert.Contains("--logits",
            Audit("y,l_cat,l_dog,g\ncat,2.5,-1,a\ndog,-3,1,b\n", Columns("y", probabilities: "l_cat,l_dog")).Text,
            StringComparison.Ordinal);
        GapShown(Audit(logits, Columns("true_cat,true_dog", probabilities: "logit_cat,logit_dog"),
            o => o with { Logits = true }));
    }

    [Fact]
    public void Other_separators_compressed_files_and_coco_are_read_or_named()
    {
        foreach (var separator in new[] { "|", ";", "\t", " " })
            GapShown(Audit(Csv("label,pred,group", "{T},{P},{G}").Replace(",", separator, StringComparison.Ordinal),
                Columns("label", "pred"), name: "t.txt"));
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest))
            zip.Write(Encoding.UTF8.GetBytes(Csv("label,pred,group", "{T},{P},{G}")));
        GapShown(Audit(packed.ToArray(), Columns("label", "pred"), name: "t.csv.gz"));
        Assert.Contains("annotation file of COCO",
            Audit("{\"images\":[],\"annotations\":[{\"id\":1}],\"categories\":[]}", Columns("label", "pred"),
                name: "coco.json").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stray_cell_among_numbers_is_named_with_its_row()
    {
        var text = new StringBuilder("age,age_true,group\n");
        for (var i = 0; i < 20; i++)
            text.Append(CultureInfo.InvariantCulture,
                $"{20 + (3 * i)},{(i == 8 ? "../.." : $"{21 + (3 * i)}")},{(i % 2 == 0 ? "a" : "b")}\n");
        Assert.Equal("'age_true' holds 19 numbers but also '../..' in row 9; correct or empty it, or say "
            + "--categorical age_true.", Audit(text.ToString()).Text);
        var classes = new StringBuilder("y,y_true,group\n");
        for (var i = 0; i < 20; i++)
            classes.Append(CultureInfo.InvariantCulture,
                $"{(i % 4 == 0 ? "c0" : $"c{i}")},c{i},{(i % 2 == 0 ? "a" : "b")}\n");
        // Groups below the smallest size are not resampled: 35 classes by them once took 49 seconds.
        var small = Audit(classes.ToString(), change: o => o with { BootstrapReplicates = 2000, Permutations = 2000 });
        Assert.All(small.Target.Groupings.Where(g => g.Groups.All(x => x.N < 10)).SelectMany(g => g.Disparities),
            d => Assert.Null(d.Low));
    }

    [Theory]
    [InlineData(1e80, false)]
    [InlineData(1e50, true)]
    [InlineData(1e-50, true)]
    [InlineData(1e-90, false)]
    public void Numbers_of_extreme_size_give_a_result_or_a_sentence(double scale, bool audited)
    {
        var text = new StringBuilder("x,x_true,group\n");
        foreach (var r in Rows(60))
            text.Append(CultureInfo.InvariantCulture,
                $"{scale * (1.5 + (r.I % 7))},{scale * (1.25 + (r.I % 5))},{r.Group}\n");
        var outcome = Audit(text.ToString(), change: o => o with { Kinds = new() { Numeric = ["x"] } });
        Assert.Equal(audited, outcome.Result is not null);
        Assert.DoesNotContain("NaN", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_groups_that_are_not_compared_take_no_part_in_max_t()
    {
        // Two groups of 40 that differ by 5, and five of 9 rows with wild errors.
        string Table(bool wild)
        {
            var random = new Random(3);
            var text = new StringBuilder("y,yhat,grp\n");
            for (var i = 0; i < 80; i++)
                text.Append(CultureInfo.InvariantCulture,
                    $"{300.5 + i},{300.5 + i + (i % 2 == 0 ? 1 : 6) + random.NextDouble()},{(i % 2 == 0 ? "A" : "B")}\n");
            for (var i = 0; i < (wild ? 45 : 0); i++)
                text.Append(CultureInfo.InvariantCulture,
                    $"{500.5 + i},{500.5 + i + (100 * random.NextDouble())},tiny{i / 9}\n");
            return text.ToString();
        }
        Gap Of(bool wild, string[]? groups) =>
            Audit(Table(wild), Columns("y", "yhat"),
                o => o with { Groups = groups, Permutations = 2000 }).Target.Groupings.Single(
                    g => g.Attributes is ["grp"]).Gaps.Single(x => x.Metric == "mae");
        Assert.Equal(Of(false, ["grp"]).AdjustedP, Of(true, ["grp"]).AdjustedP);
        Assert.Equal(0.5 / 2001, Of(true, ["grp"]).AdjustedP!.Value, 12);
        // In a family, too.
        Assert.True(Of(true, null).AdjustedP < 0.005);
    }

    [Fact]
    public void Levels_are_ordered_as_they_are_known_or_given_and_never_by_the_alphabet()
    {
        string[] skin = ["very light", "light", "medium", "dark", "very dark"];
        var random = new Random(9);
        string Table(Func<int, string> level)
        {
            var text = new StringBuilder("y,yhat,skin\n");
            for (var i = 0; i < 1000; i++)
                text.Append(CultureInfo.InvariantCulture,
                    $"a,{(random.NextDouble() < 0.96 - (0.05 * (i % 5)) ? "a" : "b")},{level(i % 5)}\n");
            return text.ToString();
        }
        double Z(string table, string ordinal) =>
            Audit(table, Columns("y", "yhat"),
                o => o with { Groups = ["skin"], Ordinal = [ordinal] }).Target.Groupings.Single().Trends.Single().Z;
        Assert.True(Z(Table(i => skin[i]), "skin") < -3);
        Assert.True(Z(Table(i => skin[i]), "skin=very light<light<medium<dark<very dark") < -3);
        Assert.True(Z(Table(i => skin[i]), "skin=very dark<dark<medium<light<very light") > 3);
        var strange = Table(i => ((string[])["zebra", "yak", "lion", "bear", "ape"])[i]);
        Assert.Contains("--ordinal \"skin=ape<bear<lion<yak<zebra\"",
            Audit(strange, Columns("y", "yhat"), o => o with { Ordinal = ["skin"] }).Text, StringComparison.Ordinal);
        Assert.Contains("leaves out 'bear', 'ape'",
            Audit(strange, Columns("y", "yhat"), o => o with { Ordinal = ["skin=zebra<yak<lion"] }).Text.Replace(
                "'ape', 'bear'", "'bear', 'ape'", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Feb|Jan|Mar", "Jan Feb Mar")]
    [InlineData("XL|S|M|L", "S M L XL")]
    [InlineData("MST 10|MST 2|MST 1", "MST 1, MST 2, MST 10")]
    [InlineData("Type VI|Type I|Type IV", "Type I, Type IV, Type VI")]
    [InlineData("10-19|0-2|3-9|more than 70|20-29", "0-2 3-9 10-19 20-29, more than 70")]
    [InlineData("60+|<18|18-59", "<18 18-59 60+")]
    [InlineData("high|low|medium", "low medium high")]
    [InlineData("0 very light|2 dark|1 light", "0 very light, 1 light, 2 dark")]
    [InlineData("[10, 20)|[0, 10)", "[0, 10)+ [10, 20)")]
    public void Scales_are_known(string levels, string expected)
    {
        var order = Scale.Order(levels.Split('|'));
        Assert.Equal(expected.Replace("+ ", " ", StringComparison.Ordinal).Replace(", ", " ", StringComparison.Ordinal),
            string.Join(' ', order!).Replace(", ", " ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("cat|dog")]
    [InlineData("male|female")]
    [InlineData("north|south")]
    [InlineData("White|Black|Asian")]
    public void What_has_no_order_gets_none(string levels) => Assert.Null(Scale.Order(levels.Split('|')));

    [Fact]
    public void Probabilities_that_contradict_the_predictions_are_said()
    {
        var outcome = Audit(Csv("id,y,y_true,y_p_a,y_p_b,group", "{i},{P},{T},{N},{S},{G}", ["a", "b"]));
        Assert.Contains("contradict each other in", outcome.Text, StringComparison.Ordinal);
        Assert.Contains(outcome.Result!.Notices, n => n.Contains("of 400 rows", StringComparison.Ordinal));
    }

    [Fact]
    public void Many_attributes_make_a_small_file()
    {
        var text = new StringBuilder("id,y,yhat").AppendJoin("", Enumerable.Range(0, 40).Select(a => $",attr{a}"))
            .Append('\n');
        var random = new Random(2);
        foreach (var r in Rows(300))
            text.Append(CultureInfo.InvariantCulture, $"{r.I},{(r.Truth ? "a" : "b")},{(r.Predicted ? "a" : "b")}")
                .AppendJoin("", Enumerable.Range(0, 40).Select(_ => $",{"uvw"[random.Next(3)]}")).Append('\n');
        var outcome = Audit(text.ToString(), Columns("y", "yhat"));
        Assert.DoesNotContain(outcome.Target.Groupings, g => g.Attributes.Count > 1);
        Assert.Equal(41, outcome.Target.Groupings.Count);
    }

    [Fact]
    public void Deep_json_is_refused() => Assert.Contains("nested deeper",
        Audit(string.Concat(Enumerable.Repeat("{\"gender\":", 5000)) + "1" + new string('}', 5000),
            name: "nested.json").Text, StringComparison.Ordinal);
}
