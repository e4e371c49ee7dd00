using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Data;

public class LabelSourceTests
{
    private static ImageFile[] Images(params string[] ids) => [.. ids.Select(id => new ImageFile(id, "/images/" + id))];

    private static string Csv(string text)
    {
        var path = Path.Combine(TestPaths.NewFolder(), "labels.csv");
        File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public void UtkFace_names_are_read_and_those_that_lack_a_field_left_out()
    {
        var labels = LabelSource.Load("utkface", Images(
            "26_1_2_20170116174525125.jpg.chip.jpg", "a/1_0_4_2017.jpg", "61_1_20170109142408075.jpg.chip.jpg",
            "30_3_0_2017.jpg",
            "30_0_5_2017.jpg", "-3_0_0_2017.jpg", "130_0_0_2017.jpg", "face.jpg"));
        Assert.Equal([true, true, false, false, false, false, false, false], labels.Labelled);
        Assert.Equal("female", labels.Table.Text("gender")[0]);
        Assert.Equal("Asian", labels.Table.Text("race")[0]);
        Assert.Equal(26, labels.Table.Number("age")[0]);
        Assert.Equal("male", labels.Table.Text("gender")[1]);
        Assert.True(labels.Table["age"].IsMissing(2));
        var notice = Assert.Single(labels.Notices);
        Assert.Equal(6, notice.Count);
        Assert.Contains("'61_1_20170109142408075.jpg.chip.jpg'", notice.Sentence, StringComparison.Ordinal);
        Assert.Contains("and 3 more", notice.Sentence, StringComparison.Ordinal);
        Assert.Equal(["female", "male"], labels.Target("gender").Classes);
    }

    [Fact]
    public void Words_that_count_as_missing_are_kept_where_it_is_said()
    {
        var file = Csv("image;wear\n1.jpg;None\n2.jpg;hat\n3.jpg;None\n");
        var images = Images("1.jpg", "2.jpg", "3.jpg");
        var e = Assert.Throws<FaceBiasException>(() => LabelSource.Load(file, images).Target("wear"));
        Assert.Contains("--keep-na wear", e.Message, StringComparison.Ordinal);
        var options = new LabelOptions { Sources = [file], Reading = new() { KeepNa = ["wear"], Separator = ';' } };
        Assert.Equal(["None", "hat"],
            LabelSource.Load(options, images).Target("wear").Classes.Order(StringComparer.Ordinal));
        Assert.Contains("no column 'ware'",
            Assert.Throws<FaceBiasException>(
                () => LabelSource.Load(options with { Reading = new() { KeepNa = ["ware"] } }, images)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_match_by_path_then_by_name_and_what_does_not_fit_is_reported()
    {
        var labels = LabelSource.Load(Csv("""
            file,age,group
            a/1.jpg,10,x
            b\1.jpg,11,y
            only.png,12,x
            stem,13,y
            1.jpg,99,z
            gone.jpg,1,x
            twice.jpg,5,x
            twice.jpg,5,x
            torn.jpg,5,x
            torn.jpg,6,x
            negative.jpg,-1,x
            nan.jpg,NaN,x
            ,7,x
            """), Images("a/1.jpg", "b/1.jpg", "c/only.png", "c/stem.jpeg", "twice.jpg", "torn.jpg", "negative.jpg", "nan.jpg", "bare.jpg"));
        Assert.Equal([10, 11, 12, 13, 5, double.NaN, double.NaN, double.NaN, double.NaN],
            labels.Table.Number("age").Values);
        Assert.Equal([true, true, true, true, true, false, true, true, false], labels.Labelled);
        var counts = labels.Notices.ToDictionary(n => n.Kind, n => n.Count);
        Assert.Equal(new Dictionary<string, int>
        {
            ["no-such-image"] = 1, ["ambiguous"] = 1, ["conflict"] = 1, ["duplicate"] = 1, ["no-name"] = 1,
            ["unlabelled"] = 1, ["bad-value"] = 2, ["missing"] = 1,
        }, counts);
    }

    [Fact]
    public void Integer_codes_are_classes_and_what_has_no_sense_is_refused()
    {
        var labels = LabelSource.Load(Csv("image_id,code,score,one\n1,10,.5,a\n2,2,1,a\n3,10,2,a\n"),
            Images("1.jpg", "2.jpg", "3.jpg"));
        Assert.Equal(TargetKind.Numeric, labels.Target("code", TargetKind.Numeric).Kind);
        var codes = labels.Target("code");
        Assert.Equal(["2", "10"], codes.Classes);
        Assert.Equal([1, 0, 1], codes.Codes);
        Assert.Contains("0.5",
            Assert.Throws<FaceBiasException>(() => labels.Target("score", TargetKind.Categorical)).Message,
            StringComparison.Ordinal);
        Assert.Contains("single class", Assert.Throws<FaceBiasException>(() => labels.Target("one")).Message,
            StringComparison.Ordinal);
        Assert.Contains("'code', 'score', 'one'",
            Assert.Throws<FaceBiasException>(() => labels.Target("gender")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a,b\n1,2\n", nameof(LabelOptions.ImageColumn))]
    [InlineData("image\nx.jpg\n", "no column beside")]
    [InlineData("image,b\nother.jpg,2\n", "No image has a label")]
    public void Useless_tables_are_one_sentence(string text, string expected) =>
        Assert.Contains(expected,
            Assert.Throws<FaceBiasException>(() => LabelSource.Load(Csv(text), Images("x.jpg"))).Message,
            StringComparison.Ordinal);
}
