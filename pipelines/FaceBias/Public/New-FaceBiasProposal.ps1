# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function New-FaceBiasProposal {
    <#
    .SYNOPSIS
        Looks at a folder of images, a table, or both, and proposes the command.
    .PARAMETER Path
        Folders of images, a table, or both.
    .PARAMETER Targets
        Columns to predict; with a table of labels.
    .PARAMETER Groups
        Columns to compare by.
    .PARAMETER Truth
        Column of the truth; with a table of predictions.
    .PARAMETER Prediction
        Column of the prediction; with a table of predictions.
    .PARAMETER Out
        Also write the command as a file for --config.
    .OUTPUTS
        System.String: the lines of the proposal.
    .EXAMPLE
        New-FaceBiasProposal faces, labels.csv -Targets gender -Out facebias.json
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.String')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromRemainingArguments)] [ValidateNotNullOrEmpty()] [string[]] $Path,
        [string[]] $Targets,
        [string[]] $Groups,
        [string] $Truth,
        [string] $Prediction,
        [string] $Out
    )
    if ($PSCmdlet.ShouldProcess('proposal', 'facebias init')) {
        Invoke-FaceBiasCommand -Command 'init' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target 'proposal' -Positional 'Path' -PassThru
    }
}
