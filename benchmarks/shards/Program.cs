// shards.dll MODEL.onnx ROWS SHARD_ROWS PLAN: a plan of predictions whose pictures do not exist, with shards of made-up
// numbers, so that the merge alone is measured.
using System.Globalization;
using System.Text.Json;
using FaceBias.Core.Data;
using FaceBias.Core.Prediction;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Storage;
using FaceBias.Primitives.Tables;
using FaceBias.Workflows.Plans;
using FaceBias.Workflows.Predict;
using FaceBias.Workflows.Steps;

var (model, plan) = (Path.GetFullPath(args[0]), Path.GetFullPath(args[3]));
int rows = int.Parse(args[1], CultureInfo.InvariantCulture), of = int.Parse(args[2], CultureInfo.InvariantCulture);
var files = Enumerable.Range(0, rows).Select(i => $"folder-{i / 1000:0000}/face-{i:0000000}.jpg")
    .Select(id => new ImageFile(id, "/data/faces/" + id)).ToArray();
var options = new PredictRunOptions { Model = model, Images = ["/data/faces"], Out = "" };
using var step = new PredictStep(options);
using var predictor = OnnxPredictor.Open(model);
var clock = System.Diagnostics.Stopwatch.StartNew();
PlanRun.Write(ObjectStores.Open(plan), options, step, StepWork.Of(new(files, 0, [])), of, default);
var opened = ShardPlan.Open(plan);
Console.WriteLine($"planned {rows} rows in {clock.Elapsed.TotalSeconds:0.0} s");
clock.Restart();
var random = new RandomSource(1).Counter("shards");
Parallel.For(0, opened.Count, shard =>
{
    var items = opened.Items(shard, default);
    IEnumerable<Column> Columns() => predictor.Outputs.SelectMany(o => Enumerable.Range(0, o.Width).Select(
        c => new NumberColumn($"{o.Name}_{c}",
            [.. items.Rows.Select(r => (double)(float)random.Uniform((ulong)((r * 64L) + c)))])));
    Column[] hashes = step.Inputs.Count < 2 ? []
        : [new TextColumn("sha256", [.. items.Files.Select(f => Sha256.Of(f.Id))])];
    var part = StepPart.Of(items, new string?[items.Count], hashes.Concat(Columns()));
    ShardPlan.Temporary(path =>
    {
        part.Write(path);
        ShardPlan.Upload(opened.Store, ShardPlan.PartName(shard), path, default);
        var stats = new ShardStats { Plan = opened.Hash, Shard = shard, First = items.Rows[0], Rows = items.Count,
            Sha256 = Sha256.OfFile(path), Bytes = new FileInfo(path).Length, Failed = [] };
        opened.Store.Write(ShardPlan.StatsName(shard),
            s => ShardPlan.WriteText(s, JsonSerializer.Serialize(stats, CoreJson.Options)));
        return 0;
    });
});
Console.WriteLine($"wrote {opened.Count} shards in {clock.Elapsed.TotalSeconds:0.0} s");
