# The facebias command as cmdlets, one file each in Public. Every parameter of a function that calls the command is an option
# under the same name: -NearDistance is --near-distance; eng/check-powershell.mjs holds them against 'facebias describe'.
Set-StrictMode -Version Latest

$script:Root = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '..', '..'))

. ([IO.Path]::Combine($PSScriptRoot, 'Private.ps1'))
foreach ($file in [IO.Directory]::GetFiles([IO.Path]::Combine($PSScriptRoot, 'Public'), '*.ps1')) { . $file }
