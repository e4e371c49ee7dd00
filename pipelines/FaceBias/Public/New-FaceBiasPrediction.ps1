function New-FaceBiasPrediction {
    <#
    .SYNOPSIS
        Writes the predictions of a model for folders of images.
    .PARAMETER Model
        The model.onnx of a run.
    .PARAMETER Images
        Folder or folders of images.
    .PARAMETER Out
        Table to write: .csv or .parquet.
    .PARAMETER Labels
        utkface, or a table of labels, for the T_true columns.
    .PARAMETER ImageColumn
        Column of the labels that names the image, where it cannot be told from its name.
    .PARAMETER Threads
        Threads; 0 for one per core.
    .OUTPUTS
        System.IO.FileInfo: the table.
    .EXAMPLE
        New-FaceBiasPrediction -Model runs/first/model.onnx -Images others -Out predictions.csv | Import-Csv
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Model,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Images,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [string] $Labels,
        [string] $ImageColumn,
        [ValidateRange(0, 1024)] [int] $Threads
    )
    $calls = @{ Command = 'predict'; Parameters = $PSBoundParameters; Caller = $PSCmdlet }
    if (Invoke-FaceBias @calls -Target $Out) {
        [IO.FileInfo]::new((Resolve-FaceBiasPath $Out))
    }
}
