using FaceBias.Core.Backbones;

namespace FaceBias.Core.Tests.Backbones;

public class CatalogueTests
{
    [Fact]
    public void The_built_in_catalogue_is_complete()
    {
        var entries = Catalogue.BuiltIn.Entries;
        Assert.Equal(["faceres", "faceres-deep", "gear", "resnet50", "mobilenet_v1", "sface", "mobilefacenet",
            "mobileface", "dlib", "retinaface"],
            entries.Select(e => e.Name).ToArray());
        Assert.All(entries, e =>
        {
            Assert.NotNull(e.Package);
            Assert.NotEmpty(e.Description);
            Assert.Equal(e.Kind == ModelKind.Backbone, e.Features is not null);
            Assert.All(e.Outputs, o => Assert.NotEmpty(o.Meaning));
        });
        Assert.Equal(100, Catalogue.BuiltIn.Find("faceres")!.Outputs.Single(o => o.Name == "age").Classes!.Count);
    }

    [Fact]
    public void An_entry_survives_writing_and_reading()
    {
        var entry = Catalogue.BuiltIn.Find("gear")!;
        Assert.Equal(Catalogue.Write(entry), Catalogue.Write(Catalogue.Parse(Catalogue.Write(entry), "x")));
    }

    [Theory]
    [InlineData("models/gear.json", "../gear.json", "leaves the package")]
    [InlineData("models/gear.json", "/etc/passwd", "leaves the package")]
    [InlineData("\"sha256\": \"", "\"sha256\": \"X", "no SHA-256")]
    [InlineData("\"count\": 192", "\"count\": 0", "no features")]
    [InlineData("\"name\": \"race\"", "\"name\": \"age\"", "same name")]
    [InlineData("\"licence\": \"MIT\"", "\"licence\": \"\"", "licences")]
    [InlineData("\"width\": 198", "\"width\": 1980000", "outside 1 to")]
    [InlineData("\"kind\": \"backbone\"", "\"kind\": \"spine\"", "damaged")]
    [InlineData("\"licence\": \"MIT\"", "\"license\": \"MIT\"", "damaged")]
    [InlineData("\"mean\"", "\"means\"", "damaged")]
    public void What_is_wrong_with_an_entry_is_said(string part, string instead, string expected)
    {
        var text = Catalogue.Write(Catalogue.BuiltIn.Find("gear")!);
        Assert.Contains(part, text, StringComparison.Ordinal);
        var e = Assert.Throws<FaceBiasException>(
            () => Catalogue.Parse(text.Replace(part, instead, StringComparison.Ordinal), "mine.json"));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_models_of_one_name_are_refused() =>
        Assert.Contains("two models named 'gear'", Assert.Throws<FaceBiasException>(() =>
        new Catalogue([Catalogue.BuiltIn.Find("gear")!, Catalogue.BuiltIn.Find("gear")!])).Message,
        StringComparison.Ordinal);

    [Fact]
    public void The_home_folder_follows_the_environment()
    {
        Assert.Equal(Path.GetFullPath("own"), FaceBiasHome.Resolve(v => v == FaceBiasHome.Variable ? "own" : null));
        var cache = Path.GetFullPath("/cache");
        Assert.Equal(Path.Combine(cache, "facebias"), FaceBiasHome.Resolve(v => v == "XDG_CACHE_HOME" ? cache : null));
        Assert.EndsWith("facebias", FaceBiasHome.Resolve(v => v == "XDG_CACHE_HOME" ? "relative" : null),
            StringComparison.Ordinal);
    }
}
