# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function New-FaceBiasModel {
    <#
    .SYNOPSIS
        Trains a model on a folder of images and audits for whom it fails.
    .DESCRIPTION
        The labels are perceived attributes of the people in the images. A run that was interrupted is resumed when it is repeated.
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
    .PARAMETER Targets
        Columns to predict: gender,age,race.
    .PARAMETER Groups
        Further columns to audit by.
    .PARAMETER Stratify
        Further columns to stratify random splits by, beside the targets.
    .PARAMETER KeepTogether
        Column of persons or the like, whose images random splits keep on one side.
    .PARAMETER Backbone
        A name of 'facebias models list', several joined by + (faceres+sface), auto for those that reach most on faces, or an ONNX file. The default is faceres.
    .PARAMETER Out
        Folder of the run.
    .PARAMETER Members
        Networks to train side by side and average. The default is 3.
    .PARAMETER Hidden
        Width of the shared layer. The default is 256.
    .PARAMETER Epochs
        Maximum number of epochs. The default is 18.
    .PARAMETER LearningRate
        Highest learning rate. The default is 0.001.
    .PARAMETER ClassWeights
        Weight classes inversely to their frequency.
    .PARAMETER Focal
        Exponent (gamma) of the focal loss of classes, which gives easy images less weight; 0 for cross-entropy. The default is 0.
    .PARAMETER Balance
        Target whose classes, or ten bands of whose range, are sampled more evenly, such as age.
    .PARAMETER Seed
        Seed of splits, weights and intervals. The default is 7.
    .PARAMETER Finetune
        What is trained: head (the backbone stays frozen), last:N layers, or all. The default is head.
    .PARAMETER FinetuneEpochs
        Maximum number of epochs of fine-tuning. The default is 6.
    .PARAMETER StartSize
        Side of the pictures in the first epoch of fine-tuning, such as 128; it grows to the backbone's, with which the last third of the epochs train. 0 takes the backbone's throughout. The default is 0.
    .PARAMETER BatchSize
        Images per step of fine-tuning. The default is 32.
    .PARAMETER AccumulationSteps
        Batches whose gradients are averaged before the weights are updated. The default is 1.
    .PARAMETER FinetuneRate
        Highest learning rate of the heads in fine-tuning. The default is 0.0003.
    .PARAMETER BackboneLrMultiplier
        Learning rate of the backbone's last layer, as a multiple of --finetune-rate. The default is 0.5.
    .PARAMETER LayerDecay
        Each layer's learning rate as a share of the next one's. The default is 0.9.
    .PARAMETER EmaDecay
        Decay of the exponential moving average of the weights, which is what is kept; 0 for none. The default is 0.995.
    .PARAMETER TrainBatchNorm
        Let batch norms of trained layers use the statistics of the batch.
    .PARAMETER Precision
        Arithmetic of fine-tuning; mixed (matrix products in 16 bits) needs --device cuda. The default is float32.
    .PARAMETER Augment
        Augmentation of the training images. The default is light.
    .PARAMETER Views
        With last:N: versions of each image whose outputs of the frozen layers are cached on disk (2: original and mirrored); 0 for none. The default is 3.
    .PARAMETER Uncertainty
        How the model states its uncertainty: ensemble, laplace, mc-dropout, mve, histogram-vae, temperature, conformal and others.
    .PARAMETER Level
        With --uncertainty conformal: Share of rows whose set or interval should contain the truth. The default is 0.9.
    .PARAMETER Conformal
        With --uncertainty conformal: For whom that is guaranteed: all rows, each class, each combination of groups, or overlapping groups at once. The default is split.
    .PARAMETER ConformalGroups
        With --uncertainty conformal: Columns of the groups of mondrian and overlapping.
    .PARAMETER ConformalCrossing
        With --uncertainty conformal: Overlapping groups are also crossed, up to this many at a time. The default is 2.
    .PARAMETER SetScore
        With --uncertainty conformal: Conformity score of classes. The default is lac.
    .PARAMETER IntervalScore
        With --uncertainty conformal: Conformity score of numbers. The default is absolute.
    .PARAMETER Resample
        Resample the training images before every epoch, rare ones more often; the rules other than vae are published ones and controls. The default is vae.
    .PARAMETER EffectiveShare
        Share of the images that the effective sample size of --resample must reach. The default is 0.3.
    .PARAMETER ResampleReconstruction
        Draw by the mean of the probability by rarity and that by reconstruction error.
    .PARAMETER ResampleClass
        Resample the images of one class only.
    .PARAMETER ResampleGroup
        Column of groups for --resample inverse-frequency.
    .PARAMETER Resume
        Resume the fine-tuning in --out; refused if there is none with the same options.
    .PARAMETER Force
        Replace a model or files of another run in --out.
    .PARAMETER NearDistance
        Largest Hamming distance of near duplicates. The default is 5.
    .PARAMETER Near
        What happens to near duplicates: keep-best keeps the largest image, among equals the sharpest. The default is drop-all.
    .PARAMETER ConfirmNear
        Let the backbone's features confirm near duplicates before they are dropped.
    .PARAMETER Drop
        Curation findings that exclude an image, such as not_face,dark.
    .PARAMETER Review
        The review.csv of 'facebias curate' with a person's decisions.
    .PARAMETER NoPictures
        Write pages without pictures of people.
    .PARAMETER BlurPictures
        Blur the pictures in pages beyond recognition, in the file as on the screen.
    .PARAMETER Pdf
        Also print the page as PDF, with an installed Chromium, Chrome or Edge.
    .PARAMETER Threads
        Threads; 0 for one per core. The default is 0.
    .PARAMETER Opset
        Also write the model in an older ONNX operator set, as model.opsetN.onnx.
    .PARAMETER Device
        Where fine-tuning runs. The default is cpu.
    .PARAMETER Check
        Look at images and labels, say everything that is wrong, and end.
    .OUTPUTS
        FaceBias.Metric: the metrics of every group, from audit.json.
    .EXAMPLE
        New-FaceBiasModel -Images faces -Labels utkface -Targets gender, age -Out runs/first | Where-Object Metric -EQ accuracy
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('FaceBias.Metric')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Images,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Labels,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Targets,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
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
        [string[]] $Groups,
        [string[]] $Stratify,
        [string] $KeepTogether,
        [string] $Backbone,
        [long] $Members,
        [long] $Hidden,
        [long] $Epochs,
        [double] $LearningRate,
        [switch] $ClassWeights,
        [double] $Focal,
        [string] $Balance,
        [long] $Seed,
        [string] $Finetune,
        [long] $FinetuneEpochs,
        [long] $StartSize,
        [long] $BatchSize,
        [long] $AccumulationSteps,
        [double] $FinetuneRate,
        [double] $BackboneLrMultiplier,
        [double] $LayerDecay,
        [double] $EmaDecay,
        [switch] $TrainBatchNorm,
        [ValidateSet('float32', 'mixed')] [string] $Precision,
        [ValidateSet('none', 'mirror', 'light', 'strong')] [string] $Augment,
        [long] $Views,
        [string[]] $Uncertainty,
        [double] $Level,
        [ValidateSet('split', 'class-conditional', 'mondrian', 'overlapping')] [string] $Conformal,
        [string[]] $ConformalGroups,
        [long] $ConformalCrossing,
        [ValidateSet('lac', 'aps', 'raps')] [string] $SetScore,
        [ValidateSet('absolute', 'normalized', 'quantile')] [string] $IntervalScore,
        [ValidateSet('vae', 'lab-product', 'lab-max', 'paper-product', 'uniform', 'shuffled', 'inverse-frequency')] [string] $Resample,
        [double] $EffectiveShare,
        [switch] $ResampleReconstruction,
        [string] $ResampleClass,
        [string] $ResampleGroup,
        [switch] $Resume,
        [switch] $Force,
        [long] $NearDistance,
        [ValidateSet('drop-all', 'keep-best', 'keep-first')] [string] $Near,
        [switch] $ConfirmNear,
        [string[]] $Drop,
        [string] $Review,
        [switch] $NoPictures,
        [switch] $BlurPictures,
        [switch] $Pdf,
        [long] $Threads,
        [long] $Opset,
        [ValidateSet('cpu', 'cuda')] [string] $Device,
        [switch] $Check
    )
    if ($PSCmdlet.ShouldProcess($Out, 'facebias train')) {
        Invoke-FaceBiasCommand -Command 'train' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
        Get-FaceBiasMetric -Path ([IO.Path]::Combine($Out, 'audit.json'))
    }
}
