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
            return new Row
            {
                Label = s_classes[label], Group = group, Flag = random.Next(2) == 1, Years = years,
                Score = [.. logits.Select(l => (float)(Math.Exp(l) / sum))],
                Guess = (float)(years + (3 + years / 10.0) * Gauss()),
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
    [InlineData(ConformalMethod.Split)]
    [InlineData(ConformalMethod.Mondrian, "Group")]
    [InlineData(ConformalMethod.Mondrian, "Years")]
    [InlineData(ConformalMethod.Overlapping, "Flag", "Years")]
    public void Intervals_are_those_of_a_predictions_table(ConformalMethod method, params string[] groups)
    {
        var options = new ConformalOptions { Method = method, Groups = groups };
        var view = View(_rows.Take(500));
        var model = _context.Regression.Calibrators.Conformal("Years", "Guess", options).Fit(view);
        var rest = _rows.Skip(500).ToArray();
        var scored = ThroughZip(model, view).Transform(View(rest));
        float[] low = [.. scored.GetColumn<float>("Low")], high = [.. scored.GetColumn<float>("High")];

        var output = new NumericOutput("Years", 0, 1, 2, null);
        IntervalBasis[] Basis(IEnumerable<Row> rows) => [.. rows.Select(r => new IntervalBasis(r.Guess, r.Guess, 1))];
        var rows = Calibration(_rows.Take(500));
        var target = ConformalCalibration.Numbers(output, Basis(_rows.Take(500)), rows with
        {
            Labels = rows.Groups.First(g => g.Name == "Years"),
        }, options);
        var expected = PredictionSets.Numbers(target, output, Basis(rest), Columns(rest), new List<string>());
        for (var i = 0; i < rest.Length; i++)
        {
            var (a, b) = (((NumberColumn)expected[0])[i], ((NumberColumn)expected[1])[i]);
            // Where no value is admitted the ends are crossed, wherever they lie.
            Assert.True(a > b ? low[i] > high[i] : Math.Abs(a - low[i]) < 1e-4 && Math.Abs(b - high[i]) < 1e-4,
                $"{i}: {a} to {b}, {low[i]} to {high[i]}");
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
        Assert.Contains("own distribution", Assert.Throws<ArgumentException>(() => _context.Regression.Calibrators
            .Conformal(options: new() { Numbers = IntervalScore.Normalized })).Message, StringComparison.Ordinal);
        Assert.Contains("vector of Single", Assert.Throws<ArgumentException>(
            () => calibrators.Conformal(scoreColumnName: "Guess").Fit(view)).Message, StringComparison.Ordinal);
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
