# What the functions of the module share.

# A path of PowerShell's current location as programs see it.
function Resolve-FaceBiasPath([string] $Path) {
    $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
}

function Read-FaceBiasJson([string] $Path) {
    [IO.File]::ReadAllText((Resolve-FaceBiasPath $Path)) | ConvertFrom-Json
}

# What a property of each audit.json holds. A file that is none becomes an error of the caller's, and the others are read.
function Read-FaceBiasAudit([string[]] $Path, [switch] $Literal, [string] $Property, [Management.Automation.PSCmdlet] $Caller) {
    foreach ($file in Resolve-FaceBiasInput $Path -Literal:$Literal) {
        if ([IO.Directory]::Exists($file)) { $file = [IO.Path]::Combine($file, 'audit.json') }
        try {
            $found = if ([IO.File]::Exists($file)) { Get-FaceBiasProperty (Read-FaceBiasJson $file) $Property }
                else { throw [IO.FileNotFoundException]::new("There is no file '$file'; name an audit.json, or the folder of a run or an audit.") }
            if ($null -eq $found) { throw [FormatException]::new("'$file' is not an audit.json; name one, or the folder of a run or an audit.") }
            $found
        } catch {
            $reason = if ($_.Exception -is [IO.IOException] -or $_.Exception -is [FormatException]) { $_.Exception }
                else { [FormatException]::new("'$file' cannot be read as an audit.json: $($_.Exception.GetBaseException().Message)") }
            $Caller.WriteError([Management.Automation.ErrorRecord]::new($reason, 'FaceBias.NoAudit', [Management.Automation.ErrorCategory]::InvalidData, $file))
        }
    }
}

# Paths with wildcards as the files and folders that they match; one that matches nothing stays for the command to refuse.
function Resolve-FaceBiasInput([string[]] $Path, [switch] $Literal) {
    foreach ($one in $Path) {
        $found = @(if (-not $Literal) { Resolve-Path -Path $one -ErrorAction Ignore })
        if ($found.Count -gt 0) { $found.ProviderPath } else { Resolve-FaceBiasPath $one }
    }
}

# The arguments of a command from the parameters of a function: positional ones first, names in kebab case, lists by repetition.
function ConvertTo-FaceBiasArgument([System.Collections.IDictionary] $Parameters, [string[]] $Positional = @()) {
    foreach ($name in $Positional) {
        if ($Parameters.Keys -contains $name) { foreach ($value in $Parameters[$name]) { [string] $value } }
    }
    foreach ($name in $Parameters.Keys) {
        if ($name -in $Positional) { continue }
        if ($name -in [Management.Automation.PSCmdlet]::CommonParameters -or $name -in 'WhatIf', 'Confirm') { continue }
        # $Host is PowerShell's own.
        $option = '--' + (($name -replace '^HostName$', 'Host') -creplace '(?<=.)([A-Z])', '-$1').ToLowerInvariant()
        foreach ($value in $Parameters[$name]) {
            if ($value -is [switch]) {
                if ($value) { $option }
            } else {
                $option
                [Convert]::ToString($value, [Globalization.CultureInfo]::InvariantCulture)
            }
        }
    }
}

# The words that start facebias: of the repository that this module lies in, built first if need be, or the tool on the PATH.
function Get-FaceBiasProgram {
    $run = [IO.Path]::Combine($script:Root, 'run.ps1')
    if ([IO.File]::Exists($run)) {
        $built = [IO.Path]::Combine($script:Root, 'src', 'FaceBias.Cli', 'bin', 'Release', 'net10.0', 'facebias.dll')
        if (-not [IO.File]::Exists($built)) { & $run build }
        return @('dotnet', $built)
    }
    $tool = $ExecutionContext.InvokeCommand.GetCommand('facebias', [Management.Automation.CommandTypes]::Application)
    if ($null -eq $tool) { throw [InvalidOperationException]::new("'facebias' is not on the PATH; install it with: dotnet tool install --global facebias") }
    return $tool.Source
}

