<#
.SYNOPSIS
    Trains a model on a folder of face images, audits it for whom it fails, and writes the report.
.DESCRIPTION
    Runs 'facebias train' through run.ps1, which installs and builds what is missing. The labels are perceived
    attributes of the people in the images. A run that was interrupted goes on where it was when it is repeated.
.PARAMETER Images
    Folder or folders of images.
.PARAMETER Labels
    'utkface' where the file names hold the labels, or a CSV or Parquet file with one row per image.
.PARAMETER Targets
    Columns to predict, such as gender, age.
.PARAMETER Out
    Folder of the run: model.onnx, predictions, audit, report.html and MODEL_CARD.md.
.PARAMETER Groups
    Further columns to audit by.
.PARAMETER ImageColumn
    Column of the labels that names the image, where it cannot be told from its name.
.PARAMETER Backbone
    A name of 'facebias models list', or an ONNX file.
.PARAMETER Seed
    Seed of the splits, the weights and the intervals.
.PARAMETER Epochs
    Most epochs; facebias chooses where it is left out.
.PARAMETER ClassWeights
    Weighs classes inversely to their frequency.
.EXAMPLE
    ./pipelines/train.ps1 -Images faces -Labels utkface -Targets gender, age, race -Out runs/first
.EXAMPLE
    ./pipelines/train.ps1 -Images a, b -Labels labels.csv -Targets gender -Groups skin_tone, glasses -Out runs/second
.OUTPUTS
    The summary of the run as text. The exit code is that of facebias: 0, 2 where the input is at fault, 1 where the
    program is, 130 after Ctrl-C.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [ValidateScript({ Test-Path $_ -PathType Container })] [string[]] $Images,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Labels,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Targets,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
    [string[]] $Groups = @(),
    [string] $ImageColumn = '',
    [ValidateNotNullOrEmpty()] [string] $Backbone = 'faceres',
    [ValidateRange(0, 2147483647)] [int] $Seed = 7,
    [ValidateRange(0, 100000)] [int] $Epochs = 0,
    [switch] $ClassWeights
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest

$run = Join-Path (Split-Path $PSScriptRoot -Parent) 'run.ps1'
$arguments = @('train')
foreach ($folder in $Images) { $arguments += @('--images', $folder) }
$arguments += @('--labels', $Labels, '--targets', ($Targets -join ','), '--backbone', $Backbone, '--seed', "$Seed", '--out', $Out)
if ($Groups.Count -gt 0) { $arguments += @('--groups', ($Groups -join ',')) }
if ($ImageColumn) { $arguments += @('--image-column', $ImageColumn) }
if ($Epochs -gt 0) { $arguments += @('--epochs', "$Epochs") }
if ($ClassWeights) { $arguments += '--class-weights' }

& $run @arguments
exit $LASTEXITCODE
