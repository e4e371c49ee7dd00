function Get-FaceBiasFinding {
    <#
    .SYNOPSIS
        Reads the findings of an audit.json: sentences with verdicts, the gravest first.
    .PARAMETER Path
        The audit.json of a run or an audit.
    .OUTPUTS
        FaceBias.Finding: Target, Attribute, Metric, Verdict, Sentence.
    .EXAMPLE
        Get-FaceBiasFinding runs/first/audit.json | Where-Object Verdict -EQ gapShown
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)] [Alias('FullName')] [ValidateNotNullOrEmpty()] [string] $Path
    )
    process {
        foreach ($finding in (Read-FaceBiasJson $Path).findings) {
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
