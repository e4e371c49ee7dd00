# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Show-FaceBiasCache {
    <#
    .SYNOPSIS
        Where models and features are kept (FACEBIAS_HOME), and how large that is.
    .OUTPUTS
        System.Void: nothing; the sizes go to the information stream.
    .EXAMPLE
        Show-FaceBiasCache -InformationAction Continue
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Void')]
    param()
    if ($PSCmdlet.ShouldProcess('cache', 'facebias cache')) {
        Invoke-FaceBiasCommand -Command 'cache' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target 'cache'
    }
}
