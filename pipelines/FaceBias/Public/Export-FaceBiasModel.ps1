function Export-FaceBiasModel {
    <#
    .SYNOPSIS
        Writes a trained model as a .NET project that predicts without facebias.
    .PARAMETER Model
        The model.onnx of a run, or the run's folder.
    .PARAMETER Dotnet
        Folder for a project on plain ONNX Runtime.
    .PARAMETER ModelBuilder
        Folder for a project in the shape of ML.NET Model Builder.
    .PARAMETER Name
        Name of the project.
    .PARAMETER Target
        With -ModelBuilder: which target.
    .PARAMETER Data
        With -ModelBuilder: a folder of images per class, or a table.
    .OUTPUTS
        System.IO.DirectoryInfo: the project.
    .EXAMPLE
        Export-FaceBiasModel -Model runs/first -Dotnet app
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string] $Model,
        [string] $Dotnet,
        [string] $ModelBuilder,
        [string] $Name,
        [string] $Target,
        [string] $Data
    )
    $calls = @{ Command = 'export'; Parameters = $PSBoundParameters; Caller = $PSCmdlet }
    $folder = if ($Dotnet) { $Dotnet } else { $ModelBuilder }
    if (Invoke-FaceBias @calls -Target $folder) {
        [IO.DirectoryInfo]::new((Resolve-FaceBiasPath $folder))
    }
}
