using System.Diagnostics;
using FaceBias.Tests;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Core.Tests.Runs;

public class RunFolderTests
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
        using (var run = Begin(folder))
            Assert.Throws<FaceBiasException>(
                () => run.Do("a", [3], ["a.txt"], () => throw new FaceBiasException("no")));
        Assert.True(Do(folder, 3));
    }

    [Theory]
    [InlineData("")]
    [InlineData("y")]
    [InlineData("xx")]
    public void A_file_that_was_cut_or_changed_is_written_anew_and_that_is_said(string content)
    {
        var folder = TestPaths.NewFolder();
        Assert.True(Do(folder, 1));
        File.WriteAllText(Path.Combine(folder, "a.txt"), content);
        using (var reading = RunFolder.Open(folder))
            Refused(() => reading.Checked("a.txt"), "SHA-256");
        Assert.True(Do(folder, 1, out var notices));
        Assert.Contains("'a.txt' was damaged or changed", Assert.Single(notices), StringComparison.Ordinal);
        Assert.False(Do(folder, 1));
        using var whole = RunFolder.Open(folder);
        Assert.Equal("x", File.ReadAllText(whole.Checked("a.txt")));
    }

    [Fact]
    public void A_file_that_the_run_did_not_write_is_left_as_it_is_unless_forced()
    {
        var folder = TestPaths.NewFolder();
        File.WriteAllText(Path.Combine(folder, "a.txt"), "mine");
        Refused(() => Do(folder, 1), "Force");
        Assert.Equal("mine", File.ReadAllText(Path.Combine(folder, "a.txt")));
        using var run = Begin(folder, force: true);
        run.Do("a", [1], ["a.txt"], () => File.WriteAllText(Path.Combine(folder, "a.txt"), "x"));
        Assert.Equal("x", File.ReadAllText(run.Checked("a.txt")));
    }

    [Theory]
    [InlineData("{\"steps\": [")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"version\": 2, \"job\": \"train\", \"options\": {}, \"steps\": [null], \"artefacts\": {}}")]
    [InlineData("{\"version\": 1, \"steps\": []}")]
    public void A_damaged_record_proves_nothing_and_what_it_recorded_is_not_replaced_unasked(string record)
    {
        var folder = TestPaths.NewFolder();
        Assert.True(Do(folder, 1));
        File.WriteAllText(Path.Combine(folder, "run.json"), record);
        Refused(() => RunFolder.Open(folder), "run.json");
        Refused(() => Do(folder, 1), "Force");
        using var run = Begin(folder, force: true);
        run.Do("a", [1], ["a.txt"], () => File.WriteAllText(Path.Combine(folder, "a.txt"), "x"));
        Assert.Empty(run.Skipped);
    }

    [Fact]
    public void A_run_that_was_killed_within_a_step_goes_on_with_its_own_files()
    {
        var folder = TestPaths.NewFolder();
        using (var run = Begin(folder))
            Assert.Throws<OperationCanceledException>(() => run.Do("a", [1], ["a.txt", "b.txt"], () =>
            {
                File.WriteAllText(Path.Combine(folder, "a.txt"), "half");
                throw new OperationCanceledException();
            }));
        Assert.True(Do(folder, 1));
    }

    [Fact]
    public void Only_one_run_writes_to_a_folder()
    {
        var folder = TestPaths.NewFolder();
        using (Begin(folder))
        {
            Refused(() => Begin(folder).Dispose(), "Another run is writing");
            if (OperatingSystem.IsLinux() && File.Exists("/usr/bin/flock"))
            {
                using var other = Process.Start("/usr/bin/flock", ["-n", Path.Combine(folder, ".lock"), "true"]);
                other.WaitForExit();
                Assert.NotEqual(0, other.ExitCode);
            }
        }
        using var next = Begin(folder);
    }

    [Fact]
    public void The_folder_of_another_command_is_refused()
    {
        var folder = TestPaths.NewFolder();
        Assert.True(Do(folder, 1));
        var e = Refused(() => RunFolder.Begin(folder, "other", new Dictionary<string, object?>(), false).Dispose(),
            "'facebias train'");
        Assert.Contains("Force", e, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_with_other_options_is_refused_and_the_options_are_named()
    {
        var folder = TestPaths.NewFolder();
        void Train(int epochs, bool force = false)
        {
            using var run = RunFolder.Begin(folder, "train",
                new Dictionary<string, object?> { ["training"] = new { epochs, seed = 7 } }, force);
            run.RequireSame(["training"]);
            run.RequireSame("train", [epochs]);
            run.Do("train", [epochs], ["a.txt"], () => File.WriteAllText(Path.Combine(folder, "a.txt"), $"{epochs}"));
        }
        Train(6);
        Train(6);
        Assert.Contains("epochs 6 instead of 10", Refused(() => Train(10), "Force"), StringComparison.Ordinal);
        Assert.Equal("6", File.ReadAllText(Path.Combine(folder, "a.txt")));
        Train(10, force: true);
        Assert.Equal("10", File.ReadAllText(Path.Combine(folder, "a.txt")));
    }

    [Fact]
    public void What_is_no_run_gets_one_sentence()
    {
        var folder = TestPaths.NewFolder();
        var path = Path.Combine(folder, "file");
        File.WriteAllText(path, "");
        Refused(() => Begin(path).Dispose(), "is a file");
        Refused(() => Begin("").Dispose(), "Out is empty");
        Refused(() => RunFolder.Open(folder), "no finished run");
        Refused(() => RunFolder.Open(Path.Combine(folder, "none")), "no folder");
        using var run = Begin(folder);
        Refused(() => run.Checked("model.onnx"), "model.onnx");
        Refused(() => run.FeatureFiles(), "features");
    }

    private static RunFolder Begin(string folder, bool force = false) =>
        RunFolder.Begin(folder, "train", new Dictionary<string, object?>(), force);

    private static string Refused(Action action, string word)
    {
        var e = Assert.Throws<FaceBiasException>(action);
        Assert.Contains(word, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        return e.Message;
    }

    private static void Refused(Func<object> action, string word) => Refused(() => { action(); }, word);

    private static bool Do(string folder, int input) => Do(folder, input, out _);

    private static bool Do(string folder, int input, out IReadOnlyList<string> notices)
    {
        var did = false;
        using var run = Begin(folder);
        run.Do("a", [input], ["a.txt"], () =>
        {
            File.WriteAllText(Path.Combine(folder, "a.txt"), "x");
            did = true;
        });
        notices = run.Notices;
        return did;
    }
}
