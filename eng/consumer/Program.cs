using FaceBias.Auditing;
using FaceBias.Primitives.Tables;

// 200 answers in two groups; the model is right in 95 of 100 rows of one and in 70 of 100 of the other.
var truth = Enumerable.Range(0, 200).Select(i => i % 3 == 0 ? "yes" : "no").ToArray();
var right = Enumerable.Range(0, 200).Select(i => i < 100 ? i >= 5 : i >= 130);
var table = new Table(
[
    new TextColumn("answer_true", truth),
    new TextColumn("answer", [.. truth.Zip(right, (t, r) => r ? t : t == "yes" ? "no" : "yes")]),
    new TextColumn("group", [.. Enumerable.Range(0, 200).Select(i => i < 100 ? "first" : "second")]),
]);
var audit = Auditor.Run(table, new AuditOptions { Groups = ["group"] });
foreach (var finding in audit.Findings)
    Console.WriteLine($"{finding.Verdict}: {finding.Sentence}");
return audit.Findings.Any(f => f is { Attribute: "group", Verdict: Verdict.GapShown }) ? 0 : 1;
