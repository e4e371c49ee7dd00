# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Show-FaceBiasCache {
    <#
    .SYNOPSIS
        Where models and features are kept (FACEBIAS_HOME), and how large that is.
    .OUTPUTS
        System.String: the lines of the sizes.
    .EXAMPLE
        Show-FaceBiasCache
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.String')]
    param()
    if ($PSCmdlet.ShouldProcess('cache', 'facebias cache')) {
        Invoke-FaceBiasCommand -Command 'cache' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target 'cache' -PassThru
    }
}
