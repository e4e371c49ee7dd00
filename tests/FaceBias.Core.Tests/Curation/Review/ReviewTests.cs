using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Review;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Tests.Imaging;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Curation.Review;

public class ReviewTests
{
    private static readonly string s_header = "id,action,relabel,sha256\n";

    private static string Write(string rows)
    {
        var path = Path.Combine(TestPaths.NewFolder(), "review.csv");
        File.WriteAllText(path, s_header + rows);
        return path;
    }

    [Theory]
    [InlineData("a.jpg,burn,,\n", "'burn'", "keep, drop or relabel")]
    [InlineData("a.jpg,1,,\n", "'1'", "keep, drop or relabel")]
    [InlineData("a.jpg,relabel,,\n", "'a.jpg'", "gives no label")]
    [InlineData("a.jpg,keep,gender=male,\n", "'a.jpg'", "write relabel into 'action'")]
    [InlineData("a.jpg,,gender=male,\n", "'a.jpg'", "no action")]
    [InlineData("a.jpg,relabel,male,\n", "'male'", "column=value")]
    [InlineData("a.jpg,relabel,age=1;age=2,\n", "'age'", "keep one")]
    [InlineData("a.jpg,keep,,\na.jpg,drop,,\n", "'a.jpg'", "twice")]
    [InlineData(",keep,,\nb.jpg,,,\n", "row 1", "without an id")]
    public void What_is_no_decision_is_refused_in_one_sentence(string rows, string names, string says)
    {
        var message = Assert.Throws<FaceBiasException>(() => ReviewFile.Read(Write(rows))).Message;
        Assert.Contains(names, message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Decisions_are_read_rows_without_one_are_not()
    {
        var decisions = ReviewFile.Read(
            Write("a.jpg,Keep,,\n\"b \"\"x\"\",\ny.jpg\",drop,,\nc.jpg,,,\nd.jpg,relabel, age = 31 "
                + ";gender=female,00ff\n"));
        Assert.Equal([("a.jpg", ReviewAction.Keep), ("b \"x\",\ny.jpg", ReviewAction.Drop),
            ("d.jpg", ReviewAction.Relabel)], decisions.Select(d => (d.Id, d.Action)));
        Assert.Equal("age=31; gender=female", decisions[2].Relabel);
        Assert.Equal("00ff", decisions[2].Sha256);
    }

    [Fact]
    public void A_file_of_a_data_set_with_nothing_to_review_is_read_again()
    {
        var path = Write("");
        Assert.Empty(ReviewFile.Read(path));
        ReviewFile.Write(path, new([new("a.jpg", "a.jpg")]), []);
        Assert.Empty(ReviewFile.Read(path));
    }

    [Fact]
    public void A_missing_column_is_named()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "review.csv");
        File.WriteAllText(path, "id,verdict\na,keep\n");
        Assert.Contains("'action'", Assert.Throws<FaceBiasException>(() => ReviewFile.Read(path)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Two copies that contradict each other, two others, each a picture of its own.</summary>
    private static IReadOnlyList<ImageFile> Files()
    {
        var folder = TestPaths.NewFolder();
        foreach (var (name, side) in new[] { ("20_0_0_1.png", 60), ("21_1_0_1.png", 60), ("30_0_1_1.png", 90),
            ("40_1_2_1.png", 40) })
            File.WriteAllBytes(Path.Combine(folder, name), TestImages.Png(side, side));
        File.WriteAllBytes(Path.Combine(folder, "50_1_2_1.png"), []);
        return ImageFolder.List(folder).Files;
    }

    private static CurationResult Curate(IReadOnlyList<ImageFile> files, params ReviewDecision[] decisions) =>
        Curator.Run(files, LabelSource.Load("utkface", files),
            new() { NearDistance = 0, Near = NearPolicy.KeepFirst, Decisions = decisions });

    private static ReviewDecision Decide(string id, ReviewAction action, string? sha256 = null,
        params (string Name, string Value)[] labels) =>
        new(id, sha256 ?? "", action, labels.ToDictionary(l => l.Name, l => l.Value));

    [Fact]
    public void A_person_overrules_every_finding_and_the_result_says_so()
    {
        var files = Files();
        bool[] Kept(params ReviewDecision[] decisions) => [.. Curate(files, decisions).Manifest.Kept.Take(4)];
        var before = Curate(files);
        Assert.Equal((1, 4),
            (before.Summary.LabelConflicts, before.Summary.Flags["near_duplicate"] + before.Summary.ExactGroups));
        Assert.Equal([false, false, true, false], before.Manifest.Kept.Take(4));
        Assert.Equal([false, false, false, true], Kept(Decide("30_0_1_1.png", ReviewAction.Drop)));
        Assert.Equal([false, false, false, true], Kept(Decide("40_1_2_1.png", ReviewAction.Keep)));
        Assert.Equal([true, false, true, false],
            Kept(Decide("20_0_0_1.png", ReviewAction.Keep), Decide("30_0_1_1.png", ReviewAction.Keep)));

        var after = Curate(files,
            Decide("21_1_0_1.png", ReviewAction.Relabel, null, ("gender", "male"), ("age", "20")));
        Assert.Equal(0, after.Summary.LabelConflicts);
        Assert.Equal(20, ((NumberColumn)after.Labels!.Table["age"])[1]);
        Assert.Equal("relabel", after.Manifest.Decisions[1]);
        Assert.Equal(1, after.Summary.Decisions["relabel"]);
    }

    [Fact]
    public void Decisions_that_do_not_fit_are_reported_and_not_followed()
    {
        var files = Files();
        var result = Curate(files, Decide("30_0_1_1.png", ReviewAction.Drop, "0123456789abcdef"),
            Decide("gone.png", ReviewAction.Drop), Decide("50_1_2_1.png", ReviewAction.Keep));
        Assert.Equal(3, result.Notices.Count);
        Assert.Contains(result.Notices,
            n => n.Contains("other pictures", StringComparison.Ordinal)
                && n.Contains("30_0_1_1.png", StringComparison.Ordinal));
        Assert.Contains(result.Notices, n => n.Contains("gone.png", StringComparison.Ordinal));
        Assert.Contains(result.Notices, n => n.Contains("cannot be read", StringComparison.Ordinal));
        Assert.True(result.Manifest.Kept[2]);
        Assert.False(result.Manifest.Kept[4]);
    }

    [Fact]
    public void New_labels_that_cannot_be_are_refused()
    {
        var files = Files();
        string Message(string name, string value) =>
            Assert.Throws<FaceBiasException>(
                () => Curate(files, Decide("30_0_1_1.png", ReviewAction.Relabel, null, (name, value)))).Message;
        Assert.Contains("'height'", Message("height", "3"), StringComparison.Ordinal);
        Assert.Contains("'femal'", Message("gender", "femal"), StringComparison.Ordinal);
        Assert.Contains("no number", Message("age", "old"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_is_rewritten_with_every_decision_in_it()
    {
        var files = Files();
        ReviewDecision[] decisions = [Decide("30_0_1_1.png", ReviewAction.Relabel, null, ("age", "33")),
            Decide("gone.png", ReviewAction.Drop)];
        var path = Path.Combine(TestPaths.NewFolder(), "review.csv");
        ReviewFile.Write(path, Curate(files, decisions).Manifest, decisions);
        var back = ReviewFile.Read(path);
        Assert.Equal([("30_0_1_1.png", "age=33"), ("gone.png", "")], back.Select(d => (d.Id, d.Relabel)));
        Assert.Equal(16, back[0].Sha256.Length);
        var table = TableFile.Read(path);
        Assert.Contains("20_0_0_1.png", table.Text("id").Levels);
        Assert.Contains(table.Text("flags").Levels, f => f.Contains("label_conflict", StringComparison.Ordinal));
    }
}
