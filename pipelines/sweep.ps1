# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
<#
.SYNOPSIS
    Searches the best model under a fairness goal, from the cached features of a run or from images.
.DESCRIPTION
    Starts either from a finished run or from images with labels and targets.
.PARAMETER Run
    Folder of a finished 'facebias train' to begin with.
.PARAMETER Images
    Without --run: folder(s) of images, which are curated as by 'facebias train'.
.PARAMETER Backbone
    With --images: a name of 'facebias models list', or an ONNX file; faceres by default.
.PARAMETER Out
    Folder of the sweep.
.PARAMETER Targets
    What to train, the judged one first; the run's targets by default.
.PARAMETER Groups
    Attributes whose crossings are the groups: race,gender.
.PARAMETER Objective
    What is best on validation. The default is worst-group.
.PARAMETER Trials
    Trials in all. The default is 60.
.PARAMETER Minutes
    Stop after this time; how many trials fit then depends on the machine.
.PARAMETER Space
    What to search, as docs/reference/sweeps.md says.
.PARAMETER Sampler
    How to search. The default is tpe.
.PARAMETER Pruner
    How trials that are behind are ended early. The default is asha.
.PARAMETER Jobs
    Trials at a time, each on one thread; 0 for one per core, at most 4. The default is 0.
.PARAMETER Seed
    Seed of proposals, weights and intervals. The default is 7.
.PARAMETER MinAverage
    Share of right answers that the winner must reach on validation (for a number: largest mean error).
.PARAMETER MaxSize
    Largest size of model.onnx in bytes.
.PARAMETER MaxLatency
    Longest time of model.onnx for one image on one thread, in milliseconds.
.PARAMETER Refit
    Train the winner again on training and validation images together before it is tested.
.PARAMETER Validate
    repeated:K trains winner and defaults again on K other splits of training and validation images; nested:K does the whole search again without each of K folds and measures it there.
.PARAMETER Resume
    Resume the sweep in --out, or end if there is none. Without it, too, one that is there is resumed.
.PARAMETER Labels
    With --images: utkface (from the file names), folder (a folder per class), or tables with a row per image; train=FILE test=FILE says their splits.
.PARAMETER ImageColumn
    Column of the labels that names the image.
.PARAMETER SplitColumn
    Column of the official splits; found by its name and values if not given, 'none' for splits at random.
.PARAMETER SplitValues
    Which values are which split, where they do not say it: train=0,test=1, several with + between.
.PARAMETER MultiLabel
    Columns with several labels in a cell, and their separator: tags or tags=|. Each label becomes a target yes/no.
.PARAMETER Categorical
    Columns of the labels whose numbers are codes of classes.
.PARAMETER Numeric
    Columns of the labels that are quantities, even if they look like codes.
.PARAMETER KeepNa
    Columns in which NA, None, null and the like are values, not missing; '*' for all.
.PARAMETER Separator
    Separator of a text file; found by default. 'tab' and 'blank' are words for them.
.PARAMETER Decimal
    Decimal sign of a text file, . or , where it could be either.
.PARAMETER Sheet
    Sheet of a workbook; the first by default.
.OUTPUTS
    System.IO.FileInfo: the files of the sweep.
.EXAMPLE
    ./pipelines/sweep.ps1 -Run runs/first -Groups race, gender -Trials 60 -Out runs/sweep
.EXAMPLE
    ./pipelines/sweep.ps1 -Images faces -Labels utkface -Targets gender -Groups race, gender -Out runs/sweep
#>
[CmdletBinding(SupportsShouldProcess)]
[OutputType('System.IO.FileInfo')]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
    [string] $Run,
    [string[]] $Images,
    [string] $Backbone,
    [string[]] $Targets,
    [string[]] $Groups,
    [string] $Objective,
    [long] $Trials,
    [double] $Minutes,
    [string] $Space,
    [string] $Sampler,
    [string] $Pruner,
    [long] $Jobs,
    [long] $Seed,
    [double] $MinAverage,
    [long] $MaxSize,
    [double] $MaxLatency,
    [switch] $Refit,
    [string] $Validate,
    [switch] $Resume,
    [string[]] $Labels,
    [string] $ImageColumn,
    [string] $SplitColumn,
    [string[]] $SplitValues,
    [string[]] $MultiLabel,
    [string[]] $Categorical,
    [string[]] $Numeric,
    [string[]] $KeepNa,
    [string] $Separator,
    [string] $Decimal,
    [string] $Sheet
)
Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))
# The summary is for the person who runs a script; a failure is an error as of any command.
if (-not $PSBoundParameters.ContainsKey('InformationAction')) { $PSBoundParameters['InformationAction'] = 'Continue' }
Invoke-FaceBiasSweep @PSBoundParameters
