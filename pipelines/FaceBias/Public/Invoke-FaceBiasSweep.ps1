function Invoke-FaceBiasSweep {
    <#
    .SYNOPSIS
        Searches the best model under a fairness goal, from the cached features of a run.
    .PARAMETER Run
        Folder of a finished training.
    .PARAMETER Out
        Folder of the sweep.
    .PARAMETER Targets
        What to train, the judged one first.
    .PARAMETER Groups
        Attributes whose crossings are the groups.
    .PARAMETER Objective
        What is optimised.
    .PARAMETER Trials
        Trials in all.
    .PARAMETER Minutes
        Stop after this time.
    .PARAMETER Space
        JSON of what to search.
    .PARAMETER Sampler
        How to search.
    .PARAMETER Pruner
        How trials that are behind are ended early.
    .PARAMETER Jobs
        Trials at a time.
    .PARAMETER Seed
        Seed; the same seed gives the same result.
    .PARAMETER MinAverage
        What the winner must reach on validation on average.
    .PARAMETER MaxSize
        Largest size of the heads in bytes.
    .PARAMETER MaxLatency
        Longest time of the heads for one image, in milliseconds.
    .PARAMETER Resume
        Go on with the sweep in -Out.
    .OUTPUTS
        The files of the sweep.
    .EXAMPLE
        Invoke-FaceBiasSweep -Run runs/first -Groups race, gender -Trials 60 -Out runs/sweep
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Run,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [string[]] $Targets,
        [string[]] $Groups,
        [ArgumentCompletions('worst-group', 'average')] [string] $Objective,
        [ValidateRange(1, 1000000)] [int] $Trials,
        [double] $Minutes,
        [string] $Space,
        [ArgumentCompletions('tpe', 'random', 'grid')] [string] $Sampler,
        [ArgumentCompletions('asha', 'median', 'none')] [string] $Pruner,
        [ValidateRange(0, 64)] [int] $Jobs,
        [ValidateRange(0, 9223372036854775807)] [long] $Seed,
        [double] $MinAverage,
        [long] $MaxSize,
        [double] $MaxLatency,
        [switch] $Resume
    )
    $calls = @{ Command = 'sweep'; Parameters = $PSBoundParameters; Caller = $PSCmdlet }
    if (Invoke-FaceBias @calls -Target $Out) {
        [IO.Directory]::GetFiles((Resolve-FaceBiasPath $Out)) | ForEach-Object { [IO.FileInfo]::new($_) }
    }
}
