function New-FaceBiasModel {
    <#
    .SYNOPSIS
        Trains a model on a folder of face images, audits it for whom it fails, and writes the report.
    .DESCRIPTION
        The labels are perceived attributes of the people in the images. A run that was interrupted goes on where it was when
        it is repeated.
    .PARAMETER Images
        Folder or folders of images.
    .PARAMETER Labels
        'utkface' where the file names hold the labels, or a CSV or Parquet table.
    .PARAMETER Targets
        Columns to predict, such as gender, age.
    .PARAMETER Out
        Folder of the run: model.onnx, predictions, audit, report.html, MODEL_CARD.md.
    .PARAMETER Categorical
        Numeric columns that hold class codes.
    .PARAMETER Groups
        Further columns to audit by.
    .PARAMETER ImageColumn
        Column of the labels that names the image, where it cannot be told from its name.
    .PARAMETER Backbone
        A name of 'facebias models list', or an ONNX file.
    .PARAMETER Seed
        Seed; the same seed gives the same result.
    .PARAMETER Epochs
        Most epochs.
    .PARAMETER Hidden
        Width of the shared layer.
    .PARAMETER Members
        Networks to train side by side and average.
    .PARAMETER LearningRate
        Highest learning rate.
    .PARAMETER ClassWeights
        Weighs classes inversely to their frequency.
    .PARAMETER KeepOne
        Keeps the best of each cluster of near duplicates instead of none.
    .PARAMETER Finetune
        What is trained: head (the backbone stays frozen), last:N layers, or all.
    .PARAMETER FinetuneEpochs
        Most epochs of fine-tuning.
    .PARAMETER FinetuneRate
        Highest learning rate of the heads in fine-tuning.
    .PARAMETER Augment
        Random changes of the training images in fine-tuning.
    .PARAMETER Device
        Where fine-tuning runs.
    .PARAMETER Precision
        Numbers of fine-tuning: float32, or on a GPU mixed.
    .PARAMETER Resume
        Goes on with the fine-tuning in Out; there must be one.
    .PARAMETER Threads
        Threads; 0 for one per core.
    .OUTPUTS
        FaceBias.Metric: the figures of every group, from audit.json.
    .EXAMPLE
        New-FaceBiasModel -Images faces -Labels utkface -Targets gender, age -Out runs/first | Where-Object Metric -EQ accuracy
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Images,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Labels,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Targets,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [string[]] $Categorical,
        [string[]] $Groups,
        [string] $ImageColumn,
        [ArgumentCompletions('faceres', 'faceres-deep', 'mobilenet_v1', 'resnet50', 'sface')] [string] $Backbone,
        [ValidateRange(0, 9223372036854775807)] [long] $Seed,
        [ValidateRange(1, 100000)] [int] $Epochs,
        [ValidateRange(1, 65536)] [int] $Hidden,
        [ValidateRange(1, 64)] [int] $Members,
        [double] $LearningRate,
        [switch] $ClassWeights,
        [switch] $KeepOne,
        [ArgumentCompletions('head', 'last:3', 'last:6', 'all')] [ValidatePattern('^(head|all|last:[1-9]\d*)$')] [string] $Finetune,
        [ValidateRange(1, 100000)] [int] $FinetuneEpochs,
        [double] $FinetuneRate,
        [ValidateSet('none', 'mirror', 'light', 'strong')] [string] $Augment,
        [ValidateSet('cpu', 'cuda')] [string] $Device,
        [ValidateSet('float32', 'mixed')] [string] $Precision,
        [switch] $Resume,
        [ValidateRange(0, 1024)] [int] $Threads
    )
    $calls = @{ Command = 'train'; Parameters = $PSBoundParameters; Caller = $PSCmdlet }
    if (Invoke-FaceBias @calls -Target $Out) {
        Get-FaceBiasMetric -Path ([IO.Path]::Combine($Out, 'audit.json'))
    }
}
