# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Invoke-FaceBiasErrorAnalysis {
    <#
    .SYNOPSIS
        Shows where a run's model fails, what its errors share, and which labels are in doubt.
    .DESCRIPTION
        Labels in doubt are not wrong labels; a person decides in review.csv.
    .PARAMETER Run
        Folder of a finished facebias train.
    .PARAMETER Out
        Folder for errors.html, errors.json and review.csv.
    .PARAMETER Pictures
        Pictures of each kind of error. The default is 12.
    .PARAMETER NoMaps
        Pictures without heat maps.
    .PARAMETER NoLabelsCheck
        Do not look for labels in doubt.
    .PARAMETER Retrain
        Train again without the images whose labels are in doubt, and compare on the same test images.
    .PARAMETER NoPictures
        Pages without pictures of people.
    .PARAMETER BlurPictures
        Pictures of pages are blurred beyond recognition, in the file as on the screen.
    .PARAMETER Pdf
        Print the page as PDF, too, by a Chromium, Chrome or Edge that is on the machine.
    .PARAMETER Threads
        Threads; 0 for one per core. The default is 0.
    .PARAMETER Seed
        Seed of the groups of errors. The default is 0.
    .OUTPUTS
        System.Management.Automation.PSCustomObject: the content of errors.json.
    .EXAMPLE
        (Invoke-FaceBiasErrorAnalysis -Run runs/first -Out errors).targets
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Management.Automation.PSCustomObject')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Run,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [long] $Pictures,
        [switch] $NoMaps,
        [switch] $NoLabelsCheck,
        [switch] $Retrain,
        [switch] $NoPictures,
        [switch] $BlurPictures,
        [switch] $Pdf,
        [long] $Threads,
        [long] $Seed
    )
    if ($PSCmdlet.ShouldProcess($Out, 'facebias errors')) {
        Invoke-FaceBiasCommand -Command 'errors' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
        Read-FaceBiasJson ([IO.Path]::Combine($Out, 'errors.json'))
    }
}
