using System.Globalization;
using System.Text;
using FaceBias.Auditing;
using FaceBias.Core.Data.Tables;
using FaceBias.Primitives.Tables;
using static FaceBias.Core.Tests.Auditing.PeoplesTables;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>
/// What users of scikit-learn, pandas, R, Excel, SPSS, Hugging Face, Kaggle, ProPublica's COMPAS, FairFace, CelebA,
/// Fairlearn and AIF360 have on disk. Each holds the same gap; an audit finds it, or asks.
/// </summary>
public class EverybodysTableTests
{
    /// <summary>name, header, line, labels of truth, labels of prediction, columns
    /// (truth;prediction;probabilities;score), what is expected:
    /// "gap", or a piece of the question.</summary>
    public static TheoryData<string, string, string, string, string, string, string> Tables() => new()
    {
        { "scikit-learn", "y_true,y_pred,group", "{T},{P},{G}", "1|0", "1|0", "y_true;y_pred;;", "gap" },
        { "scikit-learn with predict_proba", "y_true,y_pred,p0,p1,group", "{T},{P},{N},{S},{G}", "1|0", "1|0",
            "y_true;y_pred;0=p0,1=p1;", "gap" },
        { "scikit-learn, score of the positive class", "y_true,y_score,group", "{T},{S},{G}", "1|0", "",
            "y_true;;;y_score", "gap" },
        { "pandas with its index", ",label,pred,group", "{i},{T},{P},{G}", "cat|dog", "cat|dog", "label;pred;;",
            "gap" },
        { "pandas, index read and written again", "Unnamed: 0,label,pred,group", "{i},{T},{P},{G}", "cat|dog",
            "cat|dog", "label;pred;;", "gap" },
        { "pandas, integers with gaps as floats", "label,pred,group", "{T},{P},{G}", "1.0|0.0", "1|0", "label;pred;;",
            "gap" },
        { "pandas, booleans", "label,pred,group", "{T},{P},{G}", "True|False", "True|False", "label;pred;;", "gap" },
        { "NumPy, booleans beside numbers", "label,pred,group", "{T},{P},{G}", "True|False", "1.0|0.0", "label;pred;;",
            "gap" },
        { "R, write.table", "\"label\" \"pred\" \"group\"", "\"{i}\" \"{T}\" \"{P}\" \"{G}\"", "cat|dog", "cat|dog",
            "label;pred;;", "gap" },
        { "R, write.csv with factors", "\"\",\"label\",\"pred\",\"group\"", "\"{i}\",\"{T}\",\"{P}\",\"{G}\"",
            "TRUE|FALSE", "TRUE|FALSE", "label;pred;;", "gap" },
        { "R, write.csv2", "\"label\";\"score\";\"group\"", "\"{T}\";{S};\"{G}\"", "yes|no", "", "label;;;score",
            "gap" },
        { "Excel in German", "Wahrheit;Vorhersage;Gruppe", "{T};{P};{G}", "ja|nein", "ja|nein", "Wahrheit;Vorhersage;;",
            "gap" },
        { "Excel, sep line", "sep=;\nlabel;pred;group", "{T};{P};{G}", "ja|nein", "ja|nein", "label;pred;;", "gap" },
        { "SPSS, codes 1 and 2", "sex,sex_hat,group", "{T},{P},{G}", "1|2", "1|2", "sex;sex_hat;;", "gap" },
        { "SPSS, codes against value labels", "sex,sex_hat,group", "{T},{P},{G}", "1|2", "Male|Female", "sex;sex_hat;;",
            "none is shared" },
        { "UCI, question marks", "label,pred,group,workclass", "{T},{P},{G},?", ">50K|<=50K", ">50K|<=50K",
            "label;pred;;", "gap" },
        { "UCI, dots at the end of the test labels", "label,pred,group", "{T},{P},{G}", ">50K.|<=50K.", ">50K|<=50K",
            "label;pred;;", "none is shared" },
        { "Kaggle, labels capitalised by one side", "label,prediction,group", "{T},{P},{G}", "Positive|Negative",
            "positive|negative", "label;prediction;;", "gap" },
        { "Kaggle, yes and no against 1 and 0", "label,prediction,group", "{T},{P},{G}", "yes|no", "1|0",
            "label;prediction;;", "none is shared" },
        { "COMPAS, recidivism and score text", "two_year_recid,is_high,group", "{T},{P},{G}", "1|0", "1|0",
            "two_year_recid;is_high;;", "gap" },
        { "COMPAS, decile score", "two_year_recid,decile_score,group", "{T},{i}.5,{G}", "1|0", "",
            "two_year_recid;decile_score;;", "--threshold" },
        { "CelebA, -1 and 1", "Smiling,Smiling_pred,group", "{T},{P},{G}", "1|-1", "1|-1", "Smiling;Smiling_pred;;",
            "gap" },
        { "CelebA, -1 and 1 against 0 and 1", "Smiling,Smiling_pred,group", "{T},{P},{G}", "1|-1", "1|0",
            "Smiling;Smiling_pred;;", "has '-1', never predicted" },
        { "Hugging Face, LABEL_0", "label,pred,group", "{T},{P},{G}", "1|0", "LABEL_1|LABEL_0", "label;pred;;",
            "none is shared" },
        { "Hugging Face, LABEL_0 twice", "label,pred,group", "{T},{P},{G}", "LABEL_1|LABEL_0", "LABEL_1|LABEL_0",
            "label;pred;;", "gap" },
        { "Fairlearn, score without a threshold", "y,p,group", "{T},{S},{G}", "1|0", "", "y;p;;", "gap" },
        { "AIF360, favourable labels", "credit,credit_pred,group", "{T},{P},{G}", "2|1", "2.0|1.0",
            "credit;credit_pred;;", "gap" },
        { "percentages", "label,conf,group", "{T},{S}%,{G}", "1|0", "", "label;;;conf", "gap-percent" },
        { "quoted line ends and commas", "label,note,pred,group", "{T},\"a, b\nc \"\"d\"\"\",{P},{G}", "cat|dog",
            "cat|dog", "label;pred;;", "gap" },
        { "separator at the end of each row", "label,pred,group,", "{T},{P},{G},", "cat|dog", "cat|dog", "label;pred;;",
            "gap" },
        { "tabs in a .csv", "label\tpred\tgroup", "{T}\t{P}\t{G}", "cat|dog", "cat|dog", "label;pred;;", "gap" },
        { "blanks around quoted labels", "label,pred,group", "\"{T} \",{P},{G}", "cat|dog", "cat|dog", "label;pred;;",
            "gap" },
        { "two columns of one name", "label,pred,group,group2,pred2,pred2", "{T},{P},{G},x,1,2", "cat|dog", "cat|dog",
            "label;pred;;", "gap" },
        { "a signed class", "label,pred,group", "{T},{P},{G}", "+|-", "+|-", "label;pred;;", "gap" },
        { "one-hot truth with booleans", "is_cat,is_dog,pred,group", "{T},{P},{G}", "True,False,cat|False,True,dog", "",
            "is_cat,is_dog;pred;;", "one-hot" },
        { "names of truth and prediction the wrong way round", "label,pred,group", "{T},{P},{G}", "cat|dog", "cat|dog",
            "lable;pred;;", "no column 'lable'" },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void Is_understood_or_asked_about(string name, string header, string line, string truth, string prediction,
        string columns, string expected)
    {
        var parts = columns.Split(';');
        if (expected == "one-hot")
            line = line.Replace(",{P}", "", StringComparison.Ordinal);
        var text = Csv(header, line, truth.Split('|'), prediction.Length == 0 ? null : prediction.Split('|'),
            header.Contains("\"score\"", StringComparison.Ordinal) ? "," : ".");
        static string? Given(string part) => part.Length == 0 ? null : part;
        var outcome = Audit(text, Columns(Given(parts[0]), Given(parts[1]), Given(parts[2]), Given(parts[3])),
            o => expected == "gap-percent" ? o with { Threshold = 0.005 } : o);
        if (expected is not ("gap" or "gap-percent" or "one-hot"))
        {
            Assert.True(outcome.Result is null && outcome.Text.Contains(expected, StringComparison.Ordinal),
                $"{name}: {outcome.Text}");
            return;
        }
        Assert.True(outcome.Result is not null, $"{name}: {outcome.Text}");
        Assert.Equal(TargetKind.Categorical, outcome.Target.Kind);
        if (expected == "one-hot")
            Assert.Equal(1, outcome.Target.Overall.Find("accuracy")!.Value);
        else
        {
            var gap = outcome.Target.Groupings.Single(g => g.Attributes is ["group"] or ["Gruppe"]).Gaps.Single(
                x => x.Metric == "accuracy");
            Assert.True(gap is { Verdict: Verdict.GapShown, Worst: "b" } && gap.Value is > 0.15 and < 0.4,
                $"{name}: {outcome.Text}");
        }
    }

    [Fact]
    public void Ages_with_thousands_dates_and_codes_mean_what_they_mean()
    {
        // Salaries with thousands, in quotes, against predictions without; a date column is no group; the margin is not
        // made up.
        var text = new StringBuilder("salary,salary_hat,hired,group\n");
        foreach (var r in Rows(200))
            text.Append(CultureInfo.InvariantCulture,
                $"\"{40 + (r.I % 50)},{100 + (r.I % 800):000}\",{(1000 * (40 + (r.I % 50))) + 700},2020-01-{1 + (r.I % 28):00},{r.Group}\n");
        Assert.Contains("give --decimal , or --decimal .", Audit(text.ToString(), Columns("salary", "salary_hat")).Text,
            StringComparison.Ordinal);
        var salary = Audit(text.ToString(), Columns("salary", "salary_hat"), o => o with { Groups = ["group"] },
            reading: new() { Decimal = '.' });
        Assert.Equal(TargetKind.Numeric, salary.Target.Kind);
        Assert.Null(salary.Target.Unit);
        Assert.InRange(salary.Target.Overall.Find("mae")!.Value!.Value, 50, 700);
        Assert.Contains("1,234 is read as 1234", salary.Text, StringComparison.Ordinal);
        Assert.Null(salary.Target.Groupings[0].Gaps[0].Margin);
        // German ages with a decimal comma.
        var ages = new StringBuilder("alter_age;pred;gruppe\n");
        foreach (var r in Rows(200))
            ages.Append(CultureInfo.InvariantCulture, $"{r.I % 70},5;{r.I % 70},{r.I % 10};{r.Group}\n");
        var age = Audit(ages.ToString(), Columns("alter_age", "pred"));
        Assert.Equal((TargetKind.Numeric, "years"), (age.Target.Kind, age.Target.Unit));
        Assert.True(age.Target.Overall.Find("mae")!.Value < 1);
        // FairFace's age groups as codes beside a name that is a quantity's: a question.
        var codes = Audit(
            Csv("age,age_pred,group", "{T},{P},{G}", ["3", "5"]).Replace("3,", "2,", StringComparison.Ordinal)
                + "0,0,a\n1,1,b\n4,4,a\n5,6,a\n7,8,b\n", Columns("age", "age_pred"));
        Assert.Contains("--categorical age_pred or --numeric age_pred", codes.Text, StringComparison.Ordinal);
        // FairFace's words.
        var words = new StringBuilder("age,age_pred,group\n");
        string[] ranges = ["0-2", "3-9", "10-19", "20-29", "more than 70"];
        foreach (var r in Rows())
            words.Append(CultureInfo.InvariantCulture,
                $"{ranges[r.I % 5]},{ranges[r.Predicted == r.Truth ? r.I % 5 : (r.I + 1) % 5]},{r.Group}\n");
        Assert.Equal(ranges, Audit(words.ToString(), Columns("age", "age_pred")).Target.Classes);
    }

    [Fact]
    public void Encodings_give_the_same_audit()
    {
        var text = Csv("Wahrheit;pred;größe", "{T};{P};{G}", ["Männer", "Frauen"]);
        byte[][] files = [Encoding.UTF8.GetBytes(text),
            [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(text)],
            [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(text)], Encoding.Latin1.GetBytes(text)];
        string[] outcomes =
            [.. files.Select(
                f => Audit(f, Columns("Wahrheit", "pred")) is { Result: { } r }
                    ? string.Join('|', r.Findings.Select(x => x.Sentence)) : "refused")];
        Assert.Single(outcomes.Distinct());
        Assert.Contains("größe", outcomes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Pandas_json_and_other_formats_give_the_same_audit()
    {
        var rows = Rows().ToArray();
        string records =
            "[" + string.Join(",",
                rows.Select(r =>
                    $"{{\"y\":{(r.Truth ? 1 : 0)},\"p\":{(r.Predicted ? 1 : 0)},\"group\":\"{r.Group}\"}}")) + "]";
        string lines = string.Join('\n',
            rows.Select(r => $"{{\"y\":{(r.Truth ? 1 : 0)},\"p\":{(r.Predicted ? 1 : 0)},\"group\":\"{r.Group}\"}}"));
        string Column(string name, Func<Row, string> value) =>
            $"\"{name}\":{{{string.Join(",", rows.Select(r => $"\"{r.I}\":{value(r)}"))}}}";
        var columns = $"{{{Column("y", r => r.Truth ? "1" : "0")},{Column("p", r => r.Predicted ? "1" : "0")},{Column("group", r => $"\"{r.Group}\"")}}}";
        var csv = Csv("y,p,group", "{T},{P},{G}", ["1", "0"]);
        string[] outcomes =
            [.. new[] { ("t.json", records), ("t.jsonl", lines), ("t.json", columns), ("t.csv", csv) }.Select(f =>
            Audit(f.Item2, Columns("y", "p"), name: f.Item1) is { Result: { } r }
                ? string.Join('|', r.Findings.Select(x => x.Sentence)) : "refused")];
        Assert.Single(outcomes.Distinct());
        Assert.Contains("more than chance", outcomes[0], StringComparison.Ordinal);
    }
}
