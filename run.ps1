<#
.SYNOPSIS
    The verbs of this repository: setup, build, test, quickstart, bench; anything else goes to facebias.
.DESCRIPTION
    The same as run.sh, for PowerShell 7 on Linux, macOS and Windows. Needs the .NET SDK 10 and Node.js with npm;
    everything else is installed by the setup that the other verbs run when it is missing.
.EXAMPLE
    ./run.ps1 quickstart
.EXAMPLE
    ./run.ps1 train --images faces --labels utkface --targets gender,age --out runs/first
#>
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest

$Root = $PSScriptRoot
$Configuration = 'Release'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
$Artifacts = Join-Path $Root 'artifacts'
$FeedProps = Join-Path $Artifacts 'feed.props'

function Stop-Run([string] $Message, [int] $Code = 2) {
    [Console]::Error.WriteLine("run.ps1: $Message")
    exit $Code
}

function Assert-Command([string] $Name, [string] $What) {
    if (-not (Get-Command $Name -ErrorAction SilentlyContinue)) {
        Stop-Run "'$Name' is not on the PATH; install $What."
    }
}

# Runs a command quietly: its output goes to a log that is shown only if it fails.
function Invoke-Quietly([string] $What, [string] $Command, [string[]] $Arguments) {
    $log = Join-Path $Artifacts "$What.log"
    & $Command @Arguments *> $log
    if ($LASTEXITCODE -ne 0) {
        Get-Content $log -Tail 40 | ForEach-Object { [Console]::Error.WriteLine($_) }
        Stop-Run "$What failed; the whole log is artifacts/$What.log." 1
    }
}

# Does the NuGet feed have these packages? The name goes to eng/feed-probe.
function Test-Feed([string] $Name) {
    & dotnet restore (Join-Path $Root 'eng/feed-probe') "-p:Probe=$Name" *> (Join-Path $Artifacts "feed-probe-$Name.log")
    if ($LASTEXITCODE -eq 0) { 'true' } else { 'false' }
}

# Which official packages the NuGet feed has. Found out once; delete artifacts/feed.props to ask again, or set
# OFFICIAL_PACKAGES=true|false to overrule the first answer.
function Resolve-Feed {
    # An answer from before a question was added is no answer.
    if (-not $env:OFFICIAL_PACKAGES -and (Test-Path $FeedProps) -and (Get-Content $FeedProps -Raw).Contains('<HasVision>')) { return }
    $answer = if ($env:OFFICIAL_PACKAGES) { $env:OFFICIAL_PACKAGES } else { Test-Feed 'Official' }
    if ($answer -cnotin 'true', 'false') { Stop-Run "OFFICIAL_PACKAGES must be true or false, not '$answer'." }
    $lines = "<OfficialPackages>$answer</OfficialPackages>"
    foreach ($name in 'PowerShell', 'ImageSharp', 'AutoML', 'Vision') {
        # The later ones build on the official packages.
        $has = if ($answer -eq 'true' -or $name -in 'PowerShell', 'ImageSharp') { Test-Feed $name } else { 'false' }
        $lines += "<Has$name>$has</Has$name>"
    }
    "<Project><PropertyGroup>$lines</PropertyGroup></Project>" | Set-Content -Path $FeedProps -Encoding utf8
    if ($answer -eq 'false') {
        [Console]::Error.WriteLine('The official Microsoft.ML packages are not used; ONNX Runtime comes from npm and FaceBias.MLNet is left out.')
    }
}

function Invoke-Setup {
    Assert-Command 'dotnet' 'the .NET SDK 10'
    Assert-Command 'node' 'Node.js 20 or later'
    Assert-Command 'npm' 'npm'
    $null = New-Item -ItemType Directory -Force -Path $Artifacts
    $installed = Join-Path $Root 'node_modules/.package-lock.json'
    $lock = Join-Path $Root 'package-lock.json'
    if (-not (Test-Path $installed) -or (Get-Item $lock).LastWriteTimeUtc -gt (Get-Item -Force $installed).LastWriteTimeUtc) {
        [Console]::Error.WriteLine('Installing the charting library ...')
        Invoke-Quietly 'npm-ci' 'npm' @('ci', '--prefix', $Root, '--ignore-scripts', '--no-audit', '--no-fund')
    }
    Resolve-Feed
    $native = Join-Path $Artifacts 'npm/node_modules/com.github.asus4.onnxruntime'
    if ((Get-Content $FeedProps -Raw).Contains('<OfficialPackages>false<') -and -not (Test-Path $native)) {
        [Console]::Error.WriteLine('Fetching ONNX Runtime from npm ...')
        Invoke-Quietly 'npm-onnxruntime' 'npm' @('install', '--prefix', (Join-Path $Artifacts 'npm'), '--ignore-scripts',
            '--no-audit', '--no-fund', '--no-save', 'com.github.asus4.onnxruntime@0.4.9')
    }
}

function Invoke-Build {
    Invoke-Setup
    [Console]::Error.WriteLine('Building ...')
    Invoke-Quietly 'build' 'dotnet' @('build', (Join-Path $Root 'FaceBias.sln'), '-c', $Configuration, '-v', 'quiet')
}

function Invoke-FaceBias([string[]] $Arguments) {
    $program = Join-Path $Root "src/FaceBias.Cli/bin/$Configuration/net10.0/facebias.dll"
    if (-not (Test-Path $program)) { Invoke-Build }
    & dotnet $program @Arguments
    exit $LASTEXITCODE
}

function Invoke-Script([string] $Script, [string[]] $Arguments) {
    Assert-Command 'sh' 'a POSIX shell (Git for Windows brings one)'
    & sh (Join-Path $Root $Script) @Arguments
    exit $LASTEXITCODE
}

$verb = if ($args.Count -gt 0) { [string] $args[0] } else { 'help' }
$rest = @($args | Select-Object -Skip 1)
switch ($verb) {
    'setup' { Invoke-Setup }
    'build' { Invoke-Build }
    'test' { Invoke-Build; Invoke-Script 'eng/test.sh' $rest }
    'quickstart' { Invoke-Build; Invoke-FaceBias (@('quickstart') + $rest) }
    'bench' { Invoke-Build; Invoke-Script 'benchmarks/run.sh' $rest }
    { $_ -in 'help', '-h', '--help' } {
        'usage: ./run.ps1 setup | build | test | quickstart | bench [NAME] | COMMAND ...'
        'Any other COMMAND goes to facebias: ./run.ps1 train --help'
    }
    default { Invoke-FaceBias (@($verb) + $rest) }
}