# A sentence of the command with the names of the caller's parameters in place of options; command lines in it stay as they are.
function ConvertTo-FaceBiasSentence([string] $Sentence, [Management.Automation.PSCmdlet] $Caller) {
    $known = $Caller.MyInvocation.MyCommand.Parameters
    [regex]::Replace($Sentence, '''facebias [^'']*''|(?<![\w-])--([a-z][a-z0-9-]*[a-z0-9])', {
        param($found)
        if (-not $found.Groups[1].Success) { return $found.Value }
        $name = -join ($found.Groups[1].Value.Split('-') | ForEach-Object { $_.Substring(0, 1).ToUpperInvariant() + $_.Substring(1) })
        if ($known.ContainsKey($name)) { "-$name" } else { $found.Value }
    })
}

# Runs a command. Its lines go to the information stream, or on as strings with -PassThru, its progress to the progress bar, and
# its sentence becomes a terminating error; $LASTEXITCODE is the command's.
function Invoke-FaceBiasCommand {
    param(
        [Parameter(Mandatory)] [string] $Command,
        [Parameter(Mandatory)] [System.Collections.IDictionary] $Parameters,
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Caller,
        [string] $Target,
        [string[]] $Positional = @(),
        [switch] $PassThru
    )
    # The tool is one word, and a function gives a list of one as that one.
    $program = @(Get-FaceBiasProgram)
    $arguments = @($program | Select-Object -Skip 1) + $Command.Split(' ') + @(ConvertTo-FaceBiasArgument $Parameters $Positional)
    $sentence = $null
    $before, $encoding = $env:FACEBIAS_PROGRESS, [Console]::OutputEncoding
    $env:FACEBIAS_PROGRESS = 'json'
    # A console of Windows has a code page, which lacks letters of paths and classes; the command writes in what it finds.
    if ($IsWindows -and $encoding.CodePage -ne 65001) { [Console]::OutputEncoding = [Text.UTF8Encoding]::new($false) }
    # What a program says on its error stream is no error by itself.
    $ErrorActionPreference = 'Continue'
    $PSNativeCommandUseErrorActionPreference = $false
    try {
        & $program[0] $arguments 2>&1 | ForEach-Object {
            $line = "$_"
            if ($_ -isnot [Management.Automation.ErrorRecord]) {
                if ($PassThru) { $line } else { $Caller.WriteInformation($line, [string[]] @('FaceBias')) }
            } elseif ($line.StartsWith('{"progress":')) {
                $Caller.WriteProgress((ConvertTo-FaceBiasProgress $Command $line))
            } elseif ($line.StartsWith('facebias: ')) {
                $sentence = $line.Substring('facebias: '.Length)
            } elseif ($line) {
                $Caller.WriteVerbose($line)
                if ($null -eq $sentence) { $sentence = $line }
            }
        }
    } finally {
        $env:FACEBIAS_PROGRESS = $before
        if ($IsWindows -and $encoding.CodePage -ne 65001) { [Console]::OutputEncoding = $encoding }
        $done = [Management.Automation.ProgressRecord]::new(1, "facebias $Command", 'done')
        $done.RecordType = [Management.Automation.ProgressRecordType]::Completed
        $Caller.WriteProgress($done)
    }
    if ($LASTEXITCODE -eq 0) { return }
    if ($null -eq $sentence) { $sentence = "facebias $Command failed with exit code $LASTEXITCODE." }
    $Caller.ThrowTerminatingError([Management.Automation.ErrorRecord]::new(
        [InvalidOperationException]::new((ConvertTo-FaceBiasSentence $sentence $Caller)), "FaceBias.ExitCode$LASTEXITCODE",
        [Management.Automation.ErrorCategory]::InvalidOperation, $Target))
}

function ConvertTo-FaceBiasProgress([string] $Command, [string] $Line) {
    $progress = ($Line | ConvertFrom-Json).progress
    $record = [Management.Automation.ProgressRecord]::new(1, "facebias $Command", $progress.text)
    if ($progress.total -gt 0) { $record.PercentComplete = [Math]::Min(100, [int] (100 * $progress.done / $progress.total)) }
    $record
}

# A property that may be absent.
function Get-FaceBiasProperty($Object, [string] $Name) {
    $property = $Object.PSObject.Properties[$Name]
    if ($null -ne $property) { $property.Value }
}
