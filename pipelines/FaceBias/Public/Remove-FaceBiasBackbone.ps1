# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Remove-FaceBiasBackbone {
    <#
    .SYNOPSIS
        Delete a stored model; one of the catalogue can be pulled again.
    .PARAMETER Name
        A model that was pulled or imported.
    .OUTPUTS
        System.Void: nothing.
    .EXAMPLE
        Remove-FaceBiasBackbone resnet
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Void')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Name
    )
    if ($PSCmdlet.ShouldProcess($Name, 'facebias models remove')) {
        Invoke-FaceBiasCommand -Command 'models remove' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Name -Positional 'Name'
    }
}
