# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function New-FaceBiasDataSet {
    <#
    .SYNOPSIS
        Draws faces (drawings, not photographs) with known attributes and planted faults.
    .PARAMETER Spec
        JSON of distributions and planted faults; by default that of the quickstart.
    .PARAMETER Count
        Number of files.
    .PARAMETER Out
        Folder to write images/, labels.csv and planted.json to.
    .PARAMETER Seed
        Seed; the same seed gives the same files. The default is 7.
    .PARAMETER Threads
        Threads; 0 for one per core. The default is 0.
    .OUTPUTS
        System.Management.Automation.PSCustomObject: the content of planted.json.
    .EXAMPLE
        New-FaceBiasDataSet -Count 1000 -Out drawn
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Management.Automation.PSCustomObject')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [long] $Count,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [string] $Spec,
        [long] $Seed,
        [long] $Threads
    )
    if ($PSCmdlet.ShouldProcess($Out, 'facebias synth')) {
        Invoke-FaceBiasCommand -Command 'synth' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
        Read-FaceBiasJson ([IO.Path]::Combine($Out, 'planted.json'))
    }
}
