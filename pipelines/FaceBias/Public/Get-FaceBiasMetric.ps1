function Get-FaceBiasMetric {
    <#
    .SYNOPSIS
        Reads the metrics of every group from an audit.json.
    .DESCRIPTION
        What is not estimable has no Value and says why in Reason. Groups are of perceived attributes.
    .PARAMETER Path
        The folders of runs or audits, or their audit.json; wildcards are allowed.
    .PARAMETER LiteralPath
        The same as they are, without wildcards.
    .OUTPUTS
        FaceBias.Metric: Target, Attributes, Group, Metric, Class, Value, Low, High, N, Reason.
    .EXAMPLE
        Get-FaceBiasMetric runs/first | Where-Object { $_.Metric -eq 'accuracy' -and $_.N -gt 50 } | Sort-Object Value
    #>
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    [OutputType('FaceBias.Metric')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ParameterSetName = 'Path')] [SupportsWildcards()] [ValidateNotNullOrEmpty()] [string[]] $Path,
        [Parameter(Mandatory, ValueFromPipelineByPropertyName, ParameterSetName = 'LiteralPath')] [Alias('PSPath', 'FullName')] [ValidateNotNullOrEmpty()] [string[]] $LiteralPath
    )
    process {
        $literal = $PSCmdlet.ParameterSetName -eq 'LiteralPath'
        $files = if ($literal) { $LiteralPath } else { $Path }
        foreach ($target in Read-FaceBiasAudit $files -Literal:$literal -Property 'targets' -Caller $PSCmdlet) {
            $all = [pscustomobject] @{ attributes = @(); groups = @($target.overall) }
            foreach ($grouping in @($all) + @($target.groupings)) {
                foreach ($group in $grouping.groups) {
                    foreach ($estimate in $group.estimates) {
                        [pscustomobject] @{
                            PSTypeName = 'FaceBias.Metric'
                            Target = $target.name
                            Attributes = @($grouping.attributes) -join ', '
                            Group = if (@($group.levels).Count -gt 0) { @($group.levels) -join ', ' } else { 'all' }
                            Metric = $estimate.metric
                            Class = Get-FaceBiasProperty $estimate 'class'
                            Value = $estimate.value
                            Low = $estimate.low
                            High = $estimate.high
                            N = $estimate.denominator
                            Reason = Get-FaceBiasProperty $estimate 'reason'
                        }
                    }
                }
            }
        }
    }
}
