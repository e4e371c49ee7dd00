# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
<#
.SYNOPSIS
    Turns the folders of the 8-bit Bias Bounty into a submission, its score, and what the score does not measure.
.DESCRIPTION
    From the competition's folders, or drawn faces in their layout, to a submission, its score and an audit of what the score hides. A run that was interrupted is resumed when it is repeated.
.PARAMETER Train
    Folder of training images with the competition's labels.csv.
.PARAMETER Test
    Folder of test images with the competition's labels.csv.
.PARAMETER Render
    Draw this many pictures in the competition's layout instead. The default is 0.
.PARAMETER Out
    Folder of the results.
.PARAMETER Backbone
    A name of 'facebias models list', or an ONNX file. The default is faceres.
.PARAMETER Detector
    Also use a face detector: no person where it finds no face and the features are far from those of faces.
.PARAMETER Review
    Decisions: keep for persons, drop for other pictures; curation/review.csv of the results by default.
.PARAMETER SemiSupervised
    Also train on images without labels that a first network is confident about.
.PARAMETER Objects
    Labels of pictures without a person: in rotation, as the entry did, or as predicted. The default is cycle.
.PARAMETER Trials
    Trials of the search. The default is 20.
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
.PARAMETER Replicates
    Bootstrap replicates of intervals. The default is 500.
.PARAMETER Seed
    Seed of splits, weights, search and intervals. The default is 7.
.PARAMETER Threads
    Threads; 0 for one per core. The default is 0.
.OUTPUTS
    System.Management.Automation.PSCustomObject: the content of bounty.json.
.EXAMPLE
    ./pipelines/bounty8bit.ps1 -Train bounty/train -Test bounty/test -Out runs/bounty
.EXAMPLE
    (./pipelines/bounty8bit.ps1 -Render 2000 -Out runs/bounty).score.score
#>
[CmdletBinding(SupportsShouldProcess)]
[OutputType('System.Management.Automation.PSCustomObject')]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
    [string] $Train,
    [string] $Test,
    [long] $Render,
    [string] $Backbone,
    [switch] $Detector,
    [string] $Review,
    [switch] $SemiSupervised,
    [ValidateSet('cycle', 'predict')] [string] $Objects,
    [long] $Trials,
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
    [long] $Replicates,
    [long] $Seed,
    [long] $Threads
)
Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))
# The summary is for the person who runs a script; a failure is an error as of any command.
if (-not $PSBoundParameters.ContainsKey('InformationAction')) { $PSBoundParameters['InformationAction'] = 'Continue' }
Invoke-FaceBiasBounty @PSBoundParameters
