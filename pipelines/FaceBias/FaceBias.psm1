# The facebias command as functions, one file each in Public. Those that call a command are generated from its definition and
# functions.json (./run.sh describe --powershell pipelines/FaceBias); a test compares them.
Set-StrictMode -Version Latest

$script:Root = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '..', '..'))

. ([IO.Path]::Combine($PSScriptRoot, 'Private.ps1'))
foreach ($file in [IO.Directory]::GetFiles([IO.Path]::Combine($PSScriptRoot, 'Public'), '*.ps1')) { . $file }
