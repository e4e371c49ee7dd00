<#
.SYNOPSIS
    Finds copies, label conflicts, near duplicates and bad pictures.
.DESCRIPTION
    Calls Invoke-FaceBiasCuration of the module beside it; 'Get-Help Invoke-FaceBiasCuration' has more. The exit code is that of
    facebias: 0, 2 where the input is at fault, 1 where the program is, 130 after Ctrl-C.
.PARAMETER Images
    Folder or folders of images.
.PARAMETER Out
    Folder of the manifest and the page.
.PARAMETER Labels
    utkface, or a table with one row per image.
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
.PARAMETER Backbone
    A name of 'facebias models list', or an ONNX file: its features confirm near duplicates and check labels.
.PARAMETER NearSimilarity
    With -Backbone: similarity of features, 0 by chance and 1 if equal, from which on a near duplicate is confirmed.
.PARAMETER Drop
    Further findings that drop an image.
.EXAMPLE
    ./pipelines/curate.ps1 -Images faces -Labels labels.csv -Out curated -Orientations -Faces
.OUTPUTS
    The objects of Invoke-FaceBiasCuration; the summary goes to the information stream.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Images,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
    [string] $Labels,
    [string] $Review,
    [ValidateRange(0, 20)] [int] $NearDistance,
    [ValidateRange(0, 20)] [int] $DhashDistance,
    [switch] $Orientations,
    [ArgumentCompletions('drop-all', 'keep-best', 'keep-first')] [string] $Near,
    [switch] $Faces,
    [ArgumentCompletions('faceres', 'mobilenet_v1', 'resnet50', 'gear', 'sface')] [string] $Backbone,
    [ValidateRange(0.0, 1.0)] [double] $NearSimilarity,
    [string[]] $Drop
)
$ErrorActionPreference = 'Stop'
$InformationPreference = 'Continue'
Set-StrictMode -Version Latest

Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))
$global:LASTEXITCODE = 0
try {
    Invoke-FaceBiasCuration @PSBoundParameters
} catch {
    [Console]::Error.WriteLine("facebias: $($_.Exception.Message)")
    exit [Math]::Max(1, $LASTEXITCODE)
}
