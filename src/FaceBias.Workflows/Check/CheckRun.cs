namespace FaceBias.Workflows.Check;

/// <summary>What a user asks of CheckRun.</summary>
public sealed record CheckRunOptions
{
    /// <summary>The audit.json to check.</summary>
    [Option("The audit.json to check.", ValueName = "FILE", Common = true)]
    public required string Audit { get; init; }

    /// <summary>The policy.</summary>
    [Option("The policy: what must be shown; samples/release-check/policy.schema.json describes the format.",
        ValueName = "FILE", Common = true)]
    public required string Policy { get; init; }

    /// <summary>The use that the model is released for; null if nobody said.</summary>
    [Option("The use that the model is released for.", ValueName = "USE")]
    public string? Use { get; init; }

    /// <summary>A SARIF file to write; null for none.</summary>
    [Option("Also write a SARIF file, which GitHub and Azure DevOps display.", ValueName = "FILE.sarif",
        Group = OptionGroup.Output)]
    public string? Sarif { get; init; }

    /// <summary>A JUnit file to write; null for none.</summary>
    [Option("Also write a JUnit XML file, which test reports display.", Name = "junit", ValueName = "FILE.xml",
        Group = OptionGroup.Output)]
    public string? JUnit { get; init; }
}

/// <summary>What a release check found.</summary>
/// <param name="Passed">Whether everything is shown that the policy asks for.</param>
/// <param name="Lines">Lines for the console.</param>
public sealed record CheckRunResult(bool Passed, IReadOnlyList<string> Lines)
{
    /// <summary>Every rule, in the order of the policy.</summary>
    internal IReadOnlyList<CheckedRule> Rules { get; init; } = [];
}

/// <summary>A release check from its files to its files.</summary>
internal static class CheckRun
{
    private const int MostLines = 20;

    /// <summary>Checks and writes.</summary>
    /// <exception cref="FaceBiasException">The audit or the policy cannot be read.</exception>
    public static CheckRunResult Execute(CheckRunOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var policy = ReleasePolicy.Read(options.Policy);
        var audit = AuditFile.Read(options.Audit);
        var rules = ReleaseCheck.Run(audit, policy, Path.GetDirectoryName(Path.GetFullPath(options.Audit))!,
            options.Use);
        if (options.Sarif is { } sarif)
            AtomicFile.WriteText(sarif,
                CheckFiles.Sarif(rules, options.Audit.Replace('\\', '/'),
                    typeof(CheckRun).Assembly.GetName().Version?.ToString(3) ?? ""));
        if (options.JUnit is { } junit)
            AtomicFile.WriteText(junit, CheckFiles.JUnit(rules));
        var folder = Path.GetDirectoryName(options.Audit) is { Length: > 0 } parent ? parent : ".";
        var failed = rules.Count(r => !r.Passed);
        return new(failed == 0,
        [
            .. rules.Where(r => !r.Passed).Select(r => $"FAIL  {r.Sentence}"),
            .. rules.Where(r => r.Passed).Take(MostLines).Select(r => $"pass  {r.Sentence}"),
            .. rules.Count - failed > MostLines
                ? [$"... and {rules.Count - failed - MostLines} more rules that hold; a SARIF or JUnit file has all."]
                : Array.Empty<string>(),
            failed == 0 ? $"The release check passed: {rules.Count} of {rules.Count} rules hold." : $"The release check failed: {failed} of {rules.Count} rules do not hold.",
            failed == 0 ? "Next: keep the audit, the policy and this result with the release."
                : $"Next: facebias open {folder} shows the groups behind each rule; mitigate or collect rows where one "
                    + "fails, or correct the policy.",
        ]) { Rules = rules };
    }
}
