# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Show-FaceBiasRun {
    <#
    .SYNOPSIS
        Shows the page of a run in the browser.
    .PARAMETER Run
        Folder of a run, or a page.
    .PARAMETER Print
        Only print where the page is.
    .OUTPUTS
        System.Void: nothing.
    .EXAMPLE
        Show-FaceBiasRun runs/first
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Void')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Run,
        [switch] $Print
    )
    if ($PSCmdlet.ShouldProcess($Run, 'facebias open')) {
        Invoke-FaceBiasCommand -Command 'open' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Run -Positional 'Run'
    }
}
