function Invoke-FaceBiasMitigation {
    <#
    .SYNOPSIS
        Trains heads on frozen features by published bias mitigation methods and compares them.
    .PARAMETER Features
        Folder with {train,val,test}_feats.npy, _target.npy and, if known, _bias.npy.
    .PARAMETER Out
        Folder for the table, the heads and the journal.
    .PARAMETER Method
        Methods, or all.
    .PARAMETER Seeds
        Repetitions with other first weights.
    .PARAMETER Trials
        Settings to try per method and seed.
    .PARAMETER Select
        How epochs and settings are chosen on validation.
    .PARAMETER Export
        Exports this method's head. Without it the best on held-out rows is exported if the test rows show it to be better than ERM, else ERM.
    .PARAMETER Epochs
        Most epochs.
    .PARAMETER Patience
        Epochs without a better score before training ends.
    .PARAMETER Batch
        Rows per step.
    .PARAMETER Numeric
        The target is a number even if its values are whole.
    .PARAMETER Threads
        Threads; 0 for one per core.
    .OUTPUTS
        The content of mitigation.json: the options, and the figures of every method.
    .EXAMPLE
        Invoke-FaceBiasMitigation -Features features -Method all -Out runs/mitigated
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [string] $Features,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [ArgumentCompletions('all', 'erm', 'jtt', 'caml', 'group-dro', 'dfr', 'dfr-dro')] [string[]] $Method,
        [ValidateRange(1, 1000)] [int] $Seeds,
        [ValidateRange(1, 100000)] [int] $Trials,
        [ArgumentCompletions('worst', 'balanced', 'class')] [string] $Select,
        [string] $Export,
        [ValidateRange(1, 100000)] [int] $Epochs,
        [ValidateRange(1, 100000)] [int] $Patience,
        [ValidateRange(1, 1000000)] [int] $Batch,
        [switch] $Numeric,
        [ValidateRange(0, 1024)] [int] $Threads
    )
    $calls = @{ Command = 'mitigate'; Parameters = $PSBoundParameters; Caller = $PSCmdlet }
    if (Invoke-FaceBias @calls -Target $Out) {
        Read-FaceBiasJson ([IO.Path]::Combine($Out, 'mitigation.json'))
    }
}
