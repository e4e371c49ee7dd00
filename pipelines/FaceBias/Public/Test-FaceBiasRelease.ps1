# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Test-FaceBiasRelease {
    <#
    .SYNOPSIS
        Checks an audit against a release policy; exits with code 3 where something is not shown.
    .DESCRIPTION
        Fails where something is not shown.
    .PARAMETER Audit
        The audit.json to check.
    .PARAMETER Policy
        The policy: what must be shown; samples/release-check/policy.schema.json describes the format.
    .PARAMETER Use
        The use that the model is released for.
    .PARAMETER Sarif
        Also write a SARIF file, which GitHub and Azure DevOps display.
    .PARAMETER Junit
        Also write a JUnit XML file, which test reports display.
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
