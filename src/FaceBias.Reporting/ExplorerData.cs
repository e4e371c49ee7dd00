using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

/// <summary>The audited rows as the page's script reads them: names and limits as JSON, codes and numbers as one
/// compressed run of bytes, column after column, so that 100,000 rows fit into the page.</summary>
internal static class ExplorerData
{
    /// <summary>Rows beyond are left out, evenly spaced; the page says so.</summary>
    public const int MostRows = 100_000;

    /// <summary>Ids longer than this together are left out: rows are then numbered.</summary>
    private const int LongestIds = 3_000_000;

    private const ushort Missing = ushort.MaxValue;

    public static object Of(AuditResult audit, PredictionTable data)
    {
        int[] rows = data.RowCount <= MostRows ? [.. Enumerable.Range(0, data.RowCount)]
            : [.. Enumerable.Range(0, MostRows).Select(i => (int)((long)i * data.RowCount / MostRows))];
        using var bytes = new MemoryStream();
        using (var packed = new DeflateStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            foreach (var attribute in data.Attributes)
                Codes(packed, rows, r => attribute.Codes[r]);
            foreach (var target in data.Targets)
                Write(packed, rows, target);
            string[] ids = [.. rows.Select(data.Id)];
            if (ids.Sum(i => (long)i.Length) <= LongestIds)
                packed.Write(Encoding.UTF8.GetBytes(string.Join('\n', ids.Select(i => i.ReplaceLineEndings(" ")))));
        }
        return new
        {
            rows = rows.Length,
            of = data.RowCount,
            minimum = audit.Options.MinimumCount,
            note = data.Weights is not null ? "Rows count alike here; the findings above are weighted."
                : data.Clusters is not null
                    ? "Intervals here take rows for independent; those of the findings above do not." : null,
            attributes = data.Attributes.Select(a => new { name = a.Name, levels = a.Levels }),
            targets = data.Targets.Zip(audit.Targets, (t, a) => new
            {
                name = t.Name,
                numeric = t.Kind == TargetKind.Numeric,
                classes = t.Classes,
                unit = t.Unit,
                noTruth = t.NoTruth,
                tolerances = t.Kind == TargetKind.Numeric ? audit.Options.In(t.Unit).Tolerances : null,
                threshold = t.Threshold ?? 0.5,
                main = a.Main.Metric,
                score = Score(t) is { } score ? new { low = Range(score).Low, high = Range(score).High,
                    ofClass = t.Classes.Length == 2, probability = t.Probabilities is not null } : null,
            }),
            bytes = Convert.ToBase64String(bytes.GetBuffer(), 0, (int)bytes.Length),
        };
    }

    private static void Write(Stream to, int[] rows, TargetData target)
    {
        if (target.Kind == TargetKind.Numeric)
        {
            foreach (var values in new[] { target.TruthValue, target.PredictedValue })
                Numbers(to, rows, values);
            return;
        }
        foreach (var codes in new[] { target.Truth, target.Predicted })
            Codes(to, rows, r => codes[r] < 0 ? Missing : codes[r]);
        if (Score(target) is not { } score)
            return;
        var (low, high) = Range(score);
        Codes(to, rows, r => double.IsFinite(score[r])
            ? (int)Math.Round((score[r] - low) / (high - low) * (Missing - 1)) : Missing);
    }

    /// <summary>Of two classes the score of the second; of more the probability of the predicted one; null
    /// without.</summary>
    private static double[]? Score(TargetData target)
    {
        if (target.Classes.Length == 2)
            return (target.Probabilities ?? target.Scores)?[1];
        return target.Probabilities is not { } p ? null
            : [.. target.Predicted.Select((c, r) => c < 0 ? double.NaN : p[c][r])];
    }

    private static (double Low, double High) Range(double[] score)
    {
        double[] known = [.. score.Where(double.IsFinite).DefaultIfEmpty(0)];
        var (low, high) = (Math.Min(known.Min(), 0), Math.Max(known.Max(), 1));
        return (low, high);
    }

    private static void Codes(Stream to, int[] rows, Func<int, int> code)
    {
        var buffer = new byte[2 * rows.Length];
        for (var i = 0; i < rows.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(buffer.AsSpan(2 * i), (ushort)code(rows[i]));
        to.Write(buffer);
    }

    private static void Numbers(Stream to, int[] rows, double[] values)
    {
        var buffer = new byte[4 * rows.Length];
        for (var i = 0; i < rows.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(buffer.AsSpan(4 * i), (float)values[rows[i]]);
        to.Write(buffer);
    }
}
