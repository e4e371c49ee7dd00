function Invoke-FaceBiasQuickstart {
    <#
    .SYNOPSIS
        Draws faces with planted faults, trains a model on them and audits it.
    .PARAMETER Out
        Folder for the drawn data and the run.
    .PARAMETER Count
        Number of files to draw.
    .PARAMETER Seed
        Seed; the same seed gives the same result.
    .OUTPUTS
        FaceBias.Metric: the figures of every group.
    .EXAMPLE
        Invoke-FaceBiasQuickstart -Count 5000 -Out mine
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [string] $Out,
        [ValidateRange(100, 10000000)] [int] $Count,
        [ValidateRange(0, 9223372036854775807)] [long] $Seed
    )
    $calls = @{ Command = 'quickstart'; Parameters = $PSBoundParameters; Caller = $PSCmdlet }
    $folder = if ($Out) { $Out } else { 'quickstart' }
    if (Invoke-FaceBias @calls -Target $folder) {
        Get-FaceBiasMetric -Path ([IO.Path]::Combine($folder, 'run', 'audit.json'))
    }
}
