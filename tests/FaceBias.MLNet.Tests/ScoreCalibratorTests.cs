using FaceBias.Core.Heads.Model;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Core.Uncertainty.LastLayers;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.MLNet.Tests;

/// <summary>Calibrators of ML.NET's columns give what the core's calibration gives.</summary>
public class ScoreCalibratorTests
{
    private const int Rows = 700;
    private static readonly string[] s_classes = ["cat", "dog", "owl"];
    private readonly MLContext _context = new(seed: 1);
    private readonly Row[] _rows;

    public ScoreCalibratorTests()
    {
        var random = new Random(4);
        _rows = [.. Enumerable.Range(0, Rows).Select(i =>
        {
            var label = random.Next(3);
            var group = random.Next(5) == 0 ? "rare" : "usual";
            // The rare group's probabilities are surer than they are right.
            var logits = Enumerable.Range(0, 3).Select(
                k => (group == "rare" ? 4 : 1.5) * ((k == label ? 1 : 0) + Gauss())).ToArray();
            var sum = logits.Sum(Math.Exp);
            var years = random.Next(1, 90);
            var spread = 3 + years / 10.0;
            var margin = (group == "rare" ? 40 : 5) * ((i % 2 == 0 ? 1 : -1) + Gauss());
            return new Row
            {
                Label = s_classes[label], Group = group, Flag = random.Next(2) == 1, Years = years,
                Score = [.. logits.Select(l => (float)(Math.Exp(l) / sum))],
                Guess = (float)(years + spread * Gauss()), Spread = (float)spread,
                Low = (float)(years - spread), High = (float)(years + 0.5 * spread),
                Yes = i % 2 == 0, Margin = (float)margin, Answer = margin > 0,
                Chance = (float)(1 / (1 + Math.Exp(-margin / 10))),
            };
        })];

        double Gauss() =>
            Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";
        [VectorType(3)] public float[] Score { get; set; } = [];
        public string Group { get; set; } = "";
        public bool Flag { get; set; }
        public float Years { get; set; }
        public float Guess { get; set; }
        public float Spread { get; set; }
        [ColumnName("LowQuantile")] public float Low { get; set; }
        [ColumnName("HighQuantile")] public float High { get; set; }
        public bool Yes { get; set; }
        public bool Answer { get; set; }
        public float Margin { get; set; }
        public float Chance { get; set; }
    }

    private IDataView View(IEnumerable<Row> rows)
    {
        var view = _context.Data.LoadFromEnumerable(rows);
        // In another order than that of the alphabet is what a key is for.
        return _context.Transforms.Conversion.MapValueToKey("Label",
            keyData: _context.Data.LoadFromEnumerable(s_classes.Select(c => new { Value = c }))).Fit(view)
            .Transform(view);
    }

    private static ITransformer ThroughZip(ITransformer model, IDataView data)
    {
        var zip = Path.Combine(TestPaths.NewFolder(), "model.zip");
        new MLContext().Model.Save(model, data.Schema, zip);
        return new MLContext().Model.Load(zip, out _);
    }

