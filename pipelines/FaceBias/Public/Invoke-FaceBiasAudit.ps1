# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Invoke-FaceBiasAudit {
    <#
    .SYNOPSIS
        Finds out for whom a model fails, with what certainty, from a table of its predictions or by running it.
    .DESCRIPTION
        Groups are of perceived attributes. Get-FaceBiasFinding reads the findings.
    .PARAMETER Predictions
        Table of predictions: text with any separator, .xlsx, .json, .jsonl or .parquet, also compressed.
    .PARAMETER Truth
        Column of the truth, where it is not named T_true; or one of 0 and 1 per class (CLASS=COLUMN, or named after it).
    .PARAMETER Prediction
        Column of the prediction, or one of 0 and 1 per class; without --truth only what is predicted for whom is compared.
    .PARAMETER Probabilities
        Columns of probabilities: CLASS=COLUMN, or columns named after their class; alone, the most probable class is the prediction.
    .PARAMETER Score
        Column of a score of one of two classes, cut at --threshold.
    .PARAMETER PredictionSet
        Column of prediction sets, where it is not named T_set.
    .PARAMETER LowerBound
        Column of the lower ends of prediction intervals, where it is not named T_low.
    .PARAMETER UpperBound
        Column of the upper ends of prediction intervals, where it is not named T_high.
    .PARAMETER UncertaintyColumns
        Columns that are larger the less sure the model is, where they are not named T_uncertainty_NAME.
    .PARAMETER Separator
        Separator of a text file; detected by default. 'tab' and 'blank' are accepted too.
    .PARAMETER Decimal
        Decimal separator of a text file, . or , where both are possible.
    .PARAMETER KeepNa
        Columns in which NA, None, null and the like are values, not missing; '*' for all.
    .PARAMETER Sheet
        Sheet of a workbook; the first by default.
    .PARAMETER Check
        Only say how the table is read and what is wrong with it; write nothing.
    .PARAMETER Compare
        Predictions of another model for the same ids; writes compare.json.
    .PARAMETER Model
        A model to run instead (a black box): gear, faceres, another model of the catalogue with outputs, or an ONNX file: of facebias train, or anybody's classifier with --classes.
    .PARAMETER Classes
        With anybody's classifier: the label that it predicts, and its classes in the order of its scores.
    .PARAMETER ModelOutput
        With anybody's classifier: the output that holds its scores; found automatically where there is one.
    .PARAMETER Layout
        Order of the input's dimensions.
    .PARAMETER Size
        Input size in pixels: 224 or 192x256 (width x height).
    .PARAMETER Channels
        The colour channels.
    .PARAMETER Mean
        Subtracted from pixels of 0-255: one number or three in the model's channel order, a,b,c.
    .PARAMETER Scale
        Multiplied with afterwards: one number or three, a,b,c.
    .PARAMETER Constant
        The value of another input than the picture: NAME=NUMBER, or NAME=a,b,c for each of its elements.
    .PARAMETER Images
        With --model: folder(s) of images.
    .PARAMETER Labels
        With --model: utkface (from the file names), folder (a folder per class), webdataset (KEY.cls and KEY.json in the images' tars), or tables with a row per image; train=FILE test=FILE says their splits.
    .PARAMETER ImageColumn
        With --model: Column of the labels that names the image.
    .PARAMETER SplitColumn
        With --model: Column of the official splits; by default detected by its name and values, 'none' for random splits.
    .PARAMETER SplitValues
        With --model: Which value is which split, where the values do not say: train=0,test=1; several joined by +.
    .PARAMETER MultiLabel
        With --model: Columns with several labels in a cell, and their separator: tags or tags=|. Each label becomes a target yes/no.
    .PARAMETER Categorical
        With --model: Columns whose numbers are codes of classes.
    .PARAMETER Numeric
        With --model: Columns that are numbers, even where they look like codes.
    .PARAMETER Nominal
        With --model: Grouping columns whose numbers are codes without an order.
    .PARAMETER Features
        features/NAME.npy of a run: also search for clusters of similar pictures that the model fails on.
    .PARAMETER Targets
        Targets to audit; all by default.
    .PARAMETER Groups
        Attributes to compare; the truth of every target and all text columns by default.
    .PARAMETER Bands
        Lower edges of the bands of a number.
    .PARAMETER Ordinal
        Attributes whose values have an order, tested for a trend: "skin=light<medium<dark", or the name alone where the order is known.
    .PARAMETER Map
        Other names for values: 0=cat,1=dog in truths and predictions, race:0=White in one column; race:-1= makes -1 missing.
    .PARAMETER Metric
        What the findings are about: accuracy, recall, tpr, equal_opportunity, fnr, fpr, tnr, specificity, sensitivity, precision, ppv, predictive_parity, npv, selection_rate, demographic_parity, equalized_odds, mae, signed_error or within_N; accuracy or mae by default.
    .PARAMETER Positive
        The class of two that the score and rates are of; by default 1, yes, true or positive.
    .PARAMETER Threshold
        At or above which score a row is predicted to be positive; by default 0.5 of a probability.
    .PARAMETER Logits
        Scores and probabilities are logits.
    .PARAMETER Coverage
        Nominal coverage of prediction sets and intervals, where the table has them.
    .PARAMETER Abstain
        Share of the rows to abstain on, the least certain ones. The default is 0.2.
    .PARAMETER Control
        Attributes that a difference may be due to: groups are also compared within each of their levels.
    .PARAMETER Weights
        Column of each row's weight.
    .PARAMETER Split
        Rows to audit where there is a column of splits; 'all' for all. The default is test.
    .PARAMETER Where
        Only rows whose column holds a value, such as model=a; several columns all have to.
    .PARAMETER Intersections
        Cross up to this many attributes; by default 2 where there are at most 8 of them, else 1.
    .PARAMETER Reference
        What disparate impact is relative to: a group, 'majority' (the largest, default) or 'overall'.
    .PARAMETER Screening
        Correction of crossed groups: Benjamini-Hochberg or Benjamini-Yekutieli. The default is bh.
    .PARAMETER Cluster
        Column of rows that belong together, such as the person shown; 'none' for independent rows. Of a run's predictions the column that it kept together.
    .PARAMETER Margin
        Difference of rates that would not matter. The default is 0.05.
    .PARAMETER NumericMargin
        Difference of mean errors that would not matter; by default 1 for years, none for other units.
    .PARAMETER NoResampling
        Closed formulas alone: fast, without p and most verdicts.
    .PARAMETER NoSlices
        Do not look for slices that nobody named.
    .PARAMETER SliceDepth
        Cross up to this many attributes in the search for slices. The default is 3.
    .PARAMETER Seed
        Seed of bootstrap and permutations. The default is 1.
    .PARAMETER Threads
        Threads; 0 for one per core. The default is 0.
    .PARAMETER FailOn
        Exit with code 3 where a finding says this: gap, a gap is shown for any target and attribute.
    .PARAMETER NoPictures
        Write pages without pictures of people.
    .PARAMETER BlurPictures
        Blur the pictures in pages beyond recognition, in the file as on the screen.
    .PARAMETER Pdf
        Also print the page as PDF, with an installed Chromium, Chrome or Edge.
    .PARAMETER Title
        Title of the report.
    .PARAMETER Force
        Replace the audit of a run in --out.
    .PARAMETER Out
        Folder for audit.json, audit.parquet and audit.html.
    .OUTPUTS
        FaceBias.Metric: the metrics of every group.
    .EXAMPLE
        Invoke-FaceBiasAudit -Predictions predictions.parquet -Out audit | Sort-Object Value | Select-Object -First 5
    .EXAMPLE
        Invoke-FaceBiasAudit -Predictions anybody.csv -Truth label -Prediction answer -Groups gender, age -Out audit
    #>
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Predictions')]
    [OutputType('FaceBias.Metric')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [Parameter(Mandatory, ParameterSetName = 'Predictions')] [string] $Predictions,
        [string[]] $Truth,
        [string[]] $Prediction,
        [string[]] $Probabilities,
        [string] $Score,
        [string] $PredictionSet,
        [string] $LowerBound,
        [string] $UpperBound,
        [string[]] $UncertaintyColumns,
        [string] $Separator,
        [string] $Decimal,
        [string[]] $KeepNa,
        [string] $Sheet,
        [switch] $Check,
        [string] $Compare,
        [Parameter(Mandatory, ParameterSetName = 'Model')] [string] $Model,
        [string] $Classes,
        [string] $ModelOutput,
        [ValidateSet('nchw', 'nhwc')] [string] $Layout,
        [string] $Size,
        [ValidateSet('rgb', 'bgr', 'grey')] [string] $Channels,
        [string[]] $Mean,
        [string[]] $Scale,
        [string[]] $Constant,
        [Parameter(ParameterSetName = 'Model')] [string[]] $Images,
        [Parameter(ParameterSetName = 'Model')] [string[]] $Labels,
        [Parameter(ParameterSetName = 'Model')] [string] $ImageColumn,
        [Parameter(ParameterSetName = 'Model')] [string] $SplitColumn,
        [Parameter(ParameterSetName = 'Model')] [string[]] $SplitValues,
        [Parameter(ParameterSetName = 'Model')] [string[]] $MultiLabel,
        [string[]] $Categorical,
        [string[]] $Numeric,
        [string[]] $Nominal,
        [string] $Features,
        [string[]] $Targets,
        [string[]] $Groups,
        [string[]] $Bands,
        [string[]] $Ordinal,
        [string[]] $Map,
        [string] $Metric,
        [string] $Positive,
        [double] $Threshold,
        [switch] $Logits,
        [double] $Coverage,
        [double] $Abstain,
        [string[]] $Control,
        [string] $Weights,
        [string] $Split,
        [string[]] $Where,
        [long] $Intersections,
        [string] $Reference,
        [ValidateSet('bh', 'by')] [string] $Screening,
        [string] $Cluster,
        [double] $Margin,
        [double] $NumericMargin,
        [switch] $NoResampling,
        [switch] $NoSlices,
        [long] $SliceDepth,
        [long] $Seed,
        [long] $Threads,
        [ValidateSet('gap')] [string] $FailOn,
        [switch] $NoPictures,
        [switch] $BlurPictures,
        [switch] $Pdf,
        [string] $Title,
        [switch] $Force
    )
    if ($PSCmdlet.ShouldProcess($Out, 'facebias audit')) {
        Invoke-FaceBiasCommand -Command 'audit' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
        Get-FaceBiasMetric -Path ([IO.Path]::Combine($Out, 'audit.json'))
    }
}
