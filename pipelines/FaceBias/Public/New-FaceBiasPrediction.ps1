# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function New-FaceBiasPrediction {
    <#
    .SYNOPSIS
        Writes the predictions of a model for a folder of images.
    .PARAMETER Model
        The model.onnx of a run.
    .PARAMETER Images
        Folder(s) of images.
    .PARAMETER Labels
        utkface, or a table of labels, for the T_true columns.
    .PARAMETER ImageColumn
        Column of the labels that names the image.
    .PARAMETER Out
        Table to write: .csv or .parquet.
    .PARAMETER Threads
        Threads; 0 for one per core. The default is 0.
    .OUTPUTS
        System.IO.FileInfo: the table.
    .EXAMPLE
        New-FaceBiasPrediction -Model runs/first/model.onnx -Images others -Out predictions.csv | Import-Csv
    .EXAMPLE
        Get-ChildItem others/*.jpg | New-FaceBiasPrediction -Model runs/first/model.onnx -Out predictions.csv
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.IO.FileInfo')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Model,
        [Parameter(Mandatory, ValueFromPipeline, ValueFromPipelineByPropertyName)] [Alias('FullName')] [ValidateNotNullOrEmpty()] [string[]] $Images,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [string] $Labels,
        [string] $ImageColumn,
        [long] $Threads
    )
    begin { $all = [System.Collections.Generic.List[string]]::new() }
    process { foreach ($path in $Images) { $all.Add($path) } }
    end {
        $PSBoundParameters['Images'] = @(Resolve-FaceBiasInput $all)
        if (Invoke-FaceBias -Command 'predict' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out) {
            [IO.FileInfo]::new((Resolve-FaceBiasPath $Out))
        }
    }
}
