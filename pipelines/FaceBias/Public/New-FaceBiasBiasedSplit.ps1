# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function New-FaceBiasBiasedSplit {
    <#
    .SYNOPSIS
        Draws a biased training set and group-balanced validation and test sets, as NumPy files.
    .PARAMETER Images
        Folder(s) of images.
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
    .PARAMETER Backbone
        A name of 'facebias models list', several joined by + (faceres+sface), auto for those that reach most on faces, or an ONNX file. The default is faceres.
    .PARAMETER Out
        Folder of the run.
    .PARAMETER Threads
        Threads; 0 for one per core. The default is 0.
    .PARAMETER Target
        What to predict: gender, or age:0-30,31- for two classes of a number.
    .PARAMETER Bias
        The attribute that becomes a shortcut: age:young=0-34,old=35-.
    .PARAMETER Where
        Keeps only some rows: age:16-.
    .PARAMETER Aligned
        The groups that dominate: female:young,male:old.
    .PARAMETER Train
        Training rows. The default is 6000.
    .PARAMETER Share
        Share of aligned training rows; 0 draws all groups equally (the oracle). The default is 0.95.
    .PARAMETER Validation
        Validation rows per group. The default is 400.
    .PARAMETER Test
        Test rows per group. The default is 607.
    .PARAMETER Seed
        Seed of the random split. The default is 7.
    .OUTPUTS
        System.IO.DirectoryInfo: the folder of arrays.
    .EXAMPLE
        New-FaceBiasBiasedSplit -Images faces -Labels utkface -Target gender -Bias 'age:young=0-34,old=35-' -Aligned female:young, male:old -Out features
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.IO.DirectoryInfo')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Images,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Labels,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Target,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Bias,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Aligned,
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
        [string] $Backbone,
        [long] $Threads,
        [string] $Where,
        [long] $Train,
        [double] $Share,
        [long] $Validation,
        [long] $Test,
        [long] $Seed
    )
    if ($PSCmdlet.ShouldProcess($Out, 'facebias mitigate split')) {
        Invoke-FaceBiasCommand -Command 'mitigate split' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
        [IO.DirectoryInfo]::new((Resolve-FaceBiasPath $Out))
    }
}
