# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Invoke-FaceBiasExplanation {
    <#
    .SYNOPSIS
        Explains predictions by heat maps, compares them between groups, and measures how reliable they are.
    .DESCRIPTION
        A heat map shows where a model looks, not why.
    .PARAMETER Model
        A model that facebias trained, a name of the catalogue, or any ONNX classifier or regressor of pictures.
    .PARAMETER Images
        Folder(s) of images, or single pictures; none for --causal alone.
    .PARAMETER LiteralPath
        The same as they are, without wildcards.
    .PARAMETER Labels
        With --group-by: utkface (from the file names), folder (a folder per class), webdataset (KEY.cls and KEY.json in the images' tars), or tables with a row per image; train=FILE test=FILE says their splits.
    .PARAMETER ImageColumn
        With --group-by: Column of the labels that names the image.
    .PARAMETER SplitColumn
        With --group-by: Column of the official splits; by default detected by its name and values, 'none' for random splits.
    .PARAMETER SplitValues
        With --group-by: Which value is which split, where the values do not say: train=0,test=1; several joined by +.
    .PARAMETER MultiLabel
        With --group-by: Columns with several labels in a cell, and their separator: tags or tags=|. Each label becomes a target yes/no.
    .PARAMETER Categorical
        With --group-by: Columns whose numbers are codes of classes.
    .PARAMETER Numeric
        With --group-by: Columns that are numbers, even where they look like codes.
    .PARAMETER Nominal
        With --group-by: Grouping columns whose numbers are codes without an order.
    .PARAMETER Separator
        With --group-by: Separator of a text file; detected by default. 'tab' and 'blank' are accepted too.
    .PARAMETER Decimal
        With --group-by: Decimal separator of a text file, . or , where both are possible.
    .PARAMETER KeepNa
        With --group-by: Columns in which NA, None, null and the like are values, not missing; '*' for all.
    .PARAMETER Sheet
        With --group-by: Sheet of a workbook; the first by default.
    .PARAMETER GroupBy
        A label whose groups are compared: whether the model looks at other parts of the face.
    .PARAMETER Aligned
        With --group-by: faces are aligned crops such as UTKFace's, so that no landmarks are looked for.
    .PARAMETER Permutations
        Permutations of the test between groups. The default is 2000.
    .PARAMETER Causal
        Draw this many faces and change one attribute of each and nothing else: skin tone, glasses, background, light. The default is 0.
    .PARAMETER Target
        The target to explain; may be left out where the model has only one.
    .PARAMETER Class
        The class to explain; by default the one that the model predicts for each picture.
    .PARAMETER Method
        Methods; one heat map each. The default is lime.
    .PARAMETER Samples
        lime, kernelshap, rise: perturbed pictures per explanation; by default 1,000, for rise 2,000.
    .PARAMETER Superpixels
        How pictures are cut into superpixels. The default is quickshift.
    .PARAMETER Segments
        About how many superpixels slic and grid cut. The default is 100.
    .PARAMETER Fill
        What takes the place of hidden parts; by default the superpixel's mean for lime, the picture's mean for others.
    .PARAMETER OffShare
        lime: largest share of superpixels that a sample hides, 0.5 as published; less stays nearer to the picture. The default is 0.5.
    .PARAMETER KernelWidth
        lime: width of the kernel on the cosine distance. The default is 0.25.
    .PARAMETER Cells
        rise: cells along a side of its masks. The default is 8.
    .PARAMETER Shown
        rise: probability of a cell to be shown. The default is 0.5.
    .PARAMETER Window
        occlusion: side of the window as a share of the picture's. The default is 0.125.
    .PARAMETER Steps
        integrated-gradients: steps; up to 16 times as many where the map does not yet add up to the difference of the scores within 1%. The default is 50.
    .PARAMETER Layer
        gradcam and --emit-onnx: the layer's value in the graph; the last with places if not given.
    .PARAMETER Seed
        Seed of all random draws. The default is 0.
    .PARAMETER Limit
        Pictures explained at most, the first by name or as many of each group; 0 for all. The default is 20.
    .PARAMETER Repeats
        Runs with other seeds that are compared; 1 compares none. The default is 2.
    .PARAMETER CurveSteps
        Steps of the deletion and insertion curves; 0 for none. The default is 16.
    .PARAMETER NoRoad
        Do not measure ROAD.
    .PARAMETER Out
        Folder for explain.html, explain.json and the heat maps.
    .PARAMETER NoPictures
        Write pages without pictures of people.
    .PARAMETER BlurPictures
        Blur the pictures in pages beyond recognition, in the file as on the screen.
    .PARAMETER Pdf
        Also print the page as PDF, with an installed Chromium, Chrome or Edge.
    .PARAMETER EmitOnnx
        Also write a model that gives its heat map beside its answers.
    .PARAMETER Classes
        With anybody's classifier: the name of what it predicts, and its classes in the order of its scores.
    .PARAMETER Number
        With anybody's regressor: the name of what it predicts, such as age.
    .PARAMETER ModelOutput
        With anybody's model: the output that holds its scores or number; found automatically where there is one.
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
    .PARAMETER Memory
        Megabytes that perturbed pictures may take. The default is 512.
    .PARAMETER Threads
        Threads; 0 for one per core. The default is 0.
    .OUTPUTS
        System.Management.Automation.PSCustomObject: the content of explain.json.
    .EXAMPLE
        (Invoke-FaceBiasExplanation -Model runs/first/model.onnx -Images faces -Target gender -Method lime, gradcam -Out explained).pictures
    #>
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Path')]
    [OutputType('System.Management.Automation.PSCustomObject')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Model,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Out,
        [Parameter(ValueFromPipeline, ParameterSetName = 'Path')] [SupportsWildcards()] [string[]] $Images,
        [Parameter(Mandatory, ValueFromPipelineByPropertyName, ParameterSetName = 'LiteralPath')] [Alias('PSPath', 'FullName')] [string[]] $LiteralPath,
        [string[]] $Labels,
        [string] $ImageColumn,
        [string] $SplitColumn,
        [string[]] $SplitValues,
        [string[]] $MultiLabel,
        [string[]] $Categorical,
        [string[]] $Numeric,
        [string[]] $Nominal,
        [string] $Separator,
        [string] $Decimal,
        [string[]] $KeepNa,
        [string] $Sheet,
        [string] $GroupBy,
        [switch] $Aligned,
        [long] $Permutations,
        [long] $Causal,
        [string] $Target,
        [string] $Class,
        [ArgumentCompletions('lime', 'kernelshap', 'occlusion', 'rise', 'integrated-gradients', 'gradcam')] [string[]] $Method,
        [long] $Samples,
        [ValidateSet('quickshift', 'slic', 'grid')] [string] $Superpixels,
        [long] $Segments,
        [ValidateSet('superpixel-mean', 'picture-mean', 'blur', 'black', 'grey')] [string] $Fill,
        [double] $OffShare,
        [double] $KernelWidth,
        [long] $Cells,
        [double] $Shown,
        [double] $Window,
        [long] $Steps,
        [string] $Layer,
        [long] $Seed,
        [long] $Limit,
        [long] $Repeats,
        [long] $CurveSteps,
        [switch] $NoRoad,
        [switch] $NoPictures,
        [switch] $BlurPictures,
        [switch] $Pdf,
        [string] $EmitOnnx,
        [string] $Classes,
        [string] $Number,
        [string] $ModelOutput,
        [ValidateSet('nchw', 'nhwc')] [string] $Layout,
        [string] $Size,
        [ValidateSet('rgb', 'bgr', 'grey')] [string] $Channels,
        [string[]] $Mean,
        [string[]] $Scale,
        [string[]] $Constant,
        [long] $Memory,
        [long] $Threads
    )
    begin { $all = [System.Collections.Generic.List[string]]::new() }
    process { foreach ($path in @($Images) + @($LiteralPath)) { if ($path) { $all.Add($path) } } }
    end {
        $PSBoundParameters['Images'] = @(Resolve-FaceBiasInput $all -Literal:($PSCmdlet.ParameterSetName -eq 'LiteralPath'))
        $null = $PSBoundParameters.Remove('LiteralPath')
        if ($PSCmdlet.ShouldProcess($Out, 'facebias explain')) {
            Invoke-FaceBiasCommand -Command 'explain' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Out
            Read-FaceBiasJson ([IO.Path]::Combine($Out, 'explain.json'))
        }
    }
}
