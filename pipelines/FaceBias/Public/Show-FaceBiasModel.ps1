# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Show-FaceBiasModel {
    <#
    .SYNOPSIS
        Inputs, outputs, operators, parameters, metadata and licences of a model.
    .PARAMETER NameOrFile
        A model of the catalogue, an imported one, or any ONNX file.
    .OUTPUTS
        System.String: the lines of the description.
    .EXAMPLE
        Show-FaceBiasModel faceres
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.String')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $NameOrFile
    )
    if ($PSCmdlet.ShouldProcess($NameOrFile, 'facebias models inspect')) {
        Invoke-FaceBiasCommand -Command 'models inspect' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $NameOrFile -Positional 'NameOrFile' -PassThru
    }
}
