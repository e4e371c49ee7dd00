# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Find-FaceBiasBackbone {
    <#
    .SYNOPSIS
        The models of the catalogue and those that were imported.
    .OUTPUTS
        System.String: a line for each model.
    .EXAMPLE
        Find-FaceBiasBackbone
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.String')]
    param()
    if ($PSCmdlet.ShouldProcess('models', 'facebias models list')) {
        Invoke-FaceBiasCommand -Command 'models list' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target 'models' -PassThru
    }
}
