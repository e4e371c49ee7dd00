# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Compare-FaceBiasRun {
    <#
    .SYNOPSIS
        Compares runs side by side: metrics, gaps, paired tests on the same rows, and cost.
    .PARAMETER Run
        Folders of runs or audits; differences are to the first.
    .PARAMETER Out
        Also write comparison.json and comparison.html to this folder.
    .OUTPUTS
        System.String: the lines of the tables.
    .EXAMPLE
        Compare-FaceBiasRun runs/first, runs/second -Out comparison
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.String')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromRemainingArguments)] [ValidateNotNullOrEmpty()] [string[]] $Run,
        [string] $Out
    )
    if ($PSCmdlet.ShouldProcess('runs', 'facebias compare')) {
        Invoke-FaceBiasCommand -Command 'compare' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target 'runs' -Positional 'Run' -PassThru
    }
}
