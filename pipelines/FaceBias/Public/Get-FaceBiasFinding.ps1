function Get-FaceBiasFinding {
    <#
    .SYNOPSIS
        Reads the findings of an audit.json: sentences with verdicts, the gravest first.
    .PARAMETER Path
        The folders of runs or audits, or their audit.json; wildcards are allowed.
    .PARAMETER LiteralPath
        The same as they are, without wildcards.
    .OUTPUTS
        FaceBias.Finding: Target, Attribute, Metric, Verdict, Sentence.
    .EXAMPLE
        Get-FaceBiasFinding runs/first | Where-Object Verdict -EQ gapShown
    #>
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    [OutputType('FaceBias.Finding')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ParameterSetName = 'Path')] [SupportsWildcards()] [ValidateNotNullOrEmpty()] [string[]] $Path,
        [Parameter(Mandatory, ValueFromPipelineByPropertyName, ParameterSetName = 'LiteralPath')] [Alias('PSPath', 'FullName')] [ValidateNotNullOrEmpty()] [string[]] $LiteralPath
    )
    process {
        $literal = $PSCmdlet.ParameterSetName -eq 'LiteralPath'
        $files = if ($literal) { $LiteralPath } else { $Path }
        foreach ($finding in Read-FaceBiasAudit $files -Literal:$literal -Property 'findings' -Caller $PSCmdlet) {
            [pscustomobject] @{
                PSTypeName = 'FaceBias.Finding'
                Target = $finding.target
                Attribute = $finding.attribute
                Metric = $finding.metric
                Verdict = $finding.verdict
                Sentence = $finding.sentence
            }
        }
    }
}
