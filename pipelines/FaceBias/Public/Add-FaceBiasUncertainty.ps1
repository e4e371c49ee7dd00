# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Add-FaceBiasUncertainty {
    <#
    .SYNOPSIS
        Adds uncertainties, prediction sets and intervals to the model of a finished run.
    .PARAMETER Run
        Folder of a finished 'facebias train'.
    .PARAMETER Uncertainty
        How the model is to state its uncertainty: ensemble, laplace, mc-dropout, mve, histogram-vae, temperature, conformal and others.
    .PARAMETER Members
        With --uncertainty ensemble: folders of further runs of the same targets, to average their models with that of --run in one file.
    .PARAMETER Level
        With --uncertainty conformal: Share of rows whose set or interval should contain the truth. The default is 0.9.
    .PARAMETER Conformal
        With --uncertainty conformal: For whom that is guaranteed: all rows, each class, each combination of groups, or overlapping groups at once. The default is split.
    .PARAMETER ConformalGroups
        With --uncertainty conformal: Columns of the groups of mondrian and overlapping.
    .PARAMETER ConformalCrossing
        With --uncertainty conformal: Overlapping groups are also crossed, up to this many at a time. The default is 2.
    .PARAMETER SetScore
        With --uncertainty conformal: Conformity score of classes. The default is lac.
    .PARAMETER IntervalScore
        With --uncertainty conformal: Conformity score of numbers. The default is absolute.
    .PARAMETER CalibrationShare
        Share of the run's validation images that sets and intervals are calibrated on; the others fit temperatures. The default is 0.5.
    .PARAMETER Out
        Model to write: .onnx. In the run's folder, 'predict' knows which images it was trained on.
    .PARAMETER Force
        Replace --out if it exists.
    .PARAMETER Seed
        Seed of random draws. The default is 7.
    .PARAMETER Threads
        Threads; 0 for one per core. The default is 0.
    .OUTPUTS
        System.IO.FileInfo: the model.
    .EXAMPLE
        Add-FaceBiasUncertainty -Run runs/first -Uncertainty laplace,conformal -Out runs/first/uncertain.onnx
    .EXAMPLE
        Add-FaceBiasUncertainty -Run runs/first -Members runs/second,runs/third -Uncertainty ensemble -Out runs/first/ensemble.onnx
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.IO.FileInfo')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Run,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $Uncertainty,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [string[]] $Members,
        [double] $Level,
        [ValidateSet('split', 'class-conditional', 'mondrian', 'overlapping')] [string] $Conformal,
        [string[]] $ConformalGroups,
        [long] $ConformalCrossing,
        [ValidateSet('lac', 'aps', 'raps')] [string] $SetScore,
        [ValidateSet('absolute', 'normalized', 'quantile')] [string] $IntervalScore,
        [double] $CalibrationShare,
        [switch] $Force,
        [long] $Seed,
        [long] $Threads
    )
    if ($PSCmdlet.ShouldProcess($Out, 'facebias uncertainty')) {
        Invoke-FaceBiasCommand -Command 'uncertainty' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
        [IO.FileInfo]::new((Resolve-FaceBiasPath $Out))
    }
}
