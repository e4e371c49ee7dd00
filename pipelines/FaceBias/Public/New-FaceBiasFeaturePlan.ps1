# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function New-FaceBiasFeaturePlan {
    <#
    .SYNOPSIS
        Plans a backbone's features of images.
    .PARAMETER Images
        Folder(s) of images, or single pictures.
    .PARAMETER Backbone
        The model: a name of 'facebias models list', or an ONNX file. The default is faceres.
    .PARAMETER Cache
        Also add them to the cache in FACEBIAS_HOME, where curate, train and sweep find them by the pictures' content.
    .PARAMETER ShardRows
        Rows of a shard: pictures, blocks of replicates of an audit, or trials of a sweep; the last may have fewer. The default is 10000.
    .PARAMETER Out
        Folder of the plan: new, local or mounted, or a URL such as s3://bucket/plan.
    .OUTPUTS
        System.IO.DirectoryInfo: the folder of the plan; nothing for a URL.
    .EXAMPLE
        New-FaceBiasFeaturePlan -Images faces -Backbone faceres -ShardRows 10000 -Out plans/features
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.IO.DirectoryInfo')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Images,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [string] $Backbone,
        [switch] $Cache,
        [long] $ShardRows
    )
    if ($PSCmdlet.ShouldProcess($Out, 'facebias plan features')) {
        Invoke-FaceBiasCommand -Command 'plan features' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
        if (-not $Out.Contains('://')) { [IO.DirectoryInfo]::new((Resolve-FaceBiasPath $Out)) }
    }
}
