# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
<#
.SYNOPSIS
    The score of the 8-bit Bias Bounty (at most 16).
.PARAMETER Labels
    Labels: name, skin_tone, gender, age, real_face.
.PARAMETER Predictions
    Predictions: name (or id), skin_tone, gender, age.
.PARAMETER Out
    Also write the score as JSON.
.OUTPUTS
    System.Management.Automation.PSCustomObject: the score, its tasks and the worst groups, where -Out names a file.
.EXAMPLE
    (./pipelines/bounty8bit.ps1 -Labels labels.csv -Predictions mine.csv -Out score.json).score
#>
[CmdletBinding(SupportsShouldProcess)]
[OutputType('System.Management.Automation.PSCustomObject')]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Labels,
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Predictions,
    [string] $Out
)
Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))
# The summary is for the person who runs a script; a failure is an error as of any command.
if (-not $PSBoundParameters.ContainsKey('InformationAction')) { $PSBoundParameters['InformationAction'] = 'Continue' }
Measure-FaceBiasBounty @PSBoundParameters
