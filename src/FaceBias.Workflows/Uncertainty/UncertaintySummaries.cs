using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Core.Uncertainty;
using FaceBias.Primitives.Statistics;
using FaceBias.Reporting;

namespace FaceBias.Workflows.Uncertainty;

/// <summary>Makes an <see cref="UncertaintySummary"/> of a predictions table whose model lists uncertainty
/// outputs.</summary>
internal static class UncertaintySummaries
{
    private const int Tenths = 10, Shown = 8, FewestRows = 50, MostLevels = 30;
    private const double Confidence = 0.95;

    /// <summary>Maximum number of pictures that an average is made of.</summary>
    internal const int Averaged = 100;

    private static readonly ImageSpec s_spec = new(64, 64);

    /// <summary>The summary of a table whose model is not at hand: scores are told by the names of their
    /// columns.</summary>
    /// <param name="groups">Columns to tell false alarms of.</param>
    public static UncertaintySummary? Of(Table table, IReadOnlyList<string> targets, IReadOnlyList<string> groups)
    {
        UncertaintyOutput[] outputs =
            [.. table.Columns.OfType<NumberColumn>().Select(c => c.Name).Select(name => name == PredictorOutput.Novelty
                ? new UncertaintyOutput(name, null, 1, "", UncertaintyKind.Novelty,
                    "Distance from the training pictures: 0 is usual, more than 1 is unlike them.")
            : name is "uncertainty_representation" or "uncertainty_histogram"
                ? new(name, null, 1, "", UncertaintyKind.Representation,
                    "Rarity of the picture among the training pictures.")
            : name.StartsWith("uncertainty_", StringComparison.Ordinal)
                ? new(name, null, 1, "", UncertaintyKind.Epistemic, "Uncertainty about the picture.")
            : targets.FirstOrDefault(t => name.StartsWith(UncertaintyOutput.NameOf(t, ""), StringComparison.Ordinal)) is
                { } target
                ? new(name, target, 1, "", UncertaintyKind.Epistemic, $"Uncertainty about {target}.") : null)
                .OfType<UncertaintyOutput>()];
        return Of(table, outputs, targets, groups);
    }

    /// <summary>The summary; null where there is nothing to say.</summary>
    /// <param name="outputs">What the model says of itself.</param>
    /// <param name="groups">Columns to tell false alarms of.</param>
    public static UncertaintySummary? Of(Table table, IReadOnlyList<UncertaintyOutput> outputs,
        IReadOnlyList<string> targets, IReadOnlyList<string> groups)
    {
        UncertaintyOutput[] scores =
            [.. outputs.Where(
                o => o.Width == 1 && o.Kind is not (UncertaintyKind.Probability or UncertaintyKind.Coverage)
                    && table.Find(o.Name) is NumberColumn)];
        var rows = table.Find("split") is TextColumn split
            ? [.. Enumerable.Range(0, table.RowCount).Where(r => split[r] == "test")]
            : Enumerable.Range(0, table.RowCount).ToArray();
        if (rows.Length < FewestRows || scores.Length == 0)
            return null;
        RiskCurve[] curves =
            [.. from s in scores from t in targets where s.Target is null
                || s.Target == t select Curve(table, rows, s, t) into curve where curve is not null select curve];
        RarePictures[] rarity =
            [.. scores.Where(s => s.Kind == UncertaintyKind.Representation && table.Has("id"))
                .Select(s => Rarity(table, rows, s.Name))];
        var alarms = scores.Any(s => s.Name == PredictorOutput.Novelty)
            ? groups.Select(g => Alarms(table, rows, g)).OfType<NoveltyAlarms>().ToArray() : [];
        return curves.Length + rarity.Length + alarms.Length == 0 ? null : new(curves, rarity, alarms);
    }

