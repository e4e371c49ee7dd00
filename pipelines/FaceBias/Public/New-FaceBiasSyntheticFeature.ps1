# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function New-FaceBiasSyntheticFeature {
    <#
    .SYNOPSIS
        Makes features with a planted shortcut, as NumPy files, and their oracle.
    .PARAMETER Classes
        Classes, and levels of the shortcut. The default is 2.
    .PARAMETER Correlation
        Share of training rows whose shortcut fits their class. The default is 0.95.
    .PARAMETER Train
        Training rows. The default is 3000.
    .PARAMETER Validation
        Validation rows per group. The default is 100.
    .PARAMETER Test
        Test rows per group. The default is 300.
    .PARAMETER Width
        Features. The default is 64.
    .PARAMETER Signal
        How far classes lie apart, in deviations of the noise. The default is 2.
    .PARAMETER Shortcut
        How far levels of the shortcut lie apart. The default is 5.
    .PARAMETER Seed
        Seed of all random draws. The default is 7.
    .PARAMETER Out
        Folder for the arrays; DIR/oracle gets those without correlation.
    .OUTPUTS
        System.IO.DirectoryInfo: the folder of arrays.
    .EXAMPLE
        New-FaceBiasSyntheticFeature -Classes 3 -Out features
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.IO.DirectoryInfo')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [long] $Classes,
        [double] $Correlation,
        [long] $Train,
        [long] $Validation,
        [long] $Test,
        [long] $Width,
        [double] $Signal,
        [double] $Shortcut,
        [long] $Seed
    )
    if ($PSCmdlet.ShouldProcess($Out, 'facebias mitigate synth')) {
        Invoke-FaceBiasCommand -Command 'mitigate synth' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
        [IO.DirectoryInfo]::new((Resolve-FaceBiasPath $Out))
    }
}
