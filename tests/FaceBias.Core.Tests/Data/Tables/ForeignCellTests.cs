using FaceBias.Core.Data;
using FaceBias.Core.Data.Tables;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Data.Tables;

/// <summary>How cells are spelled in tables of other programs, and what is made of them.</summary>
public class ForeignCellTests
{
    private static Table Read(string text, TableReading? reading = null) => ForeignFileTests.Read(text, reading);

    [Theory]
    [InlineData("a;b\n0,5;x\n1,25;y\n", "0.5 1.25", "decimal")]
    [InlineData("a;b\n1.234,5;x\n2;y\n", "1234.5 2", "decimal")]
    [InlineData("a;b\n,5;x\n-1,5;y\n", "0.5 -1.5", "decimal")]
    [InlineData("a,b\n\"1,234,567\",x\n2,y\n", "1234567 2", "decimal")]
    [InlineData("a,b\n\"1,234.5\",x\n\"1,000\",y\n", "1234.5 1000", "decimal")]
    [InlineData("a,b\n\"1,234\",0.5\n\"2,000\",1.5\n", "1234 2000", "decimal")]
    [InlineData("a,b\n45%,x\n7.5 %,y\n", "0.45 0.075", "percent")]
    [InlineData("a,b\n1.0,x\n1,y\n", "1 1", null)]
    [InlineData("a,b\n+1,x\n1e-3,y\n", "1 0.001", null)]
    [InlineData("a,b\n1,x\nNA,y\nnan,z\n#N/A,z\nNone,z\n-,z\n.,z\n,z\n", "1 NaN NaN NaN NaN NaN NaN NaN", "missing")]
    public void Numbers_are_read_and_what_was_assumed_is_said(string text, string expected, string? notice)
    {
        var table = Read(text);
        Assert.Equal(expected,
            string.Join(' ',
                Assert.IsType<NumberColumn>(table.Columns[0]).Values.Select(
                    v => v.ToString(System.Globalization.CultureInfo.InvariantCulture))));
        Assert.Equal(notice is null ? [] : [notice],
            table.Notices.Where(n => n.Column != "b").Select(n => n.Kind).Distinct());
    }

