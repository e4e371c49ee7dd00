using FaceBias.Tests;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Core.Tests.Runs;

public class RunRecordTests
{
    [Fact]
    public void A_step_is_done_once_for_the_same_inputs_and_again_for_others()
    {
        var folder = TestPaths.NewFolder();
        Assert.True(Do(folder, 1));
        Assert.False(Do(folder, 1));
        Assert.True(Do(folder, 2));
        File.Delete(Path.Combine(folder, "a.txt"));
        Assert.True(Do(folder, 2));
    }

    [Fact]
    public void A_step_that_fails_is_not_recorded()
    {
        var folder = TestPaths.NewFolder();
        Assert.True(Do(folder, 1));
        var record = RunRecord.Open(folder, new Dictionary<string, object?>());
        Assert.Throws<FaceBiasException>(() => record.Do("a", [3], ["a.txt"], () => throw new FaceBiasException("no")));
        Assert.True(Do(folder, 3));
    }

    [Fact]
    public void A_damaged_record_proves_nothing()
    {
        var folder = TestPaths.NewFolder();
        Assert.True(Do(folder, 1));
        File.WriteAllText(Path.Combine(folder, "run.json"), "{\"steps\": [");
        Assert.True(Do(folder, 1));
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_gets_one_sentence()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "run");
        File.WriteAllText(path, "");
        var e = Assert.Throws<FaceBiasException>(() => RunRecord.Open(path, new Dictionary<string, object?>()));
        Assert.Contains("is a file", e.Message, StringComparison.Ordinal);
    }

    private static bool Do(string folder, int input)
    {
        var did = false;
        var record = RunRecord.Open(folder, new Dictionary<string, object?> { ["input"] = input });
        record.Do("a", [input], ["a.txt"], () =>
        {
            File.WriteAllText(Path.Combine(folder, "a.txt"), "x");
            did = true;
        });
        return did;
    }
}
