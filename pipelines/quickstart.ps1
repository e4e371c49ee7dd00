# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
<#
.SYNOPSIS
    Draws faces with a planted bias, trains on them, reports for whom the model fails, and repairs it.
.PARAMETER Count
    Number of drawn images. The default is 1500.
.PARAMETER Seed
    Seed of drawings, splits and weights. The default is 7.
.PARAMETER Out
    Folder for the drawn faces, the run and its repair. The default is quickstart.
.OUTPUTS
    FaceBias.Metric: the metrics of every group.
.EXAMPLE
    ./pipelines/quickstart.ps1 -Count 5000 -Out mine
#>
[CmdletBinding(SupportsShouldProcess)]
[OutputType('FaceBias.Metric')]
param(
    [long] $Count,
    [long] $Seed,
    [string] $Out
)
Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))
# The summary is for the person who runs a script; a failure is an error as of any command.
if (-not $PSBoundParameters.ContainsKey('InformationAction')) { $PSBoundParameters['InformationAction'] = 'Continue' }
Invoke-FaceBiasQuickstart @PSBoundParameters
