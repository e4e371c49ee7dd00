# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function New-FaceBiasPredictionPlan {
    <#
    .SYNOPSIS
        Plans predictions of a model for images.
    .PARAMETER Model
        The model.onnx of a run.
    .PARAMETER Images
        Folder(s) of images, or single pictures.
    .PARAMETER Labels
        utkface (from the file names), folder (a folder per class), webdataset (KEY.cls and KEY.json in the images' tars), or tables with a row per image; train=FILE test=FILE says their splits.
    .PARAMETER ImageColumn
        Column of the labels that names the image.
    .PARAMETER SplitColumn
        Column of the official splits; by default detected by its name and values, 'none' for random splits.
    .PARAMETER SplitValues
        Which value is which split, where the values do not say: train=0,test=1; several joined by +.
    .PARAMETER MultiLabel
        Columns with several labels in a cell, and their separator: tags or tags=|. Each label becomes a target yes/no.
    .PARAMETER Categorical
        Columns whose numbers are codes of classes.
    .PARAMETER Numeric
        Columns that are numbers, even where they look like codes.
    .PARAMETER Nominal
        Grouping columns whose numbers are codes without an order.
    .PARAMETER Separator
        Separator of a text file; detected by default. 'tab' and 'blank' are accepted too.
    .PARAMETER Decimal
        Decimal separator of a text file, . or , where both are possible.
    .PARAMETER KeepNa
        Columns in which NA, None, null and the like are values, not missing; '*' for all.
    .PARAMETER Sheet
        Sheet of a workbook; the first by default.
    .PARAMETER Abstain
        Share of the pictures to abstain on, the least certain ones, such as 0.05.
    .PARAMETER AbstainBy
        Label column; the model abstains on the share --abstain of each of its groups.
    .PARAMETER ShardRows
        Rows of a shard: pictures, blocks of replicates of an audit, or trials of a sweep; the last may have fewer. The default is 10000.
    .PARAMETER Out
        Folder of the plan: new, local or mounted, or a URL such as s3://bucket/plan.
    .OUTPUTS
        System.IO.DirectoryInfo: the folder of the plan; nothing for a URL.
    .EXAMPLE
        New-FaceBiasPredictionPlan -Model runs/first/model.onnx -Images faces -ShardRows 10000 -Out plans/predict
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.IO.DirectoryInfo')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Model,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Images,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [string[]] $Labels,
        [string] $ImageColumn,
        [string] $SplitColumn,
        [string[]] $SplitValues,
        [string[]] $MultiLabel,
        [string[]] $Categorical,
        [string[]] $Numeric,
        [string[]] $Nominal,
        [string] $Separator,
        [string] $Decimal,
        [string[]] $KeepNa,
        [string] $Sheet,
        [double] $Abstain,
        [string] $AbstainBy,
        [long] $ShardRows
    )
    if ($PSCmdlet.ShouldProcess($Out, 'facebias plan predict')) {
        Invoke-FaceBiasCommand -Command 'plan predict' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
        if (-not $Out.Contains('://')) { [IO.DirectoryInfo]::new((Resolve-FaceBiasPath $Out)) }
    }
}
