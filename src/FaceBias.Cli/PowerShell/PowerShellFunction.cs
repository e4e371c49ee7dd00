namespace FaceBias.Cli.PowerShell;

/// <summary>What a function of the PowerShell module has beside its command's options; an entry of
/// <c>functions.json</c>.</summary>
/// <param name="Function">Its name, with an approved verb.</param>
/// <param name="Command">The command that it calls, such as "mitigate split".</param>
/// <param name="Description">What its command's description does not say; null for nothing.</param>
/// <param name="Output">What it returns: a type, then a colon and words.</param>
/// <param name="Result">The expression that makes it; null for nothing.</param>
/// <param name="Target">The expression of what is written, for -WhatIf.</param>
/// <param name="Pipeline">A parameter that is also read from the pipeline, as paths or files.</param>
/// <param name="Script">Name of a script beside the module with the same parameters; null for none.</param>
internal sealed record PowerShellFunction(
    string Function, string Command, string? Description, string Output, string? Result, string Target,
    string? Pipeline,
    IReadOnlyList<string> Examples, string? Script)
{
    /// <summary>Whether the lines that the command prints are what it returns.</summary>
    public bool PassesLines => Result is null && Output.StartsWith("System.String:", StringComparison.Ordinal);
}
