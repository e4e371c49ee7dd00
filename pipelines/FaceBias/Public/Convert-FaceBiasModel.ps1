# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Convert-FaceBiasModel {
    <#
    .SYNOPSIS
        Write an ONNX file in another operator set, for an older runtime.
    .PARAMETER File
        An ONNX file, such as a run's model.onnx.
    .PARAMETER Opset
        The operator set to write.
    .PARAMETER Out
        The file to write; beside the first, NAME.opsetN.onnx, by default.
    .PARAMETER Force
        Replace a file that exists.
    .OUTPUTS
        System.Void: nothing.
    .EXAMPLE
        Convert-FaceBiasModel runs/first/model.onnx -Opset 12
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Void')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $File,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [long] $Opset,
        [string] $Out,
        [switch] $Force
    )
    if ($PSCmdlet.ShouldProcess($File, 'facebias models convert')) {
        Invoke-FaceBiasCommand -Command 'models convert' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $File -Positional 'File'
    }
}
