<#
.SYNOPSIS
    Draws faces with planted faults, trains a model on them and audits it.
.DESCRIPTION
    Calls Invoke-FaceBiasQuickstart of the module beside it; 'Get-Help Invoke-FaceBiasQuickstart' has more. The exit code is that of
    facebias: 0, 2 where the input is at fault, 1 where the program is, 130 after Ctrl-C.
.PARAMETER Out
    Folder for the drawn data (data) and the run (run).
.PARAMETER Count
    Number of files to draw.
.PARAMETER Seed
    Seed; the same seed gives the same result.
.EXAMPLE
    ./pipelines/quickstart.ps1 -Out runs/quickstart
.EXAMPLE
    ./pipelines/quickstart.ps1 -Count 5000 -Out runs/mine
.OUTPUTS
    The objects of Invoke-FaceBiasQuickstart; the summary goes to the information stream.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [string] $Out,
    [ValidateRange(100, 10000000)] [int] $Count,
    [ValidateRange(0, 9223372036854775807)] [long] $Seed
)
$ErrorActionPreference = 'Stop'
$InformationPreference = 'Continue'
Set-StrictMode -Version Latest

Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))
$global:LASTEXITCODE = 0
try {
    Invoke-FaceBiasQuickstart @PSBoundParameters
} catch {
    [Console]::Error.WriteLine("facebias: $($_.Exception.Message)")
    exit [Math]::Max(1, $LASTEXITCODE)
}
