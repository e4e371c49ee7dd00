# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
<#
.SYNOPSIS
    Trains heads on frozen features by published bias mitigation methods and compares them.
.PARAMETER Run
    Folder of a finished 'facebias train': its features, splits and labels.
.PARAMETER Target
    With --run: what to predict, such as gender or age:0-30,31-.
.PARAMETER Bias
    With --run: the attribute behind the shortcut, such as race or age:young=0-34,old=35-; several are crossed.
.PARAMETER Groups
    With --run: columns to cross, race,gender; the same as several --bias.
.PARAMETER Features
    Folder with {train,val,test}_feats.npy, _target.npy and, if known, _bias.npy.
.PARAMETER Oracle
    Folder of the same test rows with training rows without the correlation: an upper bound.
.PARAMETER Numeric
    The target is a number even if its values are integers.
.PARAMETER Method
    all, or some of erm, class-balanced, jtt, lff, george, bpa, debian, caml, afr, self, tab, fg-ccdb, dpe, group-reweighting, group-resampling, group-dro, dfr, dfr-dro, dpe-groups, thresholds, reject-option.
.PARAMETER Out
    Folder for the table, the heads and the journal.
.PARAMETER Seeds
    Repetitions with different initial weights. The default is 3.
.PARAMETER Trials
    Configurations to try per method and seed, beginning with the published one. The default is 10.
.PARAMETER Set
    Hyperparameters that are not searched: hidden=0,rate=0.001.
.PARAMETER Select
    How epochs and configurations are chosen on the validation images: worst (group), balanced (average over groups), class (worst class, no group labels), environments (worst class where ERM is right or wrong, no group labels).
.PARAMETER Export
    Exports this method's head. Without it the best on held-out rows is exported if the test rows show it to be better than ERM, else ERM.
.PARAMETER Epochs
    Maximum number of epochs. The default is 50.
.PARAMETER Patience
    Epochs without a better score before training ends. The default is 12.
.PARAMETER BatchSize
    Rows per step. The default is 256.
.PARAMETER Pdf
    Also print the page as PDF, with an installed Chromium, Chrome or Edge.
.PARAMETER Opset
    Also write the model in an older ONNX operator set, as model.opsetN.onnx.
.PARAMETER Threads
    Trials side by side; 0 for one per core. The default is 0.
.OUTPUTS
    System.Management.Automation.PSCustomObject: the content of mitigation.json, with the metrics of every method.
.EXAMPLE
    ./pipelines/mitigate.ps1 -Run runs/first -Target gender -Bias 'age:young=0-34,old=35-' -Out runs/mitigated
.EXAMPLE
    ./pipelines/mitigate.ps1 -Features features -Method all -Out runs/mitigated
#>
[CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Run')]
[OutputType('System.Management.Automation.PSCustomObject')]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
    [Parameter(Mandatory, ParameterSetName = 'Run')] [string] $Run,
    [Parameter(ParameterSetName = 'Run')] [string] $Target,
    [Parameter(ParameterSetName = 'Run')] [string[]] $Bias,
    [Parameter(ParameterSetName = 'Run')] [string[]] $Groups,
    [Parameter(Mandatory, ParameterSetName = 'Features')] [string] $Features,
    [string] $Oracle,
    [switch] $Numeric,
    [string[]] $Method,
    [long] $Seeds,
    [long] $Trials,
    [string[]] $Set,
    [ValidateSet('worst', 'balanced', 'class', 'environments')] [string] $Select,
    [string] $Export,
    [long] $Epochs,
    [long] $Patience,
    [long] $BatchSize,
    [switch] $Pdf,
    [long] $Opset,
    [long] $Threads
)
Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))
# The summary is for the person who runs a script; a failure is an error as of any command.
if (-not $PSBoundParameters.ContainsKey('InformationAction')) { $PSBoundParameters['InformationAction'] = 'Continue' }
Invoke-FaceBiasMitigation @PSBoundParameters
