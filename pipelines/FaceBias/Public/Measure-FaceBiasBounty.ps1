# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Measure-FaceBiasBounty {
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
        (Measure-FaceBiasBounty -Labels labels.csv -Predictions mine.csv -Out score.json).score
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Management.Automation.PSCustomObject')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Labels,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Predictions,
        [string] $Out
    )
    if ($PSCmdlet.ShouldProcess($Out, 'facebias score bounty8bit')) {
        Invoke-FaceBiasCommand -Command 'score bounty8bit' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
        if ($Out) { Read-FaceBiasJson $Out }
    }
}
