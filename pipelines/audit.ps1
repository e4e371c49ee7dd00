<#
.SYNOPSIS
    Finds out from a table of predictions for whom a model fails.
.DESCRIPTION
    Calls Invoke-FaceBiasAudit of the module beside it; 'Get-Help Invoke-FaceBiasAudit' has more. The exit code is that of
    facebias: 0, 2 where the input is at fault, 1 where the program is, 130 after Ctrl-C.
.PARAMETER Predictions
    Table of predictions: .csv or .parquet.
.PARAMETER Out
    Folder for the audit.
.PARAMETER Truth
    Column of the truth, where it is not named T_true.
.PARAMETER Prediction
    Column of the prediction, with -Truth.
.PARAMETER Targets
    Targets to audit; all by default.
.PARAMETER Groups
    Attributes to compare.
.PARAMETER Compare
    Predictions of another model for the same ids.
.PARAMETER Seed
    Seed; the same seed gives the same result.
.EXAMPLE
    ./pipelines/audit.ps1 -Predictions anybody.csv -Truth label -Prediction answer -Groups gender -Out audit
.OUTPUTS
    The objects of Invoke-FaceBiasAudit; the summary goes to the information stream.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Predictions,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
    [string] $Truth,
    [string] $Prediction,
    [string[]] $Targets,
    [string[]] $Groups,
    [string] $Compare,
    [ValidateRange(0, 9223372036854775807)] [long] $Seed
)
$ErrorActionPreference = 'Stop'
$InformationPreference = 'Continue'
Set-StrictMode -Version Latest

Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))
$global:LASTEXITCODE = 0
try {
    Invoke-FaceBiasAudit @PSBoundParameters
} catch {
    [Console]::Error.WriteLine("facebias: $($_.Exception.Message)")
    exit [Math]::Max(1, $LASTEXITCODE)
}
