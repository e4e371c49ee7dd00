# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function New-FaceBiasCurationPlan {
    <#
    .SYNOPSIS
        Plans the curation of images: a shard looks at files, the merge compares them.
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
    .PARAMETER Review
        A person's decisions; by default review.csv in --out, if there is one.
    .PARAMETER NearDistance
        Largest Hamming distance of near duplicates. The default is 5.
    .PARAMETER DhashDistance
        Also compare difference hashes, up to this distance.
    .PARAMETER Orientations
        Also compare mirrored and turned pictures (all 8 orientations).
    .PARAMETER Faces
        Look for faces with the detector retinaface; boxes and landmarks go into the manifest.
    .PARAMETER Persons
        Look for the same person in different splits, by features of the faces found (needs --faces).
    .PARAMETER PersonSimilarity
        Cosine similarity of two faces' features from which on they count as the same person. The default is 0.7.
    .PARAMETER Backbone
        Backbone whose features confirm near duplicates, find outliers and check labels; a name of 'facebias models list', such as faceres, or an ONNX file.
    .PARAMETER NearSimilarity
        Similarity of features (0 by chance, 1 if equal) from which on a near duplicate is confirmed. The default is 0.7.
    .PARAMETER Near
        What happens to near duplicates: keep-best keeps the largest image, among equals the sharpest. The default is drop-all.
    .PARAMETER Drop
        Further findings that exclude an image, such as not_face,dark.
    .PARAMETER NoPictures
        Write pages without pictures of people.
    .PARAMETER BlurPictures
        Blur the pictures in pages beyond recognition, in the file as on the screen.
    .PARAMETER Pdf
        Also print the page as PDF, with an installed Chromium, Chrome or Edge.
    .PARAMETER Seed
        Seed of the splits where the labels define none. The default is 7.
    .PARAMETER ShardRows
        Rows of a shard: pictures, blocks of replicates of an audit, or trials of a sweep; the last may have fewer. The default is 10000.
    .PARAMETER Out
        Folder of the plan: new, local or mounted, or a URL such as s3://bucket/plan.
    .OUTPUTS
        System.IO.DirectoryInfo: the folder of the plan; nothing for a URL.
    .EXAMPLE
        New-FaceBiasCurationPlan -Images faces -Labels labels.csv -ShardRows 10000 -Out plans/curate
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.IO.DirectoryInfo')]
    param(
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
        [string] $Review,
        [long] $NearDistance,
        [long] $DhashDistance,
        [switch] $Orientations,
        [switch] $Faces,
        [switch] $Persons,
        [double] $PersonSimilarity,
        [string] $Backbone,
        [double] $NearSimilarity,
        [ValidateSet('drop-all', 'keep-best', 'keep-first')] [string] $Near,
        [string[]] $Drop,
        [switch] $NoPictures,
        [switch] $BlurPictures,
        [switch] $Pdf,
        [long] $Seed,
        [long] $ShardRows
    )
    if ($PSCmdlet.ShouldProcess($Out, 'facebias plan curate')) {
        Invoke-FaceBiasCommand -Command 'plan curate' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
        if (-not $Out.Contains('://')) { [IO.DirectoryInfo]::new((Resolve-FaceBiasPath $Out)) }
    }
}
