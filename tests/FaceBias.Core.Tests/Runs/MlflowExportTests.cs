using System.Globalization;
using System.Text.RegularExpressions;
using FaceBias.Auditing;
using FaceBias.Tests;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Train;

namespace FaceBias.Core.Tests.Runs;

/// <summary>A run in MLflow's file store, read as mlflow/store/tracking/file_store.py reads it.</summary>
public class MlflowExportTests
{
    private static readonly Regex s_name = new(@"^[/\w.\- :]*$", RegexOptions.ECMAScript);

    [Fact]
    public void A_run_is_an_entry_that_the_file_store_reads()
    {
        var world = new TinyWorld();
        TrainRun.Execute(world.Options);
        var store = TestPaths.NewFolder();
        MlflowExport.Write(world.Options.Out, store);
        MlflowExport.Write(world.Options.Out, store);
        var experiment = Meta(Path.Combine(store, "0"));
        Assert.Equal("'0'", experiment["experiment_id"]);
        Assert.Equal("'active'", experiment["lifecycle_stage"]);
        // The same run twice is one entry.
        var run = Assert.Single(Directory.GetDirectories(Path.Combine(store, "0")));
        var meta = Meta(run);
        Assert.Equal($"'{Path.GetFileName(run)}'", meta["run_id"]);
        Assert.Matches("^'[0-9a-f]{32}'$", meta["run_uuid"]);
        Assert.Equal("3", meta["status"]);
        Assert.True(long.Parse(meta["start_time"], CultureInfo.InvariantCulture) <= long.Parse(meta["end_time"], CultureInfo.InvariantCulture));
        Assert.Equal("3", File.ReadAllText(Path.Combine(run, "params", "training.epochs")));
        Assert.Equal("gender, age", File.ReadAllText(Path.Combine(run, "params", "targets")));
        foreach (var kind in new[] { "params", "metrics", "tags" })
            foreach (var file in Directory.GetFiles(Path.Combine(run, kind), "*", SearchOption.AllDirectories))
                Assert.Matches(s_name, Path.GetRelativePath(Path.Combine(run, kind), file).Replace('\\', '/'));
        var accuracy = AuditFile.Read(world.Out("audit.json")).Targets.Single(t => t.Name == "gender").Overall.Find("accuracy")!;
        var line = Assert.Single(File.ReadAllLines(Path.Combine(run, "metrics", "test", "gender accuracy"))).Split(' ');
        Assert.Equal(meta["end_time"], line[0]);
        Assert.Equal(accuracy.Value!.Value, double.Parse(line[1], CultureInfo.InvariantCulture));
        Assert.Equal("0", line[2]);
        // A line per epoch: three fields, the last a step.
        Assert.All(Directory.GetFiles(Path.Combine(run, "metrics", "training"), "*", SearchOption.AllDirectories), file =>
            Assert.All(File.ReadAllLines(file), l => Assert.Matches(@"^\d+ -?[\d.E+-]+ \d+$", l)));
        Assert.Equal("out", File.ReadAllText(Path.Combine(run, "tags", "mlflow.runName")));
        Assert.True(File.Exists(Path.Combine(new Uri(meta["artifact_uri"].Trim('\'')).LocalPath, "report.html")));
    }

    private static Dictionary<string, string> Meta(string folder) => File.ReadAllLines(Path.Combine(folder, "meta.yaml"))
        .ToDictionary(l => l.Split(": ", 2)[0], l => l.Split(": ", 2)[1]);
}
