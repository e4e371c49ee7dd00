# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Start-FaceBiasServer {
    <#
    .SYNOPSIS
        Serves a model over HTTP: own routes, the Open Inference Protocol, metrics, and a page.
    .DESCRIPTION
        Runs until Ctrl-C ends it; Start-Job runs it in the background.
    .PARAMETER Model
        The model.onnx of a run, or any ONNX file, which is then served as plain tensors.
    .PARAMETER Name
        The model's name under /v2/models; the file's name by default.
    .PARAMETER HostName
        Address to listen on; the default can only be reached from this machine. The default is 127.0.0.1.
    .PARAMETER Port
        Port; 0 for any that is free. The default is 8080.
    .PARAMETER ApiKeyFile
        File with the key that requests must carry; else FACEBIAS_API_KEY, else none.
    .PARAMETER Threads
        Threads; 0 for one per core. The default is 0.
    .PARAMETER BatchRows
        Most pictures that are predicted together. The default is 16.
    .PARAMETER QueueRows
        Most pictures that are accepted and not answered yet; then 429. The default is 256.
    .PARAMETER Deadline
        Seconds after which a request is answered with 504. The default is 10.
    .PARAMETER MaxBytes
        Most bytes of a picture's file. The default is 10000000.
    .PARAMETER MaxPixels
        Most pixels of a picture. The default is 24000000.
    .PARAMETER MaxFiles
        Most pictures of one request. The default is 32.
    .PARAMETER MaxConnections
        Most connections at a time; further ones are closed. The default is 4096.
    .PARAMETER Download
        Let GET /model/onnx return the model's file.
    .PARAMETER Reference
        Predictions whose shares are the expected ones; the test rows beside the model by default.
    .PARAMETER FalseAlarmRate
        Probability that a window raises an alarm by chance; 0 for no alarms. The default is 0.01.
    .PARAMETER AlarmWindow
        Predictions per window, after which the test starts over. The default is 10000.
    .PARAMETER AbstainBelow
        A label whose probability is below this counts as an abstention; 0 for none. The default is 0.
    .OUTPUTS
        System.Void: nothing.
    .EXAMPLE
        Start-FaceBiasServer -Model runs/first/model.onnx -Port 8080
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('System.Void')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Model,
        [string] $Name,
        [string] $HostName,
        [long] $Port,
        [string] $ApiKeyFile,
        [long] $Threads,
        [long] $BatchRows,
        [long] $QueueRows,
        [double] $Deadline,
        [long] $MaxBytes,
        [long] $MaxPixels,
        [long] $MaxFiles,
        [long] $MaxConnections,
        [switch] $Download,
        [string] $Reference,
        [double] $FalseAlarmRate,
        [long] $AlarmWindow,
        [double] $AbstainBelow
    )
    if ($PSCmdlet.ShouldProcess($Model, 'facebias serve')) {
        Invoke-FaceBiasCommand -Command 'serve' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $Model
    }
}
