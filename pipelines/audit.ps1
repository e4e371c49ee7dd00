# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
<#
.SYNOPSIS
    Finds out for whom a model fails, and how sure that is, from a table of its predictions or by asking it.
.DESCRIPTION
    Groups are of perceived attributes. Get-FaceBiasFinding reads the findings.
.PARAMETER Predictions
    Table of predictions: .csv or .parquet.
.PARAMETER Truth
    Column of the truth, where it is not named T_true.
.PARAMETER Prediction
    Column of the prediction, with --truth.
.PARAMETER Probabilities
    Columns of probabilities, with --truth: CLASS=COLUMN, or columns named after their class.
.PARAMETER Model
    A black box to ask instead: gear, faceres, another model of the catalogue with outputs, or an ONNX file: of facebias train, or anybody's classifier with --classes.
.PARAMETER Classes
    With anybody's classifier: the label that it predicts, and its classes in the order of its scores.
.PARAMETER ModelOutput
    With anybody's classifier: the value that holds its scores; found by itself.
.PARAMETER Images
    With --model: folder(s) of images.
.PARAMETER Features
    features/NAME.npy of a run: also look for look-alikes that the model fails on.
.PARAMETER NoSlices
    Do not look for slices that nobody named.
.PARAMETER NoResampling
    Closed formulas alone: fast, without p and most verdicts.
.PARAMETER Targets
    Targets to audit; all by default.
.PARAMETER Groups
    Attributes to compare; the truth of every target and all text columns by default.
.PARAMETER Bands
    Lower edges of the bands of a number.
.PARAMETER Ordinal
    Attributes whose values have an order; they are tested for a trend.
.PARAMETER Intersections
    Cross up to this many attributes. The default is 2.
.PARAMETER Compare
    Predictions of another model for the same ids; writes compare.json.
.PARAMETER Reference
    What disparate impact is relative to: a group, 'majority' (the largest, default) or 'overall'.
.PARAMETER Cluster
    Column of rows that belong together, such as the person shown.
.PARAMETER Screening
    Correction of crossed groups: bh (Benjamini-Hochberg) or by (Benjamini-Yekutieli). The default is bh.
.PARAMETER Margin
    Difference of rates that would not matter. The default is 0.05.
.PARAMETER NumericMargin
    Difference of mean errors that would not matter. The default is 1.
.PARAMETER Split
    Rows to audit where there is a column 'split'; 'all' for all. The default is test.
.PARAMETER Seed
    Seed of bootstrap and permutations. The default is 1.
.PARAMETER Threads
    Threads; 0 for one per core. The default is 0.
.PARAMETER Title
    Title of the report.
.PARAMETER Force
    Replace the audit of a run in --out.
.PARAMETER Out
    Folder for audit.json, audit.parquet and audit.html.
.PARAMETER Labels
    With --model: utkface (from the file names), folder (a folder per class), or tables with a row per image; train=FILE test=FILE says their splits.
.PARAMETER ImageColumn
    Column of the labels that names the image.
.PARAMETER SplitColumn
    Column of the official splits; found by its name and values if not given, 'none' for splits at random.
.PARAMETER SplitValues
    Which values are which split, where they do not say it: train=0,test=1, several with + between.
.PARAMETER MultiLabel
    Columns with several labels in a cell, and their separator: tags or tags=|. Each label becomes a target yes/no.
.PARAMETER Size
    Input size in pixels: 224 or 192x256 (width x height).
.PARAMETER Layout
    Order of the input's dimensions: nchw or nhwc.
.PARAMETER Channels
    The colour channels: rgb, bgr or grey.
.PARAMETER Mean
    Subtracted from pixels of 0-255: one number or three in the model's channel order, a,b,c.
.PARAMETER Scale
    Multiplied with afterwards: one number or three, a,b,c.
.PARAMETER Constant
    The value of another input than the picture: NAME=NUMBER, or NAME=a,b,c for each of its elements.
.OUTPUTS
    FaceBias.Metric: the metrics of every group.
.EXAMPLE
    ./pipelines/audit.ps1 -Predictions predictions.parquet -Out audit | Sort-Object Value | Select-Object -First 5
.EXAMPLE
    ./pipelines/audit.ps1 -Predictions anybody.csv -Truth label -Prediction answer -Groups gender, age -Out audit
#>
[CmdletBinding(SupportsShouldProcess)]
[OutputType('FaceBias.Metric')]
param(
    [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
    [string] $Predictions,
    [string] $Truth,
    [string] $Prediction,
    [string[]] $Probabilities,
    [string] $Model,
    [string] $Classes,
    [string] $ModelOutput,
    [string[]] $Images,
    [string] $Features,
    [switch] $NoSlices,
    [switch] $NoResampling,
    [string[]] $Targets,
    [string[]] $Groups,
    [string[]] $Bands,
    [string[]] $Ordinal,
    [long] $Intersections,
    [string] $Compare,
    [string] $Reference,
    [string] $Cluster,
    [ValidateSet('bh', 'by')] [string] $Screening,
    [double] $Margin,
    [double] $NumericMargin,
    [string] $Split,
    [long] $Seed,
    [long] $Threads,
    [string] $Title,
    [switch] $Force,
    [string[]] $Labels,
    [string] $ImageColumn,
    [string] $SplitColumn,
    [string[]] $SplitValues,
    [string[]] $MultiLabel,
    [string] $Size,
    [ValidateSet('Nchw', 'Nhwc')] [string] $Layout,
    [ValidateSet('Bgr', 'Grey', 'Rgb')] [string] $Channels,
    [string[]] $Mean,
    [string[]] $Scale,
    [string[]] $Constant
)
Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))
# The summary is for the person who runs a script; a failure is an error as of any command.
if (-not $PSBoundParameters.ContainsKey('InformationAction')) { $PSBoundParameters['InformationAction'] = 'Continue' }
Invoke-FaceBiasAudit @PSBoundParameters
