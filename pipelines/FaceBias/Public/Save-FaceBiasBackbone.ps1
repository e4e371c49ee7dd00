# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Save-FaceBiasBackbone {
    <#
    .SYNOPSIS
        Download and import a model now instead of on its first use.
    .PARAMETER Name
        A model of the catalogue.
    .OUTPUTS
        System.Void: nothing.
    .EXAMPLE
        Save-FaceBiasBackbone faceres
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Void')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Name
    )
    if ($PSCmdlet.ShouldProcess($Name, 'facebias models pull')) {
        Invoke-FaceBiasCommand -Command 'models pull' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Name -Positional 'Name'
    }
}
