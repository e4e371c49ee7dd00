function Invoke-FaceBiasSweep {
    <#
    .SYNOPSIS
        Searches the best model under a fairness goal, from the cached features of a run or from images.
    .PARAMETER Run
        Folder of a finished training.
    .PARAMETER Images
        Without -Run: folders of images.
    .PARAMETER Labels
        With -Images: utkface, or a CSV or Parquet table with one row per image.
    .PARAMETER ImageColumn
        With -Images: column of the labels that names the image.
    .PARAMETER Categorical
        With -Images: numeric columns that hold class codes.
    .PARAMETER Backbone
        With -Images: a name of 'facebias models list', or an ONNX file.
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
        Largest size of model.onnx in bytes.
    .PARAMETER MaxLatency
        Longest time of model.onnx for one image, in milliseconds.
    .PARAMETER Refit
        Trains the winner again on training and validation images together.
    .PARAMETER Validate
        repeated:K trains winner and defaults again on K other splits; nested:K searches again without each of K folds and measures there.
    .PARAMETER Resume
        Go on with the sweep in -Out.
    .OUTPUTS
        The files of the sweep.
    .EXAMPLE
        Invoke-FaceBiasSweep -Run runs/first -Groups race, gender -Trials 60 -Out runs/sweep
    .EXAMPLE
        Invoke-FaceBiasSweep -Images faces -Labels utkface -Targets gender -Groups race, gender -Out runs/sweep
    #>
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Run')]
    param(
        [Parameter(Mandatory, ParameterSetName = 'Run')] [ValidateNotNullOrEmpty()] [string] $Run,
        [Parameter(Mandatory, ParameterSetName = 'Images')] [ValidateNotNullOrEmpty()] [string[]] $Images,
        [Parameter(Mandatory, ParameterSetName = 'Images')] [ValidateNotNullOrEmpty()] [string] $Labels,
        [Parameter(ParameterSetName = 'Images')] [string] $ImageColumn,
        [Parameter(ParameterSetName = 'Images')] [string[]] $Categorical,
        [Parameter(ParameterSetName = 'Images')] [string] $Backbone,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [string[]] $Targets,
        [string[]] $Groups,
        [ArgumentCompletions('worst-group', 'average', 'pareto')] [string] $Objective,
        [ValidateRange(1, 1000000)] [int] $Trials,
        [double] $Minutes,
        [string] $Space,
        [ArgumentCompletions('tpe', 'cfo', 'nsga2', 'random', 'grid')] [string] $Sampler,
        [ArgumentCompletions('asha', 'median', 'none')] [string] $Pruner,
        [ValidateRange(0, 64)] [int] $Jobs,
        [ValidateRange(0, 9223372036854775807)] [long] $Seed,
        [double] $MinAverage,
        [long] $MaxSize,
        [double] $MaxLatency,
        [switch] $Refit,
        [string] $Validate,
        [switch] $Resume
    )
    $calls = @{ Command = 'sweep'; Parameters = $PSBoundParameters; Caller = $PSCmdlet }
    if (Invoke-FaceBias @calls -Target $Out) {
        [IO.Directory]::GetFiles((Resolve-FaceBiasPath $Out)) | ForEach-Object { [IO.FileInfo]::new($_) }
    }
}
