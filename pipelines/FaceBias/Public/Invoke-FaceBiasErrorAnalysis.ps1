# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Invoke-FaceBiasErrorAnalysis {
    <#
    .SYNOPSIS
        Analyses the errors of a run's model: the worst ones, what they have in common, doubtful labels.
    .DESCRIPTION
        Labels in doubt are not wrong labels; a person decides in review.csv.
    .PARAMETER Run
        Folder of a finished facebias train.
    .PARAMETER Out
        Folder for errors.html, errors.json and review.csv.
    .PARAMETER Pictures
        Pictures of each kind of error. The default is 12.
    .PARAMETER NoMaps
        Show pictures without heat maps.
    .PARAMETER NoLabelsCheck
        Do not search for doubtful labels.
    .PARAMETER Retrain
        Retrain without the images whose labels are doubtful, and compare on the same test images.
    .PARAMETER NoPictures
        Write pages without pictures of people.
    .PARAMETER BlurPictures
        Blur the pictures in pages beyond recognition, in the file as on the screen.
    .PARAMETER Pdf
        Also print the page as PDF, with an installed Chromium, Chrome or Edge.
    .PARAMETER Threads
        Threads; 0 for one per core. The default is 0.
    .PARAMETER Seed
        Seed of the clustering of errors. The default is 0.
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
