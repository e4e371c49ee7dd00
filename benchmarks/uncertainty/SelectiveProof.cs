using System.Globalization;
using FaceBias.Auditing;
using FaceBias.Core.Data;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Benchmarks.Uncertainty;

/// <summary>What abstaining does to each group of a run's test rows, beside the references of Jones et al.
/// 2021.</summary>
internal static class SelectiveProof
{
    public static void Run(string run)
    {
        var audit = Auditor.Run(TableFile.Read(RunFolder.Open(run).Checked(RunFolder.PredictionsFile)),
            new() { FindSlices = false, IntersectionDepth = 1 });
        foreach (var target in audit.Targets)
        {
            foreach (var selective in target.Selective)
            {
                Console.WriteLine(
                    $"### {target.Name} by {selective.Column}, risk: {selective.Risk.Replace('_', ' ')}\n");
                Console.WriteLine(
                    "| group | n | AURC | AUGRC | E-AURC | risk, all answered | at 80% of all rows | agnostic | Robin "
                        + "Hood | share answered |\n|---|---|---|---|---|---|---|---|---|---|");
                foreach (var curve in selective.Groups.Prepend(selective.Overall))
                {
                    var at = curve.Points.First(p => p.Coverage <= 0.8 + 1e-9);
                    string Text(double? v) => v is { } x ? x.ToString("0.000", CultureInfo.InvariantCulture) : "–";
                    Console.WriteLine(
                        string.Create(CultureInfo.InvariantCulture,
                            $"| {curve.Group}{(curve.Attribute.Length > 0 ? $" ({curve.Attribute})" : "")} | "
                                + $"{curve.N:N0} | {Text(curve.Aurc)} | {Text(curve.Augrc)} | "
                                + $"{Text(curve.ExcessAurc)} | {Text(curve.Points[0].Risk)} | {Text(at.Risk)} | "
                                + $"{Text(at.Agnostic)} | {Text(at.RobinHood)} | {at.Answered:0.00} |"));
                }
                Console.WriteLine();
                foreach (var verdict in selective.Verdicts)
                    Console.WriteLine($"- {verdict.Sentence}");
                Console.WriteLine();
            }
        }
    }
}
