<#
.SYNOPSIS
    Draws faces with planted faults, trains a model on them and audits it.
.DESCRIPTION
    The faces are drawings with known attributes, not photographs of people. What was planted is in planted.json beside
    the images, so that the report can be held against it. A run that was interrupted goes on when it is repeated.
.PARAMETER Out
    Folder for the drawn data (data) and the run (run).
.PARAMETER Count
    Number of files to draw.
.PARAMETER Seed
    Seed of the drawings and of the training.
.EXAMPLE
    ./pipelines/quickstart.ps1
.EXAMPLE
    ./pipelines/quickstart.ps1 -Count 5000 -Out runs/mine
.OUTPUTS
    The summaries as text. The exit code is that of the first command that fails, or 0.
#>
[CmdletBinding()]
param(
    [ValidateNotNullOrEmpty()] [string] $Out = 'runs/quickstart',
    [ValidateRange(100, 10000000)] [int] $Count = 1500,
    [ValidateRange(0, 2147483647)] [int] $Seed = 7
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest

$run = Join-Path (Split-Path $PSScriptRoot -Parent) 'run.ps1'
& $run quickstart --count "$Count" --seed "$Seed" --out $Out
exit $LASTEXITCODE