    [Theory]
    [InlineData("a,b\n1.1,x\n1.10,y\n1.2,z\n", "'1.1' and '1.10' would be one number")]
    [InlineData("a;b\n1,234;x\n2,345;y\n", "give ‹Decimal› , or ‹Decimal› .")]
    [InlineData("a;b\n1.234;0,5\n2.345;1,5\n", "a point may part thousands or be a decimal sign")]
    [InlineData("a;b\n0,5;x\n1.5;y\n", "decimal signs both")]
    [InlineData("a,b\n1,x\n2,x\n3,x\n4,x\nfive,x\n", "because of 'five' in row 5")]
    [InlineData("a,b\n50%,x\n0.5,y\n", "some are per cent and some are not")]
    public void What_cannot_be_known_stays_text_with_a_reason(string text, string reason)
    {
        var table = Read(text);
        var column = Assert.IsType<TextColumn>(table.Columns[0]);
        Assert.Contains(table.Notices.Select(n => n.Sentence).Append(column.Stray?.Reason ?? ""),
            s => s.Contains(reason, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(",", "1.234 2.345")]
    [InlineData(".", "1234 2345")]
    public void The_decimal_sign_can_be_given(string sign, string expected) => Assert.Equal(expected,
        string.Join(' ',
            Read("a;b\n1,234;x\n2,345;y\n", new() { Decimal = sign[0] }).Number("a").Values.Select(
                v => v.ToString(System.Globalization.CultureInfo.InvariantCulture))));

    [Theory]
    [InlineData("007", "12")]
    [InlineData("12345678901234567", "1")]
    [InlineData("2024-01-02", "2024-01-03")]
    [InlineData("9-Mar", "3-9")]
    [InlineData("1_000", "2_000")]
    [InlineData("True", "False")]
    public void Names_made_of_digits_and_dates_stay_text(string first, string second) =>
        Assert.Equal([first, second], Assert.IsType<TextColumn>(Read($"a,b\n{first},x\n{second},y\n")["a"]).Levels);

    [Fact]
    public void Words_for_missing_values_are_missing_unless_they_are_kept()
    {
        const string text = "g\ncat\nNA\nN/A\nNone\nnan\nnull\n-\nnone\n";
        var table = Read(text);
        Assert.Equal(["cat", "none"], ((TextColumn)table["g"]).Levels);
        var notice = Assert.Single(table.Notices);
        Assert.Contains("6 cells of 'g'", notice.Sentence, StringComparison.Ordinal);
        Assert.Contains("--keep-na g", notice.Sentence, StringComparison.Ordinal);
        Assert.Equal(8, ((TextColumn)Read(text, new() { KeepNa = ["g"] })["g"]).Levels.Length);
        Assert.Equal(["+", "-"], ((TextColumn)Read("g\n+\n-\n+\n")["g"]).Levels);
    }

    [Fact]
    public void Columns_of_one_name_are_told_apart()
    {
        var table = Read("a,b,a\n1,2,3\n");
        Assert.Equal(["a (column 1)", "b", "a (column 3)"], table.Columns.Select(c => c.Name));
        Assert.Contains("separated by ','", Assert.Throws<FaceBiasException>(() => table["a"]).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0 1 1 0", "0 1 0 0", "classes")]
    [InlineData("-1 1 1 -1", "1 1 -1 -1", "classes")]
    [InlineData("1 2 1 2", "2 2 1 1", "classes")]
    [InlineData("0 1 2 3 4", "0 1 2 2 4", "classes")]
    [InlineData("1 2 3 4 5", "1.5 2.2 3 4 5", "number")]
    [InlineData("20.5 31 44", "21 30 40", "number")]
    [InlineData("23 31 44 61", "21 30 40 70", "number")]
    public void Few_whole_codes_are_classes(string truth, string prediction, string expected)
    {
        static double[] Values(string text) =>
            [.. text.Split(' ').Select(t => double.Parse(t, System.Globalization.CultureInfo.InvariantCulture))];
        Column[] columns = [new NumberColumn("y", Values(truth)), new NumberColumn("yhat", Values(prediction))];
        var decision = KindRule.Of(columns);
        Assert.Equal(expected == "classes" ? TargetKind.Categorical : TargetKind.Numeric, decision.Kind);
        Assert.Equal(expected == "classes",
            decision.Sentence?.Contains("‹Numeric› yhat", StringComparison.Ordinal) == true);
        Assert.Equal(TargetKind.Numeric, KindRule.Of(columns, new() { Numeric = ["y"] }).Kind);
        Assert.Equal(TargetKind.Categorical, KindRule.Of(columns, new() { Categorical = ["yhat"] }).Kind);
    }

    [Fact]
    public void Many_codes_are_told_from_a_quantity_by_how_wrong_wrong_rows_are_or_asked_about()
    {
        var random = new Random(1);
        double[] truth = [.. Enumerable.Range(0, 3000).Select(_ => (double)random.Next(100))];
        double[] classes = [.. truth.Select(t => random.NextDouble() < 0.7 ? t : random.Next(100))],
            near = [.. truth.Select(t => t + random.Next(-6, 7))];
        KindDecision Of(double[] prediction, string name = "y") =>
            KindRule.Of([new NumberColumn(name, truth), new NumberColumn("yhat", prediction)]);
        Assert.Equal((null, TargetKind.Numeric), (Of(classes).Kind, Of(near).Kind));
        Assert.Contains("‹Categorical› yhat or ‹Numeric› yhat", Of(classes).Sentence, StringComparison.Ordinal);
        Assert.Equal(TargetKind.Numeric, Of(classes, "age").Kind);
        // A label alone: 100 classes or a percentage?
        Assert.Null(KindRule.Of([new NumberColumn("fine_label", truth)]).Kind);
        // FairFace's age groups as codes.
        Assert.Null(KindRule.Of([new NumberColumn("age", [.. truth.Select(t => t % 9)])]).Kind);
    }

    [Theory]
    [InlineData("age", true)]
    [InlineData("Age (years)", true)]
    [InlineData("perceivedAge", true)]
    [InlineData("wage", false)]
    [InlineData("passage", false)]
    [InlineData("image", false)]
    public void Years_are_the_unit_of_an_age_and_of_nothing_that_contains_those_letters(string name, bool years) =>
        Assert.Equal(years ? "years" : null, Quantity.UnitOf(name));
}
