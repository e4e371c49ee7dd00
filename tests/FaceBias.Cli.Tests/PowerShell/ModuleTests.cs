using System.Management.Automation;
using FaceBias.Cli.PowerShell;
using FaceBias.Tests;

namespace FaceBias.Cli.Tests.PowerShell;

/// <summary>The module and the scripts in PowerShell's own engine.</summary>
public sealed class ModuleTests : IDisposable
{
    private static readonly string s_program =
        Path.Combine(TestPaths.Repository, "src", "FaceBias.Cli", "bin", "Release", "net10.0", "facebias.dll");
    private readonly Engine _engine = new();
    private readonly string _folder = TestPaths.NewFolder();

    public ModuleTests() =>
        Assert.SkipUnless(File.Exists(s_program), "needs the Release build of facebias (run.sh build)");

    public void Dispose() => _engine.Dispose();

    [Fact]
    public void An_audit_gives_metrics_as_objects_and_its_summary_and_progress_on_their_streams()
    {
        var table = WritePredictions();
        var outcome = _engine.Run(
            $"Invoke-FaceBiasAudit -Predictions '{table}' -Groups skin, glasses -Intersections 1 -Seed 3 -Out "
                + $"'{_folder}/audit'");
        Assert.Null(outcome.Error);
        Assert.All(outcome.Objects, o => Assert.Contains("FaceBias.Metric", o.TypeNames));
        var dark = outcome.Objects.Single(
            o => (string)o.Properties["Group"].Value == "dark" && (string)o.Properties["Metric"].Value == "accuracy");
        Assert.Equal((0.5, 40L), ((double)dark.Properties["Value"].Value, (long)dark.Properties["N"].Value));
        Assert.Contains(outcome.Information, line => line.StartsWith("Report: ", StringComparison.Ordinal));
        Assert.Contains(outcome.Progress, p => p.RecordType == ProgressRecordType.Completed);
        Assert.Contains(outcome.Progress,
            p => p.StatusDescription.StartsWith("audit ", StringComparison.Ordinal)
                && p.PercentComplete is > 0 and <= 100);
        Assert.Equal(0, _engine.Value<int>("$LASTEXITCODE"));

        var findings = _engine.Run(
            $"Get-FaceBiasFinding '{_folder}/audit/audit.json' | Where-Object Attribute -EQ skin").Objects;
        Assert.Equal("gapShown", findings[0].Properties["Verdict"].Value);
        Assert.Equal(2L, _engine.Value<long>(
            $"(Get-FaceBiasMetric '{_folder}/audit/audit.json' | Where-Object {{ $_.Metric -eq 'accuracy' -and "
                + $"$_.Attributes -eq 'skin' }} | ForEach-Object {{ 1 }}).Count"));
    }

