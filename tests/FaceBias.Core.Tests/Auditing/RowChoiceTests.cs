using System.Globalization;
using FaceBias.Auditing;
using static FaceBias.Core.Tests.Auditing.PeoplesTables;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>Which rows an audit is of: a table may hold training rows, several models, or several rows of one
/// person.</summary>
public class RowChoiceTests
{
    private static readonly ForeignColumns s_columns = new() { Truth = ["truth"], Prediction = ["guess"] };

    /// <summary>Rows of which group b is right in 3 of 4, the others always; each with further cells.</summary>
    private static string Table(string columns, Func<int, string> cells, int n = 400) =>
        $"truth,guess,g,{columns}\n" + string.Concat(Enumerable.Range(0, n).Select(
            i => $"{i / 2 % 2},{(i % 2 == 1 && i % 8 == 1 ? 1 - (i / 2 % 2) : i / 2 % 2)},{(i % 2 == 1 ? "b" : "a")},{cells(i)}\n"));

    [Theory]
    [InlineData("Split", "train", "Test")]
    [InlineData("split", "TRAIN", "TEST")]
    [InlineData("subset", "training", "testing")]
    [InlineData("whence", "train2017", "test2017")]
    [InlineData("Usage", "Training", "PrivateTest")]
    [InlineData("is_train", "True", "False")]
    [InlineData("is_test", "0", "1")]
    [InlineData("in_training_set", "yes", "no")]
    public void Rows_of_the_training_are_not_audited(string column, string train, string test)
    {
        var text = Table(column, i => i % 4 < 2 ? train : test);
        var outcome = Audit(text, s_columns);
        Assert.Equal(200, outcome.Result!.Rows);
        Assert.Equal(200, outcome.Result.OtherRows);
        Assert.Contains(outcome.Result.Notices, n => n.Contains($"'{column}' is taken as the splits", StringComparison.Ordinal));
        Assert.DoesNotContain(outcome.Result.Attributes, a => a.Name == column);
        Assert.Equal(400, Audit(text, s_columns, o => o with { Split = null }).Result!.Rows);
    }

    [Theory]
    [InlineData("subset", "hard", "easy")]
    [InlineData("phase", "1", "2")]
    [InlineData("whence", "train", "bus")]
    [InlineData("is_smiling", "True", "False")]
    public void Other_columns_are_no_splits(string column, string one, string other) =>
        Assert.Equal(400, Audit(Table(column, i => i % 4 < 2 ? one : other), s_columns).Result!.Rows);

