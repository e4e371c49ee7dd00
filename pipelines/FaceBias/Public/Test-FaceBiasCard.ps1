# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Test-FaceBiasCard {
    <#
    .SYNOPSIS
        Recomputes every number of the cards; exits with code 3 where one differs.
    .DESCRIPTION
        Fails where a number is not the one of its source.
    .PARAMETER Run
        Folder of a run or audit with a card, or its folder card.
    .OUTPUTS
        System.String: the lines of the result.
    .EXAMPLE
        Test-FaceBiasCard -Run runs/first
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.String')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Run
    )
    if ($PSCmdlet.ShouldProcess($Run, 'facebias card verify')) {
        Invoke-FaceBiasCommand -Command 'card verify' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Run -PassThru
    }
}
