# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Clear-FaceBiasCache {
    <#
    .SYNOPSIS
        Delete what can be computed or downloaded again.
    .PARAMETER Part
        Parts to delete; none for all that can be made again.
    .OUTPUTS
        System.Void: nothing.
    .EXAMPLE
        Clear-FaceBiasCache -WhatIf
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Void')]
    param(
        [string[]] $Part
    )
    if ($PSCmdlet.ShouldProcess('cache', 'facebias cache clean')) {
        Invoke-FaceBiasCommand -Command 'cache clean' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target 'cache' -Positional 'Part'
    }
}