    [Fact]
    public void Splits_without_test_rows_and_splits_that_differ_are_asked_about()
    {
        Assert.Contains("No row of the predictions table is of split 'test'; column 'subset' holds 'train', 'val'",
            Audit(Table("subset", i => i % 2 == 0 ? "train" : "val"), s_columns).Text, StringComparison.Ordinal);
        Assert.Equal(200, Audit(Table("subset", i => i % 2 == 0 ? "train" : "val"), s_columns,
            o => o with { Split = "val" }).Result!.Rows);
        Assert.Contains("hold splits that differ", Audit(Table("subset,partition",
            i => $"{(i % 2 == 0 ? "train" : "test")},{(i % 3 == 0 ? "train" : "test")}"), s_columns).Text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image,model", true)]
    [InlineData("other,model", true)]
    [InlineData("id,classifier", true)]
    [InlineData("image,colour", false)]
    public void Answers_of_several_models_are_not_mixed(string columns, bool refused)
    {
        var once = Table("item", i => $"{i}.jpg").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var text = $"truth,guess,g,{columns}\n" + string.Concat(new[] { "resnet", "vit" }.SelectMany(
            m => once.Skip(1).Select(l => $"{(columns.StartsWith("other", StringComparison.Ordinal) ? l[..l.LastIndexOf(',')] + "," + l.Length : l)},{m}\n")));
        var outcome = Audit(text, s_columns);
        Assert.Equal(refused, outcome.Result is null);
        if (!refused)
            return;
        var name = columns.Split(',')[1];
        Assert.Contains($"--where \"{name}=resnet\"", outcome.Text, StringComparison.Ordinal);
        Assert.Equal(400, Audit(text, s_columns, o => o with { Where = [$"{name}=resnet"] }).Result!.Rows);
        Assert.NotNull(Audit(text, s_columns, o => o with { Groups = [name], Cluster = columns.Split(',')[0] }).Result);
        Assert.Contains("it holds 'resnet', 'vit'", Audit(text, s_columns, o => o with { Where = [$"{name}=bert"] }).Text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("person_id", 1)]
    [InlineData("Subject", 1)]
    [InlineData("image", 1)]
    [InlineData("colour", 0)]
    public void Rows_that_repeat_a_person_or_picture_are_said(string column, int said)
    {
        var text = Table(column, i => $"x{i / 4}");
        Assert.Equal(said, Audit(text, s_columns).Result!.Notices.Count(
            n => n.Contains($"say --cluster {column}", StringComparison.Ordinal)));
        Assert.DoesNotContain(Audit(text, s_columns, o => o with { Cluster = column }).Result!.Notices,
            n => n.Contains("--cluster", StringComparison.Ordinal));
        Assert.DoesNotContain(Audit(text, s_columns, o => o with { Cluster = "none" }).Result!.Notices,
            n => n.Contains("--cluster", StringComparison.Ordinal));
    }

    [Fact]
    public void Folds_are_no_groups_unless_they_are_asked_for()
    {
        var text = Table("fold", i => $"{i % 5}");
        Assert.DoesNotContain(Audit(text, s_columns).Result!.Attributes, a => a.Name == "fold");
        Assert.Equal(5, Audit(text, s_columns, o => o with { Groups = ["fold"] }).Result!.Attributes.Single().Levels.Count);
        Assert.Equal(80, Audit(text, s_columns, o => o with { Where = ["fold=2"] }).Result!.Rows);
        Assert.Equal(160, Audit(text, s_columns, o => o with { Where = ["fold=2", "fold=3"] }).Result!.Rows);
        Assert.Contains("write COLUMN=VALUE", Audit(text, s_columns, o => o with { Where = ["fold="] }).Text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("person", "p{0}", "it names persons")]
    [InlineData("person_a", "p{0}", "it names persons")]
    [InlineData("born", "19{0:00}-03-07", "it holds dates")]
    [InlineData("taken", "{0}.12.2020 10:00", "it holds dates")]
    [InlineData("town", "t{0}", null)]
    public void Persons_and_dates_are_no_groups_that_nobody_asked_for(string column, string value, string? reason)
    {
        var text = Table(column, i => string.Format(CultureInfo.InvariantCulture, value, 1 + (i / 2 % 20)));
        var outcome = Audit(text, s_columns);
        Assert.Equal(reason is null, outcome.Result!.Attributes.Any(a => a.Name == column));
        if (reason is not null)
            Assert.Contains(reason, outcome.Result.Ignored.Single(i => i.Column == column).Reason,
                StringComparison.Ordinal);
        Assert.Equal(20, Audit(text, s_columns, o => o with { Groups = [column] }).Result!.Attributes.Single()
            .Levels.Count);
    }

    [Fact]
    public void Weights_that_are_not_used_and_bands_of_words_are_said()
    {
        var text = Table("sample_weight,weight", i => $"{1.5 + (i % 30)},{60.5 + (i % 40)}");
        Assert.Single(Audit(text, s_columns).Result!.Notices, n => n.Contains("--weights", StringComparison.Ordinal));
        Assert.DoesNotContain(Audit(text, s_columns, o => o with { Weights = "sample_weight" }).Result!.Notices,
            n => n.Contains("is not used", StringComparison.Ordinal));
        Assert.Contains("--bands were given for 'g', which holds text such as 'a'", Audit(text, s_columns,
            o => o with { Bands = new Dictionary<string, IReadOnlyList<double>> { ["g"] = [0, 1] } }).Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_a_few_weights_outweigh_are_not_compared()
    {
        // Three rows of group b weigh as much as all others.
        var text = Table("w", i => i is 1 or 3 or 5 ? "100" : "1");
        var outcome = Audit(text, s_columns, o => o with { Weights = "w", Groups = ["g"] });
        var b = outcome.Target.Groupings.Single().Groups.Single(g => g.Name() == "b").Find("accuracy")!;
        Assert.Null(b.Value);
        Assert.Contains("its weights make 200 rows worth", b.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(outcome.Result!.Findings, f => f.Verdict == Verdict.GapShown);
        Assert.NotNull(Audit(text, s_columns, o => o with { Groups = ["g"] }).Target.Groupings.Single().Groups
            .Single(g => g.Name() == "b").Find("accuracy")!.Value);
    }
}
