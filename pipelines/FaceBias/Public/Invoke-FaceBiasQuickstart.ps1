# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Invoke-FaceBiasQuickstart {
    <#
    .SYNOPSIS
        Draws faces with a planted bias, trains on them, reports for whom the model fails, and repairs it.
    .PARAMETER Count
        Number of drawn images. The default is 1500.
    .PARAMETER Seed
        Seed of drawings, splits and weights. The default is 7.
    .PARAMETER Out
        Folder for the drawn faces, the run and its repair. The default is quickstart.
    .OUTPUTS
        FaceBias.Metric: the metrics of every group.
    .EXAMPLE
        Invoke-FaceBiasQuickstart -Count 5000 -Out mine
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('FaceBias.Metric')]
    param(
        [long] $Count,
        [long] $Seed,
        [string] $Out
    )
    if ($PSCmdlet.ShouldProcess($(if ($Out) { $Out } else { 'quickstart' }), 'facebias quickstart')) {
        Invoke-FaceBiasCommand -Command 'quickstart' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $(if ($Out) { $Out } else { 'quickstart' })
        Get-FaceBiasMetric -Path ([IO.Path]::Combine($(if ($Out) { $Out } else { 'quickstart' }), 'run', 'audit.json'))
    }
}
