function Invoke-FaceBiasAudit {
    <#
    .SYNOPSIS
        Finds out from a table of predictions for whom a model fails, and how sure that is.
    .PARAMETER Predictions
        Table of predictions: .csv or .parquet.
    .PARAMETER Out
        Folder for audit.json, audit.parquet and audit.html.
    .PARAMETER Truth
        Column of the truth, where it is not named T_true.
    .PARAMETER Prediction
        Column of the prediction, with -Truth.
    .PARAMETER Probabilities
        Columns of probabilities, with -Truth: CLASS=COLUMN.
    .PARAMETER Targets
        Targets to audit; all by default.
    .PARAMETER Groups
        Attributes to compare.
    .PARAMETER Ordinal
        Attributes whose values have an order.
    .PARAMETER Bands
        Lower edges of the bands of a number: age=0,18,31,61.
    .PARAMETER Intersections
        Cross up to this many attributes.
    .PARAMETER Compare
        Predictions of another model for the same ids.
    .PARAMETER Reference
        Group that disparate impact is relative to.
    .PARAMETER Margin
        Difference of rates that would not matter.
    .PARAMETER NumericMargin
        Difference of mean errors that would not matter.
    .PARAMETER Split
        Rows to audit where there is a column 'split'.
    .PARAMETER Seed
        Seed; the same seed gives the same result.
    .PARAMETER Threads
        Threads; 0 for one per core.
    .PARAMETER Title
        Title of the report.
    .OUTPUTS
        FaceBias.Metric: the figures of every group. Get-FaceBiasFinding reads the sentences.
    .EXAMPLE
        Invoke-FaceBiasAudit -Predictions predictions.parquet -Out audit | Sort-Object Value | Select-Object -First 5
    .EXAMPLE
        Invoke-FaceBiasAudit -Predictions anybody.csv -Truth label -Prediction answer -Groups gender, age -Out audit
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Predictions,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [string] $Truth,
        [string] $Prediction,
        [string[]] $Probabilities,
        [string[]] $Targets,
        [string[]] $Groups,
        [string[]] $Ordinal,
        [string[]] $Bands,
        [ValidateRange(1, 4)] [int] $Intersections,
        [string] $Compare,
        [string] $Reference,
        [double] $Margin,
        [double] $NumericMargin,
        [ArgumentCompletions('test', 'validation', 'train', 'all')] [string] $Split,
        [ValidateRange(0, 9223372036854775807)] [long] $Seed,
        [ValidateRange(0, 1024)] [int] $Threads,
        [string] $Title
    )
    $calls = @{ Command = 'audit'; Parameters = $PSBoundParameters; Caller = $PSCmdlet }
    if (Invoke-FaceBias @calls -Target $Out) {
        Get-FaceBiasMetric -Path ([IO.Path]::Combine($Out, 'audit.json'))
    }
}
