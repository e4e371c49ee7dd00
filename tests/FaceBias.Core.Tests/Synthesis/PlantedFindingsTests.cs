using FaceBias.Primitives.Tables;
using FaceBias.Synthesis;

namespace FaceBias.Core.Tests.Synthesis;

public class PlantedFindingsTests
{
    private static readonly PlantedRecord Planted = new()
    {
        Count = 100,
        Faces = 90,
        ExactDuplicates = [new("a.jpg", "b.jpg"), new("c.jpg", "d.jpg")],
        ConflictingDuplicates = [new("e.jpg", "f.jpg")],
        NearDuplicates = [new("g.jpg", "h.jpg")],
        Unreadable = ["u.jpg"],
        WrongLabels = ["w1.jpg", "w2.jpg"],
        RareGroup = new("gender female", 5, 80, 4, 20, ["r1.jpg", "r2.jpg", "r3.jpg", "r4.jpg"]),
    };

    [Fact]
    public void Found_files_are_counted_by_name_and_the_rest_is_told_apart()
    {
        var rows = PlantedFindings.Compare(Planted, new Dictionary<string, IReadOnlySet<string>>
        {
            [PlantedFindings.ExactDuplicate] =
                new HashSet<string> { "images/a.jpg", "images/b.jpg", @"images\f.jpg", "x.jpg" },
            [PlantedFindings.NearDuplicate] = new HashSet<string> { "g.jpg", "c.jpg" },
            [PlantedFindings.Unreadable] = new HashSet<string>(),
        }).ToDictionary(r => r.What);

        Assert.Equal(("3 pairs", "2 of 3", "1 further file flagged that was not planted"),
            Values(rows["exact duplicates, conflicting labels included"]));
        Assert.Equal(("1 pair", "1 of 1", ""), Values(rows["near duplicates"]));
        Assert.Equal(("1 file", "0 of 1", ""), Values(rows["unreadable files"]));
        Assert.Equal(("1 pair", "not looked for", ""), Values(rows["duplicates with conflicting labels"]));
        Assert.DoesNotContain("pictures without a face", rows.Keys);
        Assert.StartsWith("not estimable", rows["rare group (gender female)"].Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_without_a_face_are_counted_and_the_detector_is_named()
    {
        var planted = Planted with { NonFaces = ["n1.jpg", "n2.jpg"] };
        PlantedRow Row(Dictionary<string, IReadOnlySet<string>> found) =>
            PlantedFindings.Compare(planted, found).Single(r => r.What == "pictures without a face");
        var row = Row(new() { [PlantedFindings.NonFace] = new HashSet<string> { "images/n2.jpg", "images/a.jpg" } });
        Assert.Equal(("2 files", "1 of 2"), (row.Planted, row.Found));
        Assert.StartsWith("1 further file flagged that was not planted; by features", row.Comment,
            StringComparison.Ordinal);
        row = Row([]);
        Assert.Equal("not looked for", row.Found);
        Assert.Contains("curate --faces", row.Comment, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rare_group_is_worse_only_if_the_difference_exceeds_its_error()
    {
        string[] ids = [.. Planted.RareGroup!.Files, .. Enumerable.Range(0, 40).Select(i => $"o{i}.jpg"), "w1.jpg"];
        Table Predictions(int wrongInGroup) => new(
        [
            new TextColumn("id", ids),
            new TextColumn("gender", ids.Select((_, i) => i < wrongInGroup || i == 44 ? "male" : "female").ToArray()),
            new TextColumn("gender_true", ids.Select(_ => "female").ToArray()),
        ]);
        var none = new Dictionary<string, IReadOnlySet<string>>();

        var worse = PlantedFindings.Compare(Planted, none, Predictions(3))
            .Single(r => r.What.StartsWith("rare", StringComparison.Ordinal));
        Assert.Equal("gender accuracy 25.0% in the group (n = 4), 97.6% outside it (n = 41)", worse.Found);
        Assert.Contains("worse", worse.Comment, StringComparison.Ordinal);
        Assert.Equal("5 of 80 in training, 4 of 20 in test", worse.Planted);

        var rows = PlantedFindings.Compare(Planted, none, Predictions(1));
        Assert.Contains("no clear difference",
            rows.Single(r => r.What.StartsWith("rare", StringComparison.Ordinal)).Comment, StringComparison.Ordinal);
        Assert.Equal("the model disagrees with 1 of the 1 predicted",
            rows.Single(r => r.What == "wrong gender labels").Found);
    }

    private static (string, string, string) Values(PlantedRow row) => (row.Planted, row.Found, row.Comment);
}
