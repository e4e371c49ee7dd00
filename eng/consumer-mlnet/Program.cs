using FaceBias.Auditing;
using FaceBias.MLNet.Evaluation;
using Microsoft.ML;
using Microsoft.ML.Data;

// The model calls a picture female or male by its colours. Pictures of group b are labelled the other way round, so
// that every prediction for them is wrong.
var model = args[0];
var folder = Directory.CreateTempSubdirectory("facebias-consumer");
var context = new MLContext(seed: 1);
using var engine = context.Model.CreateFacePredictionEngine(model);
var rows = Enumerable.Range(0, 80).Select(i =>
{
    var path = Path.Combine(folder.FullName, $"{i}.ppm");
    byte[] header = [.. "P6 16 12 255\n"u8];
    byte[] colour = i % 2 == 0 ? [250, 10, 10] : [10, 10, 250];
    File.WriteAllBytes(path, [.. header, .. Enumerable.Repeat(colour, 16 * 12).SelectMany(c => c)]);
    var label = engine.Predict(path)["gender"].Label!;
    var group = i < 50 ? "a" : "b";
    return new Row { Path = path, Group = group, Gender = group == "a" ? label : label == "male" ? "female" : "male" };
}).ToArray();
var data = context.Data.LoadFromEnumerable(rows);
var view = context.Transforms.ApplyFaceBiasModel(model, "Path").Fit(data).Transform(data);
var evaluation = context.MulticlassClassification.EvaluateBySubgroup(view, new SubgroupOptions
{
    LabelColumnName = "Gender", ScoreColumnName = "gender.Score", PredictedLabelColumnName = "gender.PredictedLabel",
}, "Group");
folder.Delete(recursive: true);
foreach (var finding in evaluation.Audit.Findings)
    Console.WriteLine($"{finding.Verdict}: {finding.Sentence}");
return rows.Select(r => r.Gender).Distinct().Count() == 2
    && evaluation.Audit.Findings.Any(f => f is { Attribute: "Group", Verdict: Verdict.GapShown }) ? 0 : 1;

internal sealed class Row
{
    public string Path { get; set; } = "";
    public string Group { get; set; } = "";
    public string Gender { get; set; } = "";
}
