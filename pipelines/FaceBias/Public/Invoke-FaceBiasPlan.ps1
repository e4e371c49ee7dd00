# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Invoke-FaceBiasPlan {
    <#
    .SYNOPSIS
        Computes shards of a plan: one, or all that are not done.
    .PARAMETER Plan
        Folder or URL of the plan.
    .PARAMETER Shard
        The shard to compute, from 0; without it all that are not done.
    .PARAMETER Workers
        Shards at a time, each with its share of the cores; workers of other processes and machines may run beside them. The default is 1.
    .PARAMETER RetryFailed
        Compute again the rows that failed in shards that are done; the other rows are kept.
    .PARAMETER Threads
        Threads of each worker; 0 shares the cores among them. The default is 0.
    .OUTPUTS
        System.Void: nothing.
    .EXAMPLE
        Invoke-FaceBiasPlan plans/predict -Workers 4
    .EXAMPLE
        Invoke-FaceBiasPlan plans/predict -Shard 3
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Void')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Plan,
        [long] $Shard,
        [long] $Workers,
        [switch] $RetryFailed,
        [long] $Threads
    )
    if ($PSCmdlet.ShouldProcess($Plan, 'facebias run')) {
        Invoke-FaceBiasCommand -Command 'run' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Plan -Positional 'Plan'
    }
}
