# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Import-FaceBiasBackbone {
    <#
    .SYNOPSIS
        Make an ONNX, TensorFlow Lite or TensorFlow.js model a backbone; what is not given is proposed from it.
    .PARAMETER File
        An ONNX or TensorFlow Lite (.tflite) file, or a TensorFlow.js model.json, with a single picture as input.
    .PARAMETER Name
        Name of the backbone; the file's name by default.
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
    .PARAMETER Features
        The value that holds the features: an output or an inner value.
    .PARAMETER Pool
        Makes one row of features of many places: mean (of a map or of tokens; what --pool alone means) or token (the first, the class token).
    .PARAMETER Constant
        The value of another input than the picture: NAME=NUMBER, or NAME=a,b,c for each of its elements.
    .OUTPUTS
        System.Void: nothing.
    .EXAMPLE
        Import-FaceBiasBackbone resnet.onnx -Name resnet
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Void')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $File,
        [string] $Name,
        [ValidateSet('nchw', 'nhwc')] [string] $Layout,
        [string] $Size,
        [ValidateSet('rgb', 'bgr', 'grey')] [string] $Channels,
        [string[]] $Mean,
        [string[]] $Scale,
        [string] $Features,
        [ValidateSet('mean', 'token')] [string] $Pool,
        [string[]] $Constant
    )
    if ($PSCmdlet.ShouldProcess($File, 'facebias models import')) {
        Invoke-FaceBiasCommand -Command 'models import' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $File -Positional 'File'
    }
}
