# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function New-FaceBiasSweepPlan {
    <#
    .SYNOPSIS
        Plans a sweep: a shard measures some trials, the merge tests the winner.
    .PARAMETER Run
        Folder of a finished 'facebias train' to begin with.
    .PARAMETER Images
        Without --run: Folder(s) of images.
    .PARAMETER Labels
        Without --run: utkface (from the file names), folder (a folder per class), webdataset (KEY.cls and KEY.json in the images' tars), or tables with a row per image; train=FILE test=FILE says their splits.
    .PARAMETER ImageColumn
        Without --run: Column of the labels that names the image.
    .PARAMETER SplitColumn
        Without --run: Column of the official splits; by default detected by its name and values, 'none' for random splits.
    .PARAMETER SplitValues
        Without --run: Which value is which split, where the values do not say: train=0,test=1; several joined by +.
    .PARAMETER MultiLabel
        Without --run: Columns with several labels in a cell, and their separator: tags or tags=|. Each label becomes a target yes/no.
    .PARAMETER Categorical
        Without --run: Columns whose numbers are codes of classes.
    .PARAMETER Numeric
        Without --run: Columns that are numbers, even where they look like codes.
    .PARAMETER Nominal
        Without --run: Grouping columns whose numbers are codes without an order.
    .PARAMETER Separator
        Without --run: Separator of a text file; detected by default. 'tab' and 'blank' are accepted too.
    .PARAMETER Decimal
        Without --run: Decimal separator of a text file, . or , where both are possible.
    .PARAMETER KeepNa
        Without --run: Columns in which NA, None, null and the like are values, not missing; '*' for all.
    .PARAMETER Sheet
        Without --run: Sheet of a workbook; the first by default.
    .PARAMETER Backbone
        Without --run: A name of 'facebias models list', several joined by + (faceres+sface), auto for those that reach most on faces, or an ONNX file. The default is faceres.
    .PARAMETER Targets
        Targets to train, the one that is optimised first; the run's targets by default.
    .PARAMETER Groups
        Attributes whose crossings are the groups: race,gender.
    .PARAMETER Objective
        What is optimised on the validation images. The default is worst-group.
    .PARAMETER MaxSize
        Largest size of model.onnx in bytes.
    .PARAMETER MaxLatency
        Longest time of model.onnx for one image on one thread, in milliseconds.
    .PARAMETER MinAverage
        Accuracy that the winner must reach on the validation images (for a number: largest mean absolute error).
    .PARAMETER Pdf
        Also print the page as PDF, with an installed Chromium, Chrome or Edge.
    .PARAMETER Opset
        Also write the model in an older ONNX operator set, as model.opsetN.onnx.
    .PARAMETER Trials
        Number of trials. The default is 60.
    .PARAMETER Minutes
        Stop after this time; how many trials fit then depends on the machine.
    .PARAMETER Space
        Search space; docs/reference/sweeps.md describes the format.
    .PARAMETER Sampler
        Sampler of the search. The default is tpe.
    .PARAMETER Pruner
        How trials that do badly are stopped early. The default is asha.
    .PARAMETER Jobs
        Trials at a time, each on one thread; 0 for one per core, at most 4. The default is 0.
    .PARAMETER Seed
        Seed of proposals, weights and intervals. The default is 7.
    .PARAMETER Refit
        Train the winner again on training and validation images together before it is tested.
    .PARAMETER Validate
        repeated:K trains winner and defaults again on K other splits of training and validation images; nested:K does the whole search again without each of K folds and measures it there.
    .PARAMETER ShardRows
        Rows of a shard: pictures, blocks of replicates of an audit, or trials of a sweep; the last may have fewer. The default is 10000.
    .PARAMETER Out
        Folder of the plan: new, local or mounted, or a URL such as s3://bucket/plan.
    .OUTPUTS
        System.IO.DirectoryInfo: the folder of the plan; nothing for a URL.
    .EXAMPLE
        New-FaceBiasSweepPlan -Run runs/first -Groups race -Trials 200 -ShardRows 10 -Out plans/sweep
    #>
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Run')]
    [OutputType('System.IO.DirectoryInfo')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [Parameter(Mandatory, ParameterSetName = 'Run')] [string] $Run,
        [Parameter(ParameterSetName = 'WithoutRun')] [string[]] $Images,
        [Parameter(ParameterSetName = 'WithoutRun')] [string[]] $Labels,
        [Parameter(ParameterSetName = 'WithoutRun')] [string] $ImageColumn,
        [Parameter(ParameterSetName = 'WithoutRun')] [string] $SplitColumn,
        [Parameter(ParameterSetName = 'WithoutRun')] [string[]] $SplitValues,
        [Parameter(ParameterSetName = 'WithoutRun')] [string[]] $MultiLabel,
        [Parameter(ParameterSetName = 'WithoutRun')] [string[]] $Categorical,
        [Parameter(ParameterSetName = 'WithoutRun')] [string[]] $Numeric,
        [Parameter(ParameterSetName = 'WithoutRun')] [string[]] $Nominal,
        [Parameter(ParameterSetName = 'WithoutRun')] [string] $Separator,
        [Parameter(ParameterSetName = 'WithoutRun')] [string] $Decimal,
        [Parameter(ParameterSetName = 'WithoutRun')] [string[]] $KeepNa,
        [Parameter(ParameterSetName = 'WithoutRun')] [string] $Sheet,
        [Parameter(ParameterSetName = 'WithoutRun')] [string] $Backbone,
        [string[]] $Targets,
        [string[]] $Groups,
        [string] $Objective,
        [long] $MaxSize,
        [double] $MaxLatency,
        [double] $MinAverage,
        [switch] $Pdf,
        [long] $Opset,
        [long] $Trials,
        [double] $Minutes,
        [string] $Space,
        [ValidateSet('tpe', 'cfo', 'nsga2', 'random', 'grid')] [string] $Sampler,
        [ValidateSet('asha', 'median', 'none')] [string] $Pruner,
        [long] $Jobs,
        [long] $Seed,
        [switch] $Refit,
        [string] $Validate,
        [long] $ShardRows
    )
    if ($PSCmdlet.ShouldProcess($Out, 'facebias plan sweep')) {
        Invoke-FaceBiasCommand -Command 'plan sweep' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
        if (-not $Out.Contains('://')) { [IO.DirectoryInfo]::new((Resolve-FaceBiasPath $Out)) }
    }
}
