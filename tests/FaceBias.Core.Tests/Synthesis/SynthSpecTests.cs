using FaceBias.Synthesis;

namespace FaceBias.Core.Tests.Synthesis;

public class SynthSpecTests
{
    [Fact]
    public void The_quickstart_spec_is_valid_and_plants_every_fault()
    {
        var planted = SynthSpec.Quickstart().Planted;
        Assert.NotNull(planted.RareGroup);
        Assert.NotNull(planted.Correlation);
        Assert.All(
            new[] { planted.ExactDuplicates, planted.NearDuplicates, planted.ConflictingDuplicates, planted.NonFaces,
                planted.Unreadable, planted.WrongLabels },
            share => Assert.True(share > 0));
    }

    [Fact]
    public void An_empty_object_is_the_default_spec() =>
        Assert.Equal(SynthSpec.Parse("{}", "x").SkinTone, new SynthSpec().SkinTone);

    [Theory]
    [InlineData("""{"gendr": {"female": 1}}""", "gendr")]
    [InlineData("""{"planted": {"rare_group": {"shares": 1}}}""", "planted.rare_group.shares")]
    [InlineData("""{"gender": {"femal": 1}}""", "'gender' has 'femal'")]
    [InlineData("""{"gender": {"female": -1, "male": 1}}""", "gender.female")]
    [InlineData("""{"gender": {"female": 0, "male": 0}}""", "'gender'")]
    [InlineData("""{"gender": null}""", "gender")]
    [InlineData("""{"gender": "female"}""", "gender")]
    [InlineData("""{"size": 20}""", "'size' must be from 48 to 1024, but is 20")]
    [InlineData("""{"size": 20, "size": 200}""", "size")]
    [InlineData("""{"size": 1e99}""", "size")]
    [InlineData("""{"version": 2}""", "version")]
    [InlineData("""{"quality": 101}""", "quality")]
    [InlineData("""{"noise": 0.5}""", "noise")]
    [InlineData("""{"cue_strength": -0.1}""", "cue_strength")]
    [InlineData("""{"format": "gif"}""", "format")]
    [InlineData("""{"format": 1}""", "format")]
    [InlineData("""{"age": []}""", "'age' has no bands")]
    [InlineData("""{"age": [{"from": 1, "to": 9, "share": 0}]}""", "'age'")]
    [InlineData("""{"age": [{"from": 9, "to": 1, "share": 1}]}""", "age[0].to")]
    [InlineData("""{"age": [{"from": 0, "to": 1, "share": 1}]}""", "age[0].from")]
    [InlineData("""{"age": [null]}""", "age[0]")]
    [InlineData("""{"skin_tone": {"monk_11": 1}}""", "monk_11")]
    [InlineData("""{"hair": {"female": {"bob": 1}}}""", "'hair' lacks 'male'")]
    [InlineData("""{"hair": {"female": {"bob": 1}, "male": {"bald": 1}}}""", "hair.male")]
    [InlineData("""{"split": {"train": 1, "tset": 1}}""", "tset")]
    [InlineData("""{"planted": {"exact_duplicates": 0.9}}""", "planted.exact_duplicates")]
    [InlineData("""{"planted": {"exact_duplicates": 0.3, "near_duplicates": 0.3}}""", "'planted' sum")]
    [InlineData("""{"planted": {"rare_group": {"gender": ["female"], "share": 1.2}}}""", "planted.rare_group.share")]
    [InlineData("""{"planted": {"rare_group": {"share": 0.1}}}""", "everybody")]
    [InlineData("""{"skin_tone": {"monk_1": 1}, "planted": {"rare_group": {"skin_tone": ["monk_9"], "share": 0.1}}}""",
        "nobody")]
    [InlineData("""{"planted": {"correlation": {"nuisance": "age"}}}""", "planted.correlation.nuisance")]
    [InlineData("""{"planted": {"correlation": {"nuisance": "glasses", "female": ["no"]}}}""",
        "planted.correlation.male")]
    [InlineData("""{"planted": {"correlation": {"nuisance": "glasses", "female": ["no"], "male": ["no"]}}}""",
        "'no' to both")]
    [InlineData("""{"planted": {"correlation": {"nuisance": "glasses", "female": ["no"], "male": ["yes"], "agreement": 0.3}}}""", "planted.correlation.agreement")]
    [InlineData("""{"size": 200""", "not valid JSON")]
    [InlineData("hello", "not valid JSON")]
    [InlineData("null", "null")]
    [InlineData("[]", "whole file")]
    public void A_wrong_field_is_named_in_one_sentence(string json, string expected)
    {
        var e = Assert.Throws<FaceBiasException>(() => SynthSpec.Parse(json, "the spec 'a.json'"));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("In the spec 'a.json', ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_spec_is_named()
    {
        var e = Assert.Throws<FaceBiasException>(() => SynthSpec.Read("/nowhere/spec.json"));
        Assert.Contains("/nowhere/spec.json", e.Message, StringComparison.Ordinal);
    }
}
