<#
.SYNOPSIS
    The score of the 8-bit Bias Bounty.
.DESCRIPTION
    Calls Measure-FaceBiasBounty of the module beside it; 'Get-Help Measure-FaceBiasBounty' has more. The exit code is that of
    facebias: 0, 2 where the input is at fault, 1 where the program is, 130 after Ctrl-C.
.PARAMETER Labels
    Labels: name, skin_tone, gender, age, real_face.
.PARAMETER Predictions
    Predictions: name (or id), skin_tone, gender, age.
.PARAMETER Out
    Where to write the score as JSON.
.EXAMPLE
    ./pipelines/bounty8bit.ps1 -Labels labels.csv -Predictions mine.csv -Out score.json
.OUTPUTS
    The objects of Measure-FaceBiasBounty; the summary goes to the information stream.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Labels,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Predictions,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out
)
$ErrorActionPreference = 'Stop'
$InformationPreference = 'Continue'
Set-StrictMode -Version Latest

Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))
$global:LASTEXITCODE = 0
try {
    Measure-FaceBiasBounty @PSBoundParameters
} catch {
    [Console]::Error.WriteLine("facebias: $($_.Exception.Message)")
    exit [Math]::Max(1, $LASTEXITCODE)
}
