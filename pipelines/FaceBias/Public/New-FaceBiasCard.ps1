# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function New-FaceBiasCard {
    <#
    .SYNOPSIS
        Writes the model card, datasheet and related documents of a run, every number with its source.
    .PARAMETER Run
        Folder of a finished run or audit, with audit.json.
    .PARAMETER Strict
        Fail where an answer that only a person can give is missing.
    .OUTPUTS
        System.IO.DirectoryInfo: the folder of the cards.
    .EXAMPLE
        New-FaceBiasCard -Run runs/first | Get-ChildItem
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.IO.DirectoryInfo')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Run,
        [switch] $Strict
    )
    if ($PSCmdlet.ShouldProcess($Run, 'facebias card')) {
        Invoke-FaceBiasCommand -Command 'card' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Run
        [IO.DirectoryInfo]::new([IO.Path]::Combine((Resolve-FaceBiasPath $Run), 'card'))
    }
}