    [Fact]
    public void A_temperature_is_the_cores_overall_and_per_group()
    {
        var view = View(_rows);
        var notices = new List<string>();
        var overall = Best(_rows);
        Check(_context.MulticlassClassification.Calibrators.Temperature(notice: notices.Add).Fit(view), _ => overall);
        Assert.Contains(FormattableString.Invariant($"{overall:0.###}"), notices[0], StringComparison.Ordinal);

        double rare = Best(_rows.Where(r => r.Group == "rare")), usual = Best(_rows.Where(r => r.Group == "usual"));
        Assert.True(rare > 1.5 * usual, $"{rare} {usual}");
        var model = _context.MulticlassClassification.Calibrators.Temperature(groupColumnName: "Group").Fit(view);
        Check(model, g => g switch { "rare" => rare, "usual" => usual, _ => overall });

        void Check(ITransformer fitted, Func<string, double> temperature)
        {
            Row[] rows = [.. _rows.Take(50), new() { Label = "cat", Group = "new", Score = [0.2f, 0.3f, 0.5f] }];
            var scored = ThroughZip(fitted, view).Transform(View(rows));
            var values = scored.GetColumn<float[]>("Probability").ToArray();
            for (var i = 0; i < rows.Length; i++)
            {
                var powers = rows[i].Score.Select(p => Math.Pow(p + 1e-12, 1 / temperature(rows[i].Group))).ToArray();
                for (var k = 0; k < 3; k++)
                    Assert.Equal(powers[k] / powers.Sum(), values[i][k], 1e-5);
            }
            VBuffer<ReadOnlyMemory<char>> slots = default;
            scored.Schema["Probability"].GetSlotNames(ref slots);
            Assert.Equal(s_classes, slots.DenseValues().Select(s => s.ToString()));
        }

        static double Best(IEnumerable<Row> rows) =>
            Temperature.Best([.. rows.Select(r => (r.Score.AsMemory(), Array.IndexOf(s_classes, r.Label)))]);
    }

    [Theory]
    [InlineData(ConformalMethod.Split, SetScore.Lac)]
    [InlineData(ConformalMethod.Split, SetScore.Raps)]
    [InlineData(ConformalMethod.ClassConditional, SetScore.Aps)]
    [InlineData(ConformalMethod.Mondrian, SetScore.Lac, "Group", "Flag")]
    [InlineData(ConformalMethod.Mondrian, SetScore.Lac, "Group", "Label")]
    [InlineData(ConformalMethod.Overlapping, SetScore.Raps, "Group", "Years")]
    public void Sets_are_those_of_a_predictions_table(ConformalMethod method, SetScore score, params string[] groups)
    {
        var options = new ConformalOptions { Method = method, Classes = score, Groups = groups, Level = 0.8 };
        var view = View(_rows.Take(500));
        var model = _context.MulticlassClassification.Calibrators.Conformal(options: options).Fit(view);
        var rest = _rows.Skip(500).ToArray();
        rest[0].Group = "new";
        rest[1].Score = [float.NaN, float.NaN, float.NaN];
        var sets = ThroughZip(model, view).Transform(View(rest)).GetColumn<float[]>("Set").ToArray();
        Assert.All(sets[1], v => Assert.True(float.IsNaN(v)));

        var output = new CategoricalOutput("Label", s_classes);
        var target = ConformalCalibration.Classes(output, Scores(_rows.Take(500)), Calibration(_rows.Take(500)),
            options);
        var expected = (TextColumn)PredictionSets.Classes(target, output, Scores(rest), Columns(rest),
            new List<string>())[0];
        for (var i = 0; i < rest.Length; i++)
            if (i != 1)
                Assert.Equal(expected[i],
                    string.Join('|', s_classes.Where((_, k) => sets[i][k] > 0)) is { Length: > 0 } text ? text : "{}");
    }

