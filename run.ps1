<#
.SYNOPSIS
    The verbs of this repository: setup, build, test, bench; anything else goes to facebias.
.DESCRIPTION
    The same as run.sh, for PowerShell 7 on Linux, macOS and Windows. Needs the .NET SDK 10 and Node.js with npm. The command
    is built first where a source has changed.
.PARAMETER Verb
    setup, build, test, bench, or a command of facebias such as train; help lists them.
.PARAMETER Arguments
    What goes with it. Values separated by commas are one list: --targets gender,age.
.PARAMETER Out
    The command's --out.
.EXAMPLE
    ./run.ps1 quickstart
.EXAMPLE
    ./run.ps1 train --images faces --labels utkface --targets gender,age --out runs/first
.EXAMPLE
    ./run.ps1 test -WhatIf
#>
#Requires -Version 7.3
[CmdletBinding(SupportsShouldProcess, PositionalBinding = $false)]
param(
    [Parameter(Position = 0)]
    [ArgumentCompleter({
        $word = $args[2]
        $module = [IO.Path]::Combine($PSScriptRoot, 'pipelines', 'FaceBias', 'commands.json')
        @('setup', 'build', 'test', 'bench', 'help') + @((Get-Content -Raw -LiteralPath $module | ConvertFrom-Json).name) -like "$word*"
    })]
    [string] $Verb = 'help',

    [Parameter(Position = 1, ValueFromRemainingArguments)]
    [ArgumentCompleter({
        $word, $null, $bound = $args[2..4]
        $module = [IO.Path]::Combine($PSScriptRoot, 'pipelines', 'FaceBias', 'commands.json')
        @((Get-Content -Raw -LiteralPath $module | ConvertFrom-Json) | Where-Object name -EQ $bound['Verb'] | ForEach-Object options | ForEach-Object name) -like "$word*"
    })]
    [object[]] $Arguments = @(),

    # pwsh -File takes --out for the beginning of a parameter of its own, which OutVariable and OutBuffer share.
    [string] $Out
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest

$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
$root = $PSScriptRoot
$artifacts = Join-Path $root 'artifacts'
$program = [IO.Path]::Combine($root, 'src', 'FaceBias.Cli', 'bin', 'Release', 'net10.0', 'facebias.dll')
$stamp = Join-Path $artifacts 'facebias.stamp'

function Exit-Run([string] $Message, [int] $Code = 2) {
    [Console]::Error.WriteLine("run.ps1: $Message")
    exit $Code
}

# Runs a command quietly: its output goes to a log that is shown only if it fails.
function Invoke-Quietly([string] $What, [string] $Message, [string[]] $Arguments) {
    [Console]::Error.WriteLine($Message)
    $log = Join-Path $artifacts "$What.log"
    & dotnet @Arguments *> $log
    if ($LASTEXITCODE -ne 0) {
        Get-Content -LiteralPath $log -Tail 20 | ForEach-Object { [Console]::Error.WriteLine($_) }
        Exit-Run "$What failed; the whole log is artifacts/$What.log." 1
    }
}

function Invoke-Setup {
    foreach ($need in @(@('dotnet', 'the .NET SDK 10'), @('node', 'Node.js 20 or later'), @('npm', 'npm'))) {
        if (-not (Get-Command $need[0] -ErrorAction SilentlyContinue)) { Exit-Run "'$($need[0])' is not on the PATH; install $($need[1])." }
    }
    $null = [IO.Directory]::CreateDirectory($artifacts)
    Invoke-Quietly -What 'setup' -Message 'Setting up ...' -Arguments @('msbuild', [IO.Path]::Combine($root, 'eng', 'setup', 'setup.proj'), '-nologo', '-v:minimal')
}

function Invoke-Build([string] $Project) {
    Invoke-Quietly -What 'build' -Message 'Building ...' -Arguments @('build', (Join-Path $root $Project), '-c', 'Release', '-v', 'quiet', '-nologo')
}

# Has a source, a folder of sources or a build file changed since the program was built? The build then finds out what that means.
function Test-Stale {
    if (-not ([IO.File]::Exists($program) -and [IO.File]::Exists($stamp))) { return $true }
    $built = [IO.File]::GetLastWriteTimeUtc($stamp)
    $files = @(Get-ChildItem -LiteralPath $root -Filter 'Directory.*.props') + @(Get-ChildItem -LiteralPath (Join-Path $root 'src'), (Join-Path $root 'models') -Recurse)
    $null -ne ($files | Where-Object { $_.LastWriteTimeUtc -gt $built -and $_.FullName -notmatch '[\\/](bin|obj)([\\/]|$)' } | Select-Object -First 1)
}

function Invoke-Script([string] $Script) {
    if (-not (Get-Command 'sh' -ErrorAction SilentlyContinue)) { Exit-Run "'sh' is not on the PATH; install a POSIX shell; Git for Windows has one in its folder bin." }
    & sh (Join-Path $root $Script) @words
}

# At a prompt 'gender,age' arrives as a list of two; the command takes it as it was written.
$words = @($Arguments | ForEach-Object { if ($_ -is [System.Collections.IEnumerable] -and $_ -isnot [string]) { $_ -join ',' } else { [Convert]::ToString($_, [cultureinfo]::InvariantCulture) } })
if ($Out) { $words += '--out', $Out }
if (-not $PSCmdlet.ShouldProcess("$Verb $words".Trim(), 'run')) { return }

switch ($Verb) {
    'setup' { Invoke-Setup; exit 0 }
    'build' { Invoke-Setup; Invoke-Build 'FaceBias.sln'; exit 0 }
    'test' { Invoke-Setup; Invoke-Build 'FaceBias.sln'; Invoke-Script 'eng/test.sh'; exit $LASTEXITCODE }
    'bench' { Invoke-Setup; Invoke-Build 'FaceBias.sln'; Invoke-Script 'benchmarks/run.sh'; exit $LASTEXITCODE }
}
if (Test-Stale) {
    Invoke-Setup
    [IO.File]::WriteAllText("$stamp.new", '')
    Invoke-Build 'src/FaceBias.Cli'
    [IO.File]::Move("$stamp.new", $stamp, $true)
}
if ($Verb -in 'help', '-h', '--help') {
    'usage: ./run.ps1 setup | build | test | bench [NAME] | COMMAND ...'
    'COMMAND is one of facebias, built first where a source has changed:'
    & dotnet $program --help
} else {
    & dotnet $program $Verb @words
}
exit $LASTEXITCODE
