# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Merge-FaceBiasPlan {
    <#
    .SYNOPSIS
        Joins the shards of a plan into the files that one machine would have written.
    .PARAMETER Plan
        Folder or URL of the plan.
    .PARAMETER Out
        File or folder to write, as the step's own command writes it. The default is result in the plan's folder.
    .PARAMETER Threads
        Threads; 0 for one per core. The default is 0.
    .OUTPUTS
        System.Void: nothing; the lines go to the information stream.
    .EXAMPLE
        Merge-FaceBiasPlan plans/predict -Out predictions.parquet -InformationAction Continue
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Void')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Plan,
        [string] $Out,
        [long] $Threads
    )
    if ($PSCmdlet.ShouldProcess($Plan, 'facebias merge')) {
        Invoke-FaceBiasCommand -Command 'merge' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Plan -Positional 'Plan'
    }
}
