using FaceBias.Auditing;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>Each fault of a predictions table gets one sentence that names it.</summary>
public class BadPredictionsTests
{
    private static readonly Table Good = PredictionFixture.Faces(60);
    private static readonly AuditOptions Quick = new() { BootstrapReplicates = 100, Permutations = 100 };

    public static TheoryData<string, Table, string> Faults() => new()
    {
        { "no rows", PredictionFixture.Rows(Good, []), "no rows" },
        { "no truth", PredictionFixture.Without(Good, "gender_true", "age_true"),
            "no target with both a prediction and a truth" },
        { "duplicate ids",
            PredictionFixture.With(Good,
                new TextColumn("id", [.. Enumerable.Range(0, 60).Select(i => (string?)$"{i % 59}")])),
                "have the id '0'" },
        { "missing id", PredictionFixture.With(Good,
            new TextColumn("id", [null, .. Enumerable.Range(1, 59).Select(i => (string?)$"{i}")])),
            "Row 1 of the predictions table has no id" },
        { "probabilities that do not sum to 1",
            PredictionFixture.With(Good, new NumberColumn("gender_p_male", [.. Enumerable.Repeat(0.1, 60)])),
            "sum to" },
        { "a probability above 1",
            PredictionFixture.With(Good, new NumberColumn("gender_p_male", [.. Enumerable.Repeat(1.5, 60)])),
            "between 0 and 1" },
        { "probabilities as text",
            PredictionFixture.With(Good, new TextColumn("gender_p_male", [.. Enumerable.Repeat("high", 60)])),
            "must hold numbers" },
        { "a class without probabilities", PredictionFixture.Without(Good, "gender_p_male"),
            "no column 'gender_p_male'" },
        { "labels that differ in case",
            PredictionFixture.With(PredictionFixture.Without(Good, "gender_p_male", "gender_p_female"),
            new TextColumn("gender_true", [.. Enumerable.Range(0, 60).Select(i => i % 2 == 0 ? "male" : "Male")])),
            "differ only in case" },
        { "groups that differ in case", PredictionFixture.With(Good,
            new TextColumn("race_true", [.. Enumerable.Range(0, 60).Select(i => i % 2 == 0 ? "Black" : "black ")])),
            "differ only in case or blanks" },
        { "an infinite age",
            PredictionFixture.With(Good, new NumberColumn("age", [.. Enumerable.Repeat(double.PositiveInfinity, 60)])),
            "infinite" },
        { "an age of 1e308",
            PredictionFixture.With(Good, new NumberColumn("age", [1e308, .. Enumerable.Repeat(20.0, 59)])),
            "1E+308, which no error can be computed of, in row 'face00000.jpg'" },
        { "no true value at all",
            PredictionFixture.Without(
                PredictionFixture.With(Good, new NumberColumn("age_true", [.. Enumerable.Repeat(double.NaN, 60)])),
            "gender_true"), "No row has a true value" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Is_one_sentence(string fault, Table table, string expected)
    {
        var message = Assert.Throws<FaceBiasException>(() => Auditor.Run(table, Quick)).Message;
        Assert.True(message.Contains(expected, StringComparison.Ordinal), $"{fault}: {message}");
        Assert.EndsWith(".", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("nothing", "no column 'nothing'")]
    [InlineData("id", "60 different values")]
    public void Unfit_groups_are_named(string group, string expected) => Assert.Contains(expected,
        Assert.Throws<FaceBiasException>(() => Auditor.Run(Good, Quick with { Groups = [group] })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void An_empty_group_is_named() =>
        Assert.Contains("Group column 'site' is empty", Assert.Throws<FaceBiasException>(() => Auditor.Run(
        PredictionFixture.With(Good, new TextColumn("site", new string?[60])),
        Quick with { Groups = ["site"] })).Message, StringComparison.Ordinal);

    [Fact]
    public void An_unknown_target_is_named() => Assert.Contains("no column 'mood'",
        Assert.Throws<FaceBiasException>(() => Auditor.Run(Good, Quick with { Targets = ["mood"] })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Columns_with_too_many_values_are_listed_not_used()
    {
        var table = PredictionFixture.With(Good,
            new TextColumn("note", [.. Enumerable.Range(0, 60).Select(i => (string?)$"note {i}")]),
            new NumberColumn("sharpness", [.. Enumerable.Range(0, 60).Select(i => i / 7.0)]));
        var result = Auditor.Run(table, Quick);
        Assert.Equal(["note", "sharpness"], result.Ignored.Select(i => i.Column));
        Assert.DoesNotContain(result.Attributes, a => a.Name is "note" or "sharpness");
        Assert.Contains(Auditor.Run(table, Quick with { Groups = ["sharpness"] }).Attributes,
            a => a.Name == "sharpness" && a.Levels.Count == 5);
    }

    [Fact]
    public void One_class_only_is_audited_without_a_division_by_zero()
    {
        var one = PredictionFixture.With(PredictionFixture.Without(Good, "gender_p_male", "gender_p_female"),
            new TextColumn("gender", [.. Enumerable.Repeat("male", 60)]),
            new TextColumn("gender_true", [.. Enumerable.Repeat("male", 60)]));
        var target = Auditor.Run(one, Quick).Targets.Single(t => t.Name == "gender");
        Assert.Equal(1, target.Overall.Find("accuracy")!.Value);
        Assert.Empty(target.Worst);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(1.0)]
    public void Options_are_checked(double confidence) => Assert.Contains("Confidence",
        Assert.Throws<FaceBiasException>(() => Auditor.Run(Good, Quick with { Confidence = confidence })).Message,
        StringComparison.Ordinal);
}
