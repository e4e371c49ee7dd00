<#
.SYNOPSIS
    Trains a model on a folder of face images, audits it for whom it fails, and writes the report.
.DESCRIPTION
    Calls New-FaceBiasModel of the module beside it; 'Get-Help New-FaceBiasModel' has more. The exit code is that of
    facebias: 0, 2 where the input is at fault, 1 where the program is, 130 after Ctrl-C.
.PARAMETER Images
    Folder or folders of images.
.PARAMETER Labels
    'utkface' where the file names hold the labels, or a CSV or Parquet table.
.PARAMETER Targets
    Columns to predict, such as gender, age.
.PARAMETER Out
    Folder of the run.
.PARAMETER Groups
    Attributes to compare.
.PARAMETER ImageColumn
    Column of the labels that names the image, where it cannot be told from its name.
.PARAMETER Backbone
    A name of 'facebias models list', or an ONNX file.
.PARAMETER Seed
    Seed; the same seed gives the same result.
.PARAMETER Epochs
    Most epochs.
.PARAMETER ClassWeights
    Weighs classes inversely to their frequency.
.EXAMPLE
    ./pipelines/train.ps1 -Images faces -Labels utkface -Targets gender, age, race -Out runs/first
.OUTPUTS
    The objects of New-FaceBiasModel; the summary goes to the information stream.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Images,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Labels,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Targets,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
    [string[]] $Groups,
    [string] $ImageColumn,
    [ArgumentCompletions('faceres', 'faceres-deep', 'mobilenet_v1', 'resnet50', 'sface')] [string] $Backbone,
    [ValidateRange(0, 9223372036854775807)] [long] $Seed,
    [ValidateRange(1, 100000)] [int] $Epochs,
    [switch] $ClassWeights
)
$ErrorActionPreference = 'Stop'
$InformationPreference = 'Continue'
Set-StrictMode -Version Latest

Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))
$global:LASTEXITCODE = 0
try {
    New-FaceBiasModel @PSBoundParameters
} catch {
    [Console]::Error.WriteLine("facebias: $($_.Exception.Message)")
    exit [Math]::Max(1, $LASTEXITCODE)
}