    /// <summary>Tenths by the score, as equal as can be: the lab's leave the remainder out.</summary>
    private static RiskCurve? Curve(Table table, int[] rows, UncertaintyOutput score, string target)
    {
        var values = table.Number(score.Name).Values;
        var (errors, isRate) = Errors(table, target);
        int[] known = [.. rows.Where(r => !double.IsNaN(values[r]) && !double.IsNaN(errors(r)))
            .OrderBy(r => values[r])];
        if (known.Length < FewestRows)
            return null;
        var points = Enumerable.Range(0, Tenths).Select(
            t => (From: t * known.Length / Tenths, To: (t + 1) * known.Length / Tenths)).Select(part =>
        {
            double[] of = [.. known[part.From..part.To].Select(errors)];
            var mean = of.Average();
            double low, high;
            if (isRate)
            {
                mean = 1 - mean;
                var interval = Interval.ClopperPearson(of.Count(e => e == 0), of.Length, Confidence);
                (low, high) = (interval.Low, interval.High);
            }
            else
            {
                var half = Interval.Z(Confidence)
                    * Math.Sqrt(of.Sum(e => (e - mean) * (e - mean)) / Math.Max(1, of.Length - 1) / of.Length);
                (low, high) = (Math.Max(0, mean - half), mean + half);
            }
            return new RiskPoint((double)part.From / known.Length, (double)part.To / known.Length, of.Length, mean, low,
                high);
        });
        return new(target, score.Name, score.Meaning, isRate, [.. points]);
    }

    /// <summary>0 or 1 for classes, the absolute error for numbers; NaN where the truth is missing.</summary>
    private static (Func<int, double> Of, bool IsRate) Errors(Table table, string target)
    {
        if (table.Find(target) is TextColumn predicted && table.Find(target + "_true") is TextColumn truth)
            return (r => truth[r] is null || predicted[r] is null ? double.NaN : truth[r] == predicted[r] ? 0 : 1,
                true);
        if (table.Find(target) is NumberColumn number && table.Find(target + "_true") is NumberColumn value)
            return (r => Math.Abs(number.Values[r] - value.Values[r]), false);
        return (_ => double.NaN, true);
    }

    private static RarePictures Rarity(Table table, int[] rows, string score)
    {
        var values = table.Number(score).Values;
        int[] order = [.. rows.Where(r => !double.IsNaN(values[r])).OrderBy(r => values[r])];
        var ids = table.Text("id");
        var averages = table.Find("path") is TextColumn paths
            ? Enumerable.Range(0, Tenths).Select(
                t => Average(r => paths[r], order[(t * order.Length / Tenths)..((t + 1) * order.Length / Tenths)]))
                .OfType<byte[]>().ToArray() : [];
        return new(score, [.. order.Take(Shown).Select(r => ids[r]!)],
            [.. order.Reverse().Take(Shown).Select(r => ids[r]!)], averages.Length == Tenths ? averages : [], Averaged);
    }

    /// <summary>The average picture; of more than are needed, some evenly spread ones. Null where none can be
    /// read.</summary>
    internal static byte[]? Average(Func<int, string?> path, int[] rows)
    {
        var (sum, one, decoder, count) = (new float[s_spec.Length], new float[s_spec.Length], new ImageDecoder(), 0);
        var used = Math.Min(Averaged, rows.Length);
        for (var i = 0; i < used; i++)
        {
            if (path(rows[i * rows.Length / used]) is not { } file || !decoder.Decode(file, s_spec, one).Ok)
                continue;
            System.Numerics.Tensors.TensorPrimitives.Add(sum, one, sum);
            count++;
        }
        if (count == 0)
            return null;
        for (var i = 0; i < sum.Length; i++)
            sum[i] = MathF.Round(sum[i] / count);
        return PictureEncoder.Png(sum, s_spec);
    }

    private static NoveltyAlarms? Alarms(Table table, int[] rows, string group)
    {
        if ((table.Find(group + "_true") ?? table.Find(group)) is not TextColumn levels
            || levels.Levels.Length is < 2 or > MostLevels)
            return null;
        var novelty = table.Number(PredictorOutput.Novelty).Values;
        NoveltyAlarm[] alarms =
            [.. rows.Where(r => levels[r] is not null && !double.IsNaN(novelty[r])).GroupBy(r => levels[r]!)
                .OrderBy(g => g.Key, StringComparer.Ordinal).Select(g =>
        {
            var (count, above) = (g.Count(), g.Count(r => novelty[r] > 1));
            var interval = Interval.ClopperPearson(above, count, Confidence);
            return new NoveltyAlarm(g.Key, count, above, (double)above / count, interval.Low, interval.High);
        })];
        return alarms.Length < 2 ? null : new(group, alarms);
    }
}
