using FaceBias.Auditing;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Tests.Auditing;
using FaceBias.Reporting;
using NetVips;

namespace FaceBias.Core.Tests.Reporting;

/// <summary>A report with every section filled.</summary>
internal static class ReportFixture
{
    private static readonly Lazy<ReportInput> Made = new(() => Make(3000));

    public static ReportInput Full => Made.Value;

    private static ReportInput Make(int rows)
    {
        var audit = Auditor.Run(PredictionFixture.Faces(rows), new() { BootstrapReplicates = 400, Permutations = 400 });
        var jpegs = audit.Targets.SelectMany(t => t.Worst).DistinctBy(w => w.Id).ToDictionary(w => w.Id,
            _ => Thumbnail());
        return new()
        {
            Title = "Audit of model.onnx on made-up predictions",
            Audit = audit,
            Thumbnails = jpegs,
            Drawings = true,
            Curation = [new("files read", rows), new("exact duplicates", 12, "one of each kept"), new("unreadable", 3)],
            Training = [.. Enumerable.Range(1, 20).SelectMany(e => new TrainingPoint[]
            {
                new(e, "loss/train", 1.0 / e), new(e, "loss/validation", (1.0 / e) + 0.05),
                new(e, "gender accuracy/validation", 0.95 - (0.4 / e)),
            })],
            Planted = [new("gender labels flipped for Black", "20%", "accuracy 80.1% against 95.0%", true)],
            Provenance = [new("backbone", "faceres"), new("licence of its weights", "MIT"), new("seed", "7")],
        };
    }

    private static byte[] Thumbnail()
    {
        using var picture = Image.Black(96, 96, bands: 3);
        using var grey = (picture + 170).Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
        return grey.JpegsaveBuffer(q: 70);
    }
}
