function Measure-FaceBiasBounty {
    <#
    .SYNOPSIS
        The score of the 8-bit Bias Bounty, and the groups that it does not look at.
    .PARAMETER Labels
        Labels: name, skin_tone, gender, age, real_face.
    .PARAMETER Predictions
        Predictions: name (or id), skin_tone, gender, age.
    .PARAMETER Out
        Where to write the score as JSON.
    .OUTPUTS
        The score, its tasks and the worst groups.
    .EXAMPLE
        (Measure-FaceBiasBounty -Labels labels.csv -Predictions mine.csv -Out score.json).score
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Labels,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Predictions,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out
    )
    $calls = @{ Command = 'score bounty8bit'; Parameters = $PSBoundParameters; Caller = $PSCmdlet }
    if (Invoke-FaceBias @calls -Target $Out) {
        Read-FaceBiasJson $Out
    }
}
