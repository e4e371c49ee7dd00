<#
.SYNOPSIS
    Compares published bias mitigation methods on frozen features.
.DESCRIPTION
    Calls Invoke-FaceBiasMitigation of the module beside it; 'Get-Help Invoke-FaceBiasMitigation' has more. The exit code is that of
    facebias: 0, 2 where the input is at fault, 1 where the program is, 130 after Ctrl-C.
.PARAMETER Features
    Folder with {train,val,test}_feats.npy, _target.npy and _bias.npy.
.PARAMETER Out
    Folder for the table, the heads and the journal.
.PARAMETER Method
    Methods, or all.
.PARAMETER Seeds
    Repetitions with other first weights.
.PARAMETER Trials
    Settings to try per method and seed.
.EXAMPLE
    ./pipelines/mitigate.ps1 -Features features -Method all -Out runs/mitigated
.OUTPUTS
    The objects of Invoke-FaceBiasMitigation; the summary goes to the information stream.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Features,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
    [string[]] $Method,
    [ValidateRange(1, 1000)] [int] $Seeds,
    [ValidateRange(1, 100000)] [int] $Trials
)
$ErrorActionPreference = 'Stop'
$InformationPreference = 'Continue'
Set-StrictMode -Version Latest

Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))
$global:LASTEXITCODE = 0
try {
    Invoke-FaceBiasMitigation @PSBoundParameters
} catch {
    [Console]::Error.WriteLine("facebias: $($_.Exception.Message)")
    exit [Math]::Max(1, $LASTEXITCODE)
}