    [Theory]
    [InlineData(IntervalScore.Absolute, ConformalMethod.Split)]
    [InlineData(IntervalScore.Absolute, ConformalMethod.Mondrian, "Group")]
    [InlineData(IntervalScore.Absolute, ConformalMethod.Mondrian, "Years")]
    [InlineData(IntervalScore.Absolute, ConformalMethod.Overlapping, "Flag", "Years")]
    [InlineData(IntervalScore.Normalized, ConformalMethod.Split)]
    [InlineData(IntervalScore.Normalized, ConformalMethod.Mondrian, "Group", "Years")]
    [InlineData(IntervalScore.Quantile, ConformalMethod.Split)]
    [InlineData(IntervalScore.Quantile, ConformalMethod.Mondrian, "Group")]
    [InlineData(IntervalScore.Quantile, ConformalMethod.Mondrian, "Years")]
    public void Intervals_are_those_of_a_predictions_table(IntervalScore score, ConformalMethod method,
        params string[] groups)
    {
        var options = new ConformalOptions { Method = method, Groups = groups };
        var view = View(_rows.Take(500));
        var calibrators = _context.Regression.Calibrators;
        var model = (score switch
        {
            IntervalScore.Absolute => calibrators.Conformal("Years", "Guess", options),
            IntervalScore.Normalized => calibrators.ConformalNormalized("Spread", "Years", "Guess", options),
            _ => calibrators.ConformalQuantile("LowQuantile", "HighQuantile", "Years", options),
        }).Fit(view);
        var rest = _rows.Skip(500).ToArray();
        var scored = ThroughZip(model, view).Transform(View(rest));
        float[] low = [.. scored.GetColumn<float>("Low")], high = [.. scored.GetColumn<float>("High")];

        var output = new NumericOutput("Years", 0, 1, 2, null);
        IntervalBasis[] Basis(IEnumerable<Row> rows) => [.. rows.Select(r => score switch
        {
            IntervalScore.Absolute => new IntervalBasis(r.Guess, r.Guess, 1),
            IntervalScore.Normalized => new(r.Guess, r.Guess, r.Spread),
            _ => new(r.Low, r.High, 1),
        })];
        var rows = Calibration(_rows.Take(500));
        var target = ConformalCalibration.Numbers(output, Basis(_rows.Take(500)), rows with
        {
            Labels = rows.Groups.First(g => g.Name == "Years"),
        }, options with { Numbers = score });
        var expected = PredictionSets.Numbers(target, output, Basis(rest), Columns(rest), new List<string>());
        for (var i = 0; i < rest.Length; i++)
        {
            var (a, b) = (((NumberColumn)expected[0])[i], ((NumberColumn)expected[1])[i]);
            // Where no value is admitted the ends are crossed, wherever they lie.
            Assert.True(a > b ? low[i] > high[i] : Math.Abs(a - low[i]) < 1e-4 && Math.Abs(b - high[i]) < 1e-4,
                $"{i}: {a} to {b}, {low[i]} to {high[i]}");
        }
        var inside = rest.Where((r, i) => low[i] <= r.Years && r.Years <= high[i]).Count() / (double)rest.Length;
        Assert.InRange(inside, 0.83, 0.98);
    }

    [Fact]
    public void A_yes_or_no_is_calibrated_overall_and_per_group()
    {
        var view = View(_rows);
        var calibrators = _context.BinaryClassification.Calibrators;
        var scored = ThroughZip(calibrators.Temperature("Yes", "Margin", outputColumnName: "p").Fit(view), view)
            .Transform(view);
        var perGroup = ThroughZip(calibrators.Temperature("Yes", "Margin", "Group", "p").Fit(view), view)
            .Transform(view);
        double[] p = [.. scored.GetColumn<float>("p").Select(v => (double)v)];
        // One temperature, that of the smallest log-loss; the sign of the margin stays that of the answer.
        var t = _rows[0].Margin / Math.Log(p[0] / (1 - p[0]));
        Assert.All(_rows.Zip(p), r => Assert.Equal(1 / (1 + Math.Exp(-r.First.Margin / t)), r.Second, 1e-5));
        Assert.True(Loss(t) < Loss(1.02 * t) && Loss(t) < Loss(t / 1.02));
        // Margins of ten times the size get ten times the temperature.
        var groups = perGroup.GetColumn<float>("p").Zip(_rows).ToLookup(r => r.Second.Group,
            r => r.Second.Margin / Math.Log(r.First / (1 - (double)r.First)));
        Assert.InRange(groups["rare"].Where(double.IsFinite).Average()
            / groups["usual"].Where(double.IsFinite).Average(), 6, 11);
        Assert.True(MeanLoss(perGroup) < MeanLoss(scored));
        Assert.Equal("BinaryClassification", AnnotationOf(scored.Schema["p"], "ScoreColumnKind"));

        var sets = calibrators.Conformal("Yes", "Chance", new()
        {
            Level = 0.8, Method = ConformalMethod.Mondrian, Groups = ["Group"],
        }).Fit(view).Transform(view).GetColumn<float[]>("Set").ToArray();
        foreach (var group in new[] { "rare", "usual" })
            Assert.InRange(_rows.Select((r, i) => (r, i)).Where(r => r.r.Group == group)
                .Average(r => sets[r.i][r.r.Yes ? 1 : 0]), 0.79, 0.83);

        double Loss(double at) => _rows.Sum(r => Math.Log(1 + Math.Exp((r.Yes ? -1 : 1) * r.Margin / at)));
        double MeanLoss(IDataView data) =>
            _context.BinaryClassification.Evaluate(data, "Yes", "Margin", "p", "Answer").LogLoss;
        static string AnnotationOf(DataViewSchema.Column column, string kind)
        {
            ReadOnlyMemory<char> text = default;
            column.Annotations.GetValue(kind, ref text);
            return text.ToString();
        }
    }

