using FaceBias.Core.Data;
using FaceBias.Core.Heads.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using FaceBias.Workflows.Mitigate;

namespace FaceBias.Core.Tests.Mitigation;

public class HeadDataTests
{
    private static HeadData Small() => SyntheticBias.Create(new() { Train = 40, Width = 4, Validation = 3, Test = 2 });

    [Fact]
    public void A_folder_gives_back_what_was_written()
    {
        var (folder, data) = (TestPaths.NewFolder(), Small());
        HeadDataFolder.Write(folder, data);
        var read = HeadDataFolder.Read(folder);
        Assert.Equal(data.Fingerprint(), read.Fingerprint());
        File.Delete(Path.Combine(folder, "names.json"));
        Assert.Equal(["0", "1"], HeadDataFolder.Read(folder).Classes);
    }

    [Fact]
    public void Damaged_folders_are_refused_with_the_file()
    {
        var folder = TestPaths.NewFolder();
        HeadDataFolder.Write(folder, Small());
        Npy.Write(Path.Combine(folder, "val_target.npy"), new long[] { 0, 1 }, 2);
        Assert.Contains("val_target.npy", Refusal(() => HeadDataFolder.Read(folder)), StringComparison.Ordinal);
        File.Delete(Path.Combine(folder, "val_bias.npy"));
        Assert.Contains("_bias.npy", Refusal(() => HeadDataFolder.Read(folder)), StringComparison.Ordinal);
        Assert.Contains("There is no folder", Refusal(() => HeadDataFolder.Read(folder + "x")),
            StringComparison.Ordinal);
        Npy.Write(Path.Combine(folder, "val_bias.npy"), new double[] { 0.5, 1 }, 2);
        Assert.Contains("codes 0, 1, 2", Refusal(() => HeadDataFolder.Read(folder)), StringComparison.Ordinal);
        HeadDataFolder.Write(folder, Small());
        Npy.Write(Path.Combine(folder, "val_feats.npy"), Array.Empty<float>(), 12, 0);
        Assert.Contains("val_feats.npy' has no columns", Refusal(() => HeadDataFolder.Read(folder)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Data_without_anything_to_learn_are_refused()
    {
        var d = Small();
        HeadPart With(HeadPart p, Action<float[]>? change = null, int[]? target = null, int[]? bias = null)
        {
            var x = (float[])p.Features.Clone();
            change?.Invoke(x);
            return new(x, p.Width, target ?? p.Target, [], bias ?? p.Bias);
        }
        void Refused(HeadData data, string word)
        {
            var options = new MitigationRunOptions { Out = TestPaths.NewFolder(),
                Seeds = 1, Trials = 1, Epochs = 1 };
            Assert.Contains(word, Refusal(() => MitigationRun.Execute(data, options)), StringComparison.Ordinal);
        }
        Refused(d with { Validation = With(d.Validation, x => x[5] = float.NaN) }, "first in row 1");
        Refused(d with { Train = With(d.Train, x => Array.Fill(x, 1)) }, "same features");
        Refused(d with { Train = With(d.Train, target: new int[40]) }, "'class 1'");
        Refused(d with { Classes = ["one"] }, "single class");
        Refused(d with { Validation = With(d.Validation, bias: new int[12]) }, "'class 0, level 1'");
    }

    [Fact]
    public void A_group_that_training_lacks_leaves_only_the_methods_that_need_it_out()
    {
        var d = Small();
        var blind = d with { Train = new(d.Train.Features, 4, d.Train.Target, [], d.Train.Target) };
        var options = new MitigationRunOptions { Methods = ["erm", "group-dro"],
            Out = TestPaths.NewFolder(), Seeds = 1, Trials = 1, Epochs = 2, BatchSize = 16 };
        var result = MitigationRun.Execute(blind, options);
        Assert.Equal("erm", Assert.Single(result.Methods).Name);
        Assert.Contains("'class 0, level 1' has no row", Assert.Single(result.Skipped), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("age:young=0-34,old=35-", 20.0, 0)]
    [InlineData("age:young=0-34,old=35-", 35.0, 1)]
    [InlineData("age:0-10,20-", 15.0, -1)]
    public void Levels_of_a_number_are_ranges(string spec, double value, int level) =>
        Assert.Equal(level,
            LevelSpec.Parse(spec).Apply(Target.From(new NumberColumn("age", [value, 1]), null)).Codes[0]);

    [Fact]
    public void Levels_of_classes_can_be_joined_and_wrong_ones_are_named()
    {
        var race = Target.From(new TextColumn("race", ["Black", "White", "Asian"]), null);
        var (codes, names) = LevelSpec.Parse("race:White,other=Black+Asian").Apply(race);
        Assert.Equal([1, 0, 1], codes);
        Assert.Equal(["White", "other"], names);
        Assert.Contains("'Green'", Refusal(() => LevelSpec.Parse("race:White,Green").Apply(race)),
            StringComparison.Ordinal);
        Assert.Contains("ranges",
            Refusal(() => LevelSpec.Parse("age:young").Apply(Target.From(new NumberColumn("age", [1]), null))),
            StringComparison.Ordinal);
        Target age = Target.From(new NumberColumn("age", [1]), null);
        Assert.Contains("'young' and 'old'", Refusal(() => LevelSpec.Parse("age:young=0-34,old=34-").Apply(age)),
            StringComparison.Ordinal);
        Assert.Contains("34-0", Refusal(() => LevelSpec.Parse("age:young=34-0,old=35-").Apply(age)),
            StringComparison.Ordinal);
        Assert.Contains("'Black'", Refusal(() => LevelSpec.Parse("race:White+Black,other=Black").Apply(race)),
            StringComparison.Ordinal);
        Refusal(() => LevelSpec.Parse("age:"));
        Refusal(() => LevelSpec.Parse(":a"));
        Refusal(() => LevelSpec.Parse("age:a=1,a=2"));
    }

    private static string Refusal(Action action) => Assert.Throws<FaceBiasException>(action).Message;
}
