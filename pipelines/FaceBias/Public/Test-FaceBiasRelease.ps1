# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Test-FaceBiasRelease {
    <#
    .SYNOPSIS
        Holds an audit against a policy, before a release; ends with 3 where something is not shown.
    .DESCRIPTION
        Fails where something is not shown.
    .PARAMETER Audit
        The audit.json to hold against the policy.
    .PARAMETER Policy
        What must be shown: see samples/release-check/policy.schema.json.
    .PARAMETER Use
        The use that the model is released for.
    .PARAMETER Sarif
        Also write SARIF, which GitHub and Azure DevOps show.
    .PARAMETER Junit
        Also write JUnit XML, which test reports show.
    .OUTPUTS
        System.String: the lines of the result.
    .EXAMPLE
        Test-FaceBiasRelease -Audit runs/first/audit.json -Policy policy.json -Use research
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.String')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Audit,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Policy,
        [string] $Use,
        [string] $Sarif,
        [string] $Junit
    )
    if ($PSCmdlet.ShouldProcess($Audit, 'facebias check')) {
        Invoke-FaceBiasCommand -Command 'check' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Audit -PassThru
    }
}