    [Fact]
    public void A_failure_is_a_terminating_error_with_the_sentence_of_the_command_and_its_exit_code()
    {
        var outcome = _engine.Run(
            $"& {{ $ErrorActionPreference = 'Stop'; Invoke-FaceBiasAudit -Predictions '{_folder}/no.csv' -Out "
                + $"'{_folder}/audit'; 'went on' }}");
        Assert.NotNull(outcome.Error);
        Assert.Empty(outcome.Objects);
        Assert.Contains("no.csv", outcome.Error.Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("facebias:", outcome.Error.Exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("FaceBias.ExitCode2", outcome.Error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(2, _engine.Value<int>("$LASTEXITCODE"));
    }

    [Fact]
    public void WhatIf_does_nothing()
    {
        var outcome = _engine.Run($"New-FaceBiasDataSet -Count 5 -Out '{_folder}/drawn' -WhatIf");
        Assert.Null(outcome.Error);
        Assert.Empty(outcome.Objects);
        Assert.False(Directory.Exists(Path.Combine(_folder, "drawn")));
    }

    [Fact]
    public void Numbers_lists_and_switches_become_options_whatever_the_culture() =>
        Assert.Equal("--near-distance 3 --images a b --images c --margin 0.05 --class-weights",
            _engine.Value<string>("""
            [Threading.Thread]::CurrentThread.CurrentCulture = [cultureinfo]::InvariantCulture
            & (Get-Module FaceBias) { (ConvertTo-FaceBiasArgument ([ordered] @{
                NearDistance = 3; Images = @('a b', 'c'); Margin = 0.05; ClassWeights = [switch] $true; Orientations = [switch] $false; Verbose = [switch] $true
            })) -join ' ' }
            """));

    [Fact]
    public void A_script_passes_objects_on_and_keeps_the_exit_code()
    {
        var script = Path.Combine(TestPaths.Repository, "pipelines", "audit.ps1");
        var good = _engine.Run($"& '{script}' -Predictions '{WritePredictions()}' -Groups skin -Out '{_folder}/audit'");
        Assert.Null(good.Error);
        Assert.Contains(good.Objects, o => Equals(o.Properties["Group"].Value, "light"));
        Assert.Equal(2, _engine.Value<int>(
            $"try {{ & '{script}' -Predictions '{_folder}/no.csv' -Out '{_folder}/audit' }} catch {{ $LASTEXITCODE }}"));
    }

    [Theory]
    [InlineData("audit.ps1", "Invoke-FaceBiasAudit")]
    [InlineData("bounty8bit.ps1", "Invoke-FaceBiasBounty")]
    [InlineData("curate.ps1", "Invoke-FaceBiasCuration")]
    [InlineData("mitigate.ps1", "Invoke-FaceBiasMitigation")]
    [InlineData("quickstart.ps1", "Invoke-FaceBiasQuickstart")]
    [InlineData("sweep.ps1", "Invoke-FaceBiasSweep")]
    [InlineData("train.ps1", "New-FaceBiasModel")]
    public void A_script_has_the_parameters_of_its_function(string script, string function)
    {
        var path = Path.Combine(TestPaths.Repository, "pipelines", script);
        string Parameters(string command) =>
            _engine.Value<string>($"((Get-Command '{command}').Parameters.Keys | Sort-Object) -join ','");
        Assert.Equal(Parameters(function), Parameters(path));
    }

    [Fact]
    public void Files_from_the_pipeline_and_wildcards_become_paths()
    {
        File.WriteAllText(Path.Combine(_folder, "a.jpg"), "");
        File.WriteAllText(Path.Combine(_folder, "b.jpg"), "");
        var found = _engine.Run(
            $"& (Get-Module FaceBias) {{ Resolve-FaceBiasInput '{_folder}/*.jpg', '{_folder}/none*.png' }}").Objects.Select(o => Path.GetFileName($"{o}"));
        Assert.Equal(["a.jpg", "b.jpg", "none*.png"], found);
        var outcome = _engine.Run(
            $"Get-ChildItem '{_folder}/*.jpg' | New-FaceBiasPrediction -Model '{_folder}/no.onnx' -Out "
                + $"'{_folder}/p.csv'");
        Assert.Contains("no.onnx", outcome.Error?.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_at_the_prompt_of_run_ps1_stays_one_value()
    {
        // Values with commas reach the command as they were written; the sentence tells that both targets were seen.
        var run = Path.Combine(TestPaths.Repository, "run.ps1");
        var outcome = _engine.Run(
            $"& '{run}' train --targets gender,age --images '{_folder}' --labels '{_folder}/none.csv' --out "
                + $"'{_folder}/run' -WhatIf");
        Assert.Null(outcome.Error);
        Assert.False(Directory.Exists(Path.Combine(_folder, "run")));
        Assert.Equal("--targets gender,age --count 3", _engine.Value<string>($"& {{ {Words(run)} }}"));

        // The line of run.ps1 that joins them, as it stands there.
        static string Words(string run) => "$Arguments = @('--targets', @('gender', 'age'), '--count', 3)\n"
            + File.ReadLines(run).Single(l => l.StartsWith("$words = ", StringComparison.Ordinal))
            + "\n$words -join ' '";
    }

    [Fact]
    public void Every_function_has_an_approved_verb_help_and_WhatIf_where_it_writes()
    {
        // Get-Verb belongs to pwsh; the verbs are the engine's.
        var verbs = typeof(VerbsCommon).Assembly.GetTypes().Where(
            t => t.Namespace == "System.Management.Automation" && t.Name.StartsWith("Verbs", StringComparison.Ordinal))
            .SelectMany(t => t.GetFields()).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!)
            .ToHashSet();
        var functions = _engine.Run("(Get-Module FaceBias).ExportedFunctions.Values").Objects.Select(
            o => (FunctionInfo)o.BaseObject).ToList();
        Assert.Equal(PowerShellModule.ReadFunctions(Path.Combine(TestPaths.Repository, "pipelines", "FaceBias")).Count
            + 2, functions.Count);
        Assert.All(functions, f =>
        {
            Assert.Contains(f.Verb, verbs);
            Assert.Contains(".SYNOPSIS", f.Definition, StringComparison.Ordinal);
            Assert.Contains(".EXAMPLE", f.Definition, StringComparison.Ordinal);
            Assert.Equal(f.Verb != "Get", f.Parameters.ContainsKey("WhatIf"));
        });
    }

    private string WritePredictions()
    {
        var path = Path.Combine(_folder, "predictions.csv");
        var rows = Enumerable.Range(0, 80).Select(
            i => $"{i},{(i % 4 == 0 ? "b" : "a")},a,{(i % 2 == 0 ? "dark" : "light")},{(i % 3 == 0 ? "yes" : "no")}");
        File.WriteAllLines(path, rows.Prepend("id,kind,kind_true,skin,glasses"));
        return path;
    }
}
