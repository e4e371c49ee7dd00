function Invoke-FaceBiasCuration {
    <#
    .SYNOPSIS
        Finds copies, label conflicts, near duplicates and bad pictures, and shows them to be overruled.
    .PARAMETER Images
        Folder or folders of images.
    .PARAMETER Out
        Folder of manifest.parquet, curation.json, curation.html and review.csv.
    .PARAMETER Labels
        utkface, or a table with one row per image.
    .PARAMETER ImageColumn
        Column of the labels that names the image, where it cannot be told from its name.
    .PARAMETER Review
        Decisions of a person.
    .PARAMETER NearDistance
        Largest Hamming distance of near duplicates.
    .PARAMETER DhashDistance
        Compares difference hashes too, up to this distance.
    .PARAMETER Orientations
        Compares mirrored and turned pictures too.
    .PARAMETER Near
        What becomes of near duplicates.
    .PARAMETER Faces
        Looks for faces; boxes and landmarks go into the manifest.
    .PARAMETER Persons
        With -Faces: looks for the same person in different splits.
    .PARAMETER PersonSimilarity
        Cosine of two faces' features from which on they count as one person's.
    .PARAMETER Backbone
        A name of 'facebias models list', or an ONNX file: its features confirm near duplicates and check labels.
    .PARAMETER NearSimilarity
        With -Backbone: similarity of features, 0 by chance and 1 if equal, from which on a near duplicate is confirmed.
    .PARAMETER Drop
        Further findings that drop an image.
    .PARAMETER Seed
        Seed of the splits.
    .PARAMETER Threads
        Threads; 0 for one per core.
    .OUTPUTS
        The content of curation.json: the counts.
    .EXAMPLE
        Invoke-FaceBiasCuration -Images faces -Labels labels.csv -Out curated
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Images,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [string] $Labels,
        [string] $ImageColumn,
        [string] $Review,
        [ValidateRange(0, 20)] [int] $NearDistance,
        [ValidateRange(0, 20)] [int] $DhashDistance,
        [switch] $Orientations,
        [ArgumentCompletions('drop-all', 'keep-best', 'keep-first')] [string] $Near,
        [switch] $Faces,
        [switch] $Persons,
        [ValidateRange(0.0, 1.0)] [double] $PersonSimilarity,
        [ArgumentCompletions('faceres', 'mobilenet_v1', 'resnet50', 'gear', 'sface')] [string] $Backbone,
        [ValidateRange(0.0, 1.0)] [double] $NearSimilarity,
        [string[]] $Drop,
        [ValidateRange(0, 2147483647)] [int] $Seed,
        [ValidateRange(0, 1024)] [int] $Threads
    )
    $calls = @{ Command = 'curate'; Parameters = $PSBoundParameters; Caller = $PSCmdlet }
    if (Invoke-FaceBias @calls -Target $Out) {
        Read-FaceBiasJson ([IO.Path]::Combine($Out, 'curation.json'))
    }
}
