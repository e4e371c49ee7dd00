# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function New-FaceBiasPrediction {
    <#
    .SYNOPSIS
        Writes the predictions of a model for a folder of images.
    .PARAMETER Model
        The model.onnx of a run.
    .PARAMETER Images
        Folder(s) of images, or single pictures.
    .PARAMETER LiteralPath
        The same as they are, without wildcards.
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
    .PARAMETER Out
        Table to write: .csv or .parquet.
    .PARAMETER Abstain
        Share of the pictures to abstain on, the least certain ones, such as 0.05.
    .PARAMETER AbstainBy
        Label column; the model abstains on the share --abstain of each of its groups.
    .PARAMETER Threads
        Threads; 0 for one per core. The default is 0.
    .OUTPUTS
        System.IO.FileInfo: the table.
    .EXAMPLE
        New-FaceBiasPrediction -Model runs/first/model.onnx -Images others -Out predictions.csv | Import-Csv
    .EXAMPLE
        Get-ChildItem others/*.jpg | New-FaceBiasPrediction -Model runs/first/model.onnx -Out predictions.csv
    #>
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Path')]
    [OutputType('System.IO.FileInfo')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Model,
        [Parameter(Mandatory, ValueFromPipeline, ParameterSetName = 'Path')] [SupportsWildcards()] [ValidateNotNullOrEmpty()] [string[]] $Images,
        [Parameter(Mandatory, ValueFromPipelineByPropertyName, ParameterSetName = 'LiteralPath')] [Alias('PSPath', 'FullName')] [string[]] $LiteralPath,
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
        [long] $Threads
    )
    begin { $all = [System.Collections.Generic.List[string]]::new() }
    process { foreach ($path in @($Images) + @($LiteralPath)) { if ($path) { $all.Add($path) } } }
    end {
        $PSBoundParameters['Images'] = @(Resolve-FaceBiasInput $all -Literal:($PSCmdlet.ParameterSetName -eq 'LiteralPath'))
        $null = $PSBoundParameters.Remove('LiteralPath')
        if ($PSCmdlet.ShouldProcess($Out, 'facebias predict')) {
            Invoke-FaceBiasCommand -Command 'predict' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
            [IO.FileInfo]::new((Resolve-FaceBiasPath $Out))
        }
    }
}
