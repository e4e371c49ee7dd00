<#
.SYNOPSIS
    Searches the best model under a fairness goal, from the cached features of a run or from images.
.DESCRIPTION
    Calls Invoke-FaceBiasSweep of the module beside it; 'Get-Help Invoke-FaceBiasSweep' has more. The exit code is that of
    facebias: 0, 2 where the input is at fault, 1 where the program is, 130 after Ctrl-C.
.PARAMETER Run
    Folder of a finished training.
.PARAMETER Images
    Without -Run: folders of images.
.PARAMETER Labels
    With -Images: utkface, or a CSV or Parquet table with one row per image.
.PARAMETER Targets
    What to train, the judged one first; with -Images they must be named.
.PARAMETER Out
    Folder of the sweep.
.PARAMETER Groups
    Attributes to compare.
.PARAMETER Objective
    worst-group, average, or a weight of the gap.
.PARAMETER Trials
    Trials in all.
.PARAMETER Minutes
    Stop after this time.
.PARAMETER Jobs
    Trials at a time.
.PARAMETER Seed
    Seed; the same seed gives the same result.
.PARAMETER Resume
    Go on with the sweep in -Out.
.EXAMPLE
    ./pipelines/sweep.ps1 -Run runs/first -Groups race, gender -Out runs/sweep
.EXAMPLE
    ./pipelines/sweep.ps1 -Images faces -Labels utkface -Targets gender -Groups race, gender -Out runs/sweep
.OUTPUTS
    The objects of Invoke-FaceBiasSweep; the summary goes to the information stream.
#>
[CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Run')]
param(
    [Parameter(Mandatory, ParameterSetName = 'Run')] [ValidateNotNullOrEmpty()] [string] $Run,
    [Parameter(Mandatory, ParameterSetName = 'Images')] [ValidateNotNullOrEmpty()] [string[]] $Images,
    [Parameter(Mandatory, ParameterSetName = 'Images')] [ValidateNotNullOrEmpty()] [string] $Labels,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
    [string[]] $Targets,
    [string[]] $Groups,
    [string] $Objective,
    [ValidateRange(1, 1000000)] [int] $Trials,
    [double] $Minutes,
    [ValidateRange(0, 64)] [int] $Jobs,
    [ValidateRange(0, 9223372036854775807)] [long] $Seed,
    [switch] $Resume
)
$ErrorActionPreference = 'Stop'
$InformationPreference = 'Continue'
Set-StrictMode -Version Latest

Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))
$global:LASTEXITCODE = 0
try {
    Invoke-FaceBiasSweep @PSBoundParameters
} catch {
    [Console]::Error.WriteLine("facebias: $($_.Exception.Message)")
    exit [Math]::Max(1, $LASTEXITCODE)
}
