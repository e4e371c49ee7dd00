# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function New-FaceBiasFeature {
    <#
    .SYNOPSIS
        Writes a backbone's features of images as a NumPy matrix, and the table of its rows.
    .PARAMETER Images
        Folder(s) of images, or single pictures.
    .PARAMETER Backbone
        The model: a name of 'facebias models list', or an ONNX file. The default is faceres.
    .PARAMETER Out
        Matrix to write, float32 [images, features]; the table of its rows goes to NAME.rows.parquet.
    .PARAMETER Cache
        Also add them to the cache in FACEBIAS_HOME, where curate, train and sweep find them by the pictures' content.
    .PARAMETER Threads
        Threads; 0 for one per core. The default is 0.
    .OUTPUTS
        System.IO.FileInfo: the matrix.
    .EXAMPLE
        New-FaceBiasFeature -Images faces -Backbone faceres -Out features.npy
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.IO.FileInfo')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Images,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [string] $Backbone,
        [switch] $Cache,
        [long] $Threads
    )
    if ($PSCmdlet.ShouldProcess($Out, 'facebias features')) {
        Invoke-FaceBiasCommand -Command 'features' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
        [IO.FileInfo]::new((Resolve-FaceBiasPath $Out))
    }
}
