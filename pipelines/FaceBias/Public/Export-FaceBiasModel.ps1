# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias
function Export-FaceBiasModel {
    <#
    .SYNOPSIS
        Exports a trained model as a .NET project that predicts without facebias, or a run to MLflow.
    .PARAMETER Model
        The model.onnx of a run, or the run's folder.
    .PARAMETER Dotnet
        Write a .NET project on plain ONNX Runtime to this folder.
    .PARAMETER ModelBuilder
        Write a project in the shape of ML.NET Model Builder to this folder.
    .PARAMETER Mlflow
        Add the run to this folder of MLflow's file store: options, metrics, gaps, curves, report and model.
    .PARAMETER Name
        Name of the project (FaceApp) or of Model Builder's class (FaceModel).
    .PARAMETER Target
        With --model-builder: which target; the first one by default.
    .PARAMETER Data
        With --model-builder: a folder of images per class, or a table of paths and labels; the run's manifest by default.
    .PARAMETER Opset
        Write the project's model in an older ONNX operator set.
    .PARAMETER Force
        Replace files of an earlier export that were edited.
    .OUTPUTS
        System.IO.DirectoryInfo: the project.
    .EXAMPLE
        Export-FaceBiasModel -Model runs/first -Dotnet app
    #>
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Dotnet')]
    [OutputType('System.IO.DirectoryInfo')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Model,
        [Parameter(Mandatory, ParameterSetName = 'Dotnet')] [string] $Dotnet,
        [Parameter(Mandatory, ParameterSetName = 'ModelBuilder')] [string] $ModelBuilder,
        [Parameter(Mandatory, ParameterSetName = 'Mlflow')] [string] $Mlflow,
        [string] $Name,
        [Parameter(ParameterSetName = 'ModelBuilder')] [string] $Target,
        [Parameter(ParameterSetName = 'ModelBuilder')] [string] $Data,
        [long] $Opset,
        [switch] $Force
    )
    if ($PSCmdlet.ShouldProcess($(if ($Dotnet) { $Dotnet } elseif ($ModelBuilder) { $ModelBuilder } else { $Mlflow }), 'facebias export')) {
        Invoke-FaceBiasCommand -Command 'export' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target $(if ($Dotnet) { $Dotnet } elseif ($ModelBuilder) { $ModelBuilder } else { $Mlflow })
        [IO.DirectoryInfo]::new((Resolve-FaceBiasPath $(if ($Dotnet) { $Dotnet } elseif ($ModelBuilder) { $ModelBuilder } else { $Mlflow })))
    }
}
