# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Submit-FaceBiasPlan {
    <#
    .SYNOPSIS
        Computes the shards of a plan on Slurm or Kubernetes, and joins them.
    .PARAMETER Plan
        Folder or URL of the plan.
    .PARAMETER To
        Where the shards are computed.
    .PARAMETER DryRun
        Print the sbatch script or the Job, and submit nothing.
    .PARAMETER NoWait
        Return when it is submitted; join the shards later with 'facebias merge'.
    .PARAMETER Out
        File or folder that the shards are joined to. The default is result in the plan's folder.
    .PARAMETER Parallel
        The most shards at a time. The default is 64.
    .PARAMETER Cpus
        Cores of a shard. The default is 4.
    .PARAMETER Memory
        Memory of a shard in MB. The default is 8192.
    .PARAMETER Retries
        How often a shard is tried again after a failure that may pass (exit code 75). The default is 10.
    .PARAMETER Command
        Slurm: the program on the nodes. The default is facebias.
    .PARAMETER Sbatch
        Slurm: further options of sbatch, such as '-p gpu'.
    .PARAMETER Image
        Kubernetes: the container image, made from deploy/Containerfile.
    .PARAMETER Namespace
        Kubernetes: the namespace. The default is default.
    .PARAMETER Volumes
        Kubernetes: volumes, each the name of a claim and where it is mounted, which is where it is on this machine: data=/mnt/data.
    .PARAMETER Secrets
        Kubernetes: secrets whose keys become variables, such as AWS_ACCESS_KEY_ID.
    .PARAMETER ServiceAccount
        Kubernetes: the service account, for access to storage by identity.
    .OUTPUTS
        System.Void: nothing; the lines go to the information stream.
    .EXAMPLE
        Submit-FaceBiasPlan plans/predict -To slurm -Parallel 16 -Out predictions.parquet
    .EXAMPLE
        Submit-FaceBiasPlan s3://bucket/plan -To kubernetes -Image registry.example.com/facebias:1 -DryRun -InformationAction Continue
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Void')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Plan,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [ValidateSet('slurm', 'kubernetes')] [string] $To,
        [switch] $DryRun,
        [switch] $NoWait,
        [string] $Out,
        [long] $Parallel,
        [long] $Cpus,
        [long] $Memory,
        [long] $Retries,
        [string] $Command,
        [string[]] $Sbatch,
        [string] $Image,
        [string] $Namespace,
        [string[]] $Volumes,
        [string[]] $Secrets,
        [string] $ServiceAccount
    )
    if ($PSCmdlet.ShouldProcess($Plan, 'facebias submit')) {
        Invoke-FaceBiasCommand -Command 'submit' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Plan -Positional 'Plan'
    }
}