    [Fact]
    public void What_is_wrong_is_said()
    {
        var view = View(_rows);
        var calibrators = _context.MulticlassClassification.Calibrators;
        Assert.Contains("no column 'Race'", Assert.Throws<ArgumentException>(
            () => calibrators.Temperature(groupColumnName: "Race").Fit(view)).Message, StringComparison.Ordinal);
        Assert.Contains("at least 50 rows", Assert.Throws<FaceBiasException>(
            () => calibrators.Temperature().Fit(View(_rows.Take(20)))).Message, StringComparison.Ordinal);
        Assert.Contains("ConformalQuantile", Assert.Throws<ArgumentException>(() => _context.Regression.Calibrators
            .Conformal(options: new() { Numbers = IntervalScore.Normalized })).Message, StringComparison.Ordinal);
        Assert.Contains("vector of Single", Assert.Throws<ArgumentException>(
            () => calibrators.Conformal(scoreColumnName: "Guess").Fit(view)).Message, StringComparison.Ordinal);
        Assert.Contains("no column 'Truth'", Assert.Throws<ArgumentException>(
            () => calibrators.Temperature("Truth").Fit(view)).Message, StringComparison.Ordinal);
        Assert.Contains("'cat'", Assert.Throws<FaceBiasException>(() => calibrators.Temperature().Fit(
            View(_rows.Where(r => r.Label == "cat")))).Message, StringComparison.Ordinal);
        Assert.Contains("'true'", Assert.Throws<FaceBiasException>(() => _context.BinaryClassification.Calibrators
            .Temperature("Yes", "Margin").Fit(View(_rows.Where(r => r.Yes)))).Message, StringComparison.Ordinal);
        Assert.Contains("'LowQuantile' holds negative", Assert.Throws<FaceBiasException>(() => _context.Regression
            .Calibrators.ConformalNormalized("LowQuantile", "Years", "Guess").Fit(view)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => calibrators.Conformal(options: new() { Level = 1.5 }));
        var model = calibrators.Temperature(groupColumnName: "Group").Fit(view);
        Assert.Contains("no column 'Group'", Assert.Throws<ArgumentException>(() => model.Transform(
            _context.Transforms.DropColumns("Group").Fit(view).Transform(view))).Message, StringComparison.Ordinal);
    }

    private static float[] Scores(IEnumerable<Row> rows) => [.. rows.SelectMany(r => r.Score)];

    private static Column[] Columns(IReadOnlyList<Row> rows) =>
    [
        new TextColumn("Group", [.. rows.Select(r => (string?)r.Group)]),
        new TextColumn("Flag", [.. rows.Select(r => r.Flag ? "true" : "false")]),
        new NumberColumn("Years", [.. rows.Select(r => (double)r.Years)]),
    ];

    private static CalibrationRows Calibration(IEnumerable<Row> rows)
    {
        Row[] all = [.. rows];
        var labels = Target.Of("Label", s_classes, [.. all.Select(r => Array.IndexOf(s_classes, r.Label))]);
        return new(labels, [.. Columns(all).Select(c => Target.From(c, null)), labels]);
    }
}
