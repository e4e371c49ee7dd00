using System.Diagnostics;
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
    public void Paths_with_brackets_come_through_the_pipeline_and_LiteralPath_as_they_are()
    {
        // The brackets would be a wildcard for 'odd1.json'.
        File.Copy(AuditFile(), Path.Combine(_folder, "odd[1].json"));
        Assert.NotEqual(0, _engine.Value<int>($"@(Get-FaceBiasMetric -LiteralPath '{_folder}/odd[1].json').Count"));
        Assert.NotEqual(0, _engine.Value<int>($"@(Get-ChildItem -LiteralPath '{_folder}' -Filter odd*.json | "
            + "Get-FaceBiasFinding).Count"));
        Assert.NotEqual(0, _engine.Value<int>($"@(Get-FaceBiasMetric '{_folder}/odd*.json').Count"));
    }

    [Fact]
    public void Metrics_and_findings_have_a_table_at_the_prompt()
    {
        var file = AuditFile();
        var metrics = _engine.Value<string>($"Get-FaceBiasMetric '{file}' | Out-String -Width 200");
        Assert.Matches(@"Target\s+Group\s+Metric\s+Class\s+Value\s+Interval\s+N", metrics);
        Assert.Matches(@"skin: dark\s+accuracy\s+0\.500\s+0\.\d{3} to 0\.\d{3}\s+40", metrics);
        Assert.Matches(@"Verdict\s+Target\s+Attribute\s+Sentence",
            _engine.Value<string>($"Get-FaceBiasFinding '{file}' | Out-String -Width 200"));
    }

    [Theory]
    [InlineData("Export-FaceBiasModel -Model m.onnx -Dotnet a -ModelBuilder b")]
    [InlineData("Export-FaceBiasModel -Model m.onnx -Dotnet a -Target gender")]
    [InlineData("Invoke-FaceBiasMitigation -Run r -Features f -Out o")]
    [InlineData("Invoke-FaceBiasSweep -Run r -Images i -Out o")]
    [InlineData("Invoke-FaceBiasAudit -Predictions p.csv -Model m.onnx -Out o")]
    public void Options_that_exclude_each_other_are_parameter_sets(string call) =>
        Assert.StartsWith("AmbiguousParameterSet",
            _engine.Run(call + " -WhatIf").Error?.FullyQualifiedErrorId, StringComparison.Ordinal);

    [Theory]
    [InlineData("Export-FaceBiasModel -Model m.onnx -ModelBuilder b -Target gender")]
    [InlineData("Export-FaceBiasModel -Model m.onnx -Mlflow b")]
    [InlineData("Invoke-FaceBiasMitigation -Run r -Target gender -Bias race -Out o")]
    [InlineData("Invoke-FaceBiasSweep -Images i -Labels utkface -Targets gender -Out o")]
    [InlineData("Invoke-FaceBiasAudit -Predictions p.csv -Numeric age -Out o")]
    [InlineData("Invoke-FaceBiasAudit -Model m.onnx -Images i -Labels utkface -Out o")]
    [InlineData("Start-FaceBiasServer -Model m.onnx -HostName 127.0.0.1 -Port 8080")]
    public void Options_that_go_together_bind(string call) => Assert.Null(_engine.Run(call + " -WhatIf").Error);

    [Fact]
    public void What_a_command_shows_comes_out_as_lines()
    {
        Assert.Contains(_engine.Run("Find-FaceBiasBackbone").Objects,
            o => $"{o}".StartsWith("faceres", StringComparison.Ordinal));
        var missing = _engine.Run($"Show-FaceBiasModel '{_folder}/none.onnx'").Error;
        Assert.Contains("none.onnx", missing?.Exception.Message, StringComparison.Ordinal);
        AuditFile();
        Assert.Null(_engine.Run(
            $"Invoke-FaceBiasAudit -Predictions '{WritePredictions()}' -Groups glasses -Out '{_folder}/b'").Error);
        Assert.Contains(_engine.Run($"Compare-FaceBiasRun '{_folder}/a' '{_folder}/b'").Objects,
            o => $"{o}".Contains("accuracy", StringComparison.Ordinal));
        Assert.Contains(_engine.Run($"Compare-FaceBiasRun '{_folder}/a', '{_folder}/b'").Objects,
            o => $"{o}".Contains("accuracy", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_stands_for_its_audit_and_a_file_that_is_none_ends_nothing()
    {
        AuditFile();
        File.WriteAllText(Path.Combine(_folder, "list.json"), "[1, 2]");
        File.WriteAllText(Path.Combine(_folder, "text.json"), "no json");
        foreach (var (bad, reason) in new[] { ("list.json", "is not an audit.json"), ("none.json", "There is no file"),
            ("text.json", "cannot be read as an audit.json"), (".", "There is no file") })
        {
            var outcome = _engine.Run($"Get-FaceBiasFinding '{_folder}/{bad}', '{_folder}/a'");
            Assert.NotEmpty(outcome.Objects);
            Assert.Contains(reason, outcome.Error?.Exception.Message, StringComparison.Ordinal);
        }
        Assert.NotEmpty(_engine.Run($"Get-Item '{_folder}/a' | Get-FaceBiasMetric").Objects);
    }

    [Fact]
    public void A_sentence_names_parameters() => Assert.StartsWith("-Intersections must be from 1 to 4",
        _engine.Run($"Invoke-FaceBiasAudit -Predictions '{WritePredictions()}' -Intersections 9 -Out '{_folder}/a'")
            .Error?.Exception.Message, StringComparison.Ordinal);

    [Fact]
    public void A_command_line_within_a_sentence_stays_as_it_is() => Assert.EndsWith("'facebias card --run nope'.",
        _engine.Run("Test-FaceBiasCard nope").Error?.Exception.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("./run.ps1 cur", "curate")]
    [InlineData("./run.ps1 train --target", "--targets")]
    [InlineData("./run.ps1 audit --predictions p.csv --thr", "--threshold")]
    public void The_prompt_completes_verbs_and_options(string line, string completion)
    {
        var found = _engine.Run($"Set-Location '{TestPaths.Repository}'; "
            + $"(TabExpansion2 -inputScript '{line}' -cursorColumn {line.Length}).CompletionMatches | "
            + "ForEach-Object CompletionText");
        Assert.Contains(completion, found.Objects.Select(o => $"{o}"));
    }

    [Fact]
    public void Outside_the_repository_the_module_runs_the_tool_on_the_PATH_from_a_folder_with_brackets()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the tool is a shell script here");
        var outside = Path.Combine(_folder, "a [b] c");
        var tools = Directory.CreateDirectory(Path.Combine(outside, "tools")).FullName;
        foreach (var part in new[] { "run.ps1", "pipelines" })
            Process.Start("cp", ["-r", Path.Combine(TestPaths.Repository, part), outside]).WaitForExit();
        var tool = Path.Combine(tools, "facebias");
        File.WriteAllText(tool, $"#!/bin/sh\nexec dotnet '{s_program}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        // What run.ps1 completes comes from beside it.
        var found = _engine.Run($"Set-Location -LiteralPath '{outside}'; (TabExpansion2 -inputScript './run.ps1 cur' "
            + "-cursorColumn 13).CompletionMatches | ForEach-Object CompletionText");
        Assert.Contains("curate", found.Objects.Select(o => $"{o}"));

        File.Delete(Path.Combine(outside, "run.ps1"));
        var outcome = _engine.Run($$"""
            $path = $env:PATH
            Remove-Module FaceBias
            try {
                $env:PATH = '{{tools}}' + [IO.Path]::PathSeparator + $path
                Import-Module ([Management.Automation.WildcardPattern]::Escape('{{outside}}/pipelines/FaceBias/FaceBias.psd1'))
                Invoke-FaceBiasAudit -Predictions '{{WritePredictions()}}' -Groups skin -Out '{{outside}}/audit'
            } finally { $env:PATH = $path }
            """);
        Assert.True(outcome.Error is null, $"{outcome.Error}");
        Assert.Contains(outcome.Objects, o => (string)o.Properties["Group"].Value == "dark");
    }

    [Theory]
    [InlineData("-File")]
    [InlineData("-Command")]
    public async Task Pwsh_itself_passes_the_words_of_run_ps1_on(string how)
    {
        var pwsh = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(f => Path.Combine(f, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(pwsh is null, "needs pwsh on the PATH (dotnet tool install --global PowerShell)");
        var run = Path.Combine(TestPaths.Repository, "run.ps1");
        string[] words = ["train", "--images", "a b", "--targets", "gender,age", "--margin", "0.05", "--out", "run"];
        string[] arguments = how == "-File" ? [how, run, .. words, "-WhatIf"]
            : [how, $"& '{run}' {string.Join(' ', words).Replace("a b", "'a b'", StringComparison.Ordinal)} -WhatIf"];
        var start = new ProcessStartInfo(pwsh, ["-NoProfile", .. arguments])
            { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var cancel = TestContext.Current.CancellationToken;
        var error = process.StandardError.ReadToEndAsync(cancel);
        var output = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        Assert.Equal((0, ""), (process.ExitCode, await error));
        Assert.Contains($"target \"{string.Join(' ', words)}\"", output, StringComparison.Ordinal);
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
        var verbs = Engine.Verbs.ToHashSet();
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

    private string AuditFile()
    {
        var outcome = _engine.Run(
            $"Invoke-FaceBiasAudit -Predictions '{WritePredictions()}' -Groups skin -Intersections 1 -Out '{_folder}/a'");
        Assert.Null(outcome.Error);
        return Path.Combine(_folder, "a", "audit.json");
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
