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
.EXAMPLE
    ./pipelines/curate.ps1 -Images faces -Labels labels.csv -Out curated
.OUTPUTS
    The objects of Invoke-FaceBiasCuration; the summary goes to the information stream.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Images,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
    [string] $Labels,
    [string] $Review,
    [ValidateRange(0, 64)] [int] $NearDistance
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
