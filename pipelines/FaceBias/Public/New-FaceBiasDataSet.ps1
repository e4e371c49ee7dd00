function New-FaceBiasDataSet {
    <#
    .SYNOPSIS
        Draws faces (drawings, not photographs) with known attributes and planted faults.
    .PARAMETER Count
        Number of files.
    .PARAMETER Out
        Folder to write images, labels.csv and planted.json to.
    .PARAMETER Spec
        JSON of distributions and planted faults.
    .PARAMETER Seed
        Seed; the same seed gives the same result.
    .PARAMETER Threads
        Threads; 0 for one per core.
    .OUTPUTS
        The content of planted.json: what was planted.
    .EXAMPLE
        New-FaceBiasDataSet -Count 1000 -Out drawn
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [ValidateRange(1, 10000000)] [int] $Count,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [string] $Spec,
        [ValidateRange(0, 9223372036854775807)] [long] $Seed,
        [ValidateRange(0, 1024)] [int] $Threads
    )
    $calls = @{ Command = 'synth'; Parameters = $PSBoundParameters; Caller = $PSCmdlet }
    if (Invoke-FaceBias @calls -Target $Out) {
        Read-FaceBiasJson ([IO.Path]::Combine($Out, 'planted.json'))
    }
}
