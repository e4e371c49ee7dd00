#!/bin/sh
# The verbs of this repository: setup, build, test, quickstart, bench; anything else goes to facebias.
# run.ps1 has the same verbs.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
program=$root/src/FaceBias.Cli/bin/Release/net10.0/facebias.dll
stamp=$root/artifacts/facebias.stamp

say() { printf '%s\n' "$*" >&2; }
need() { command -v "$1" >/dev/null 2>&1 || { say "run.sh: '$1' is not on the PATH; install $2."; exit 2; }; }

# Runs a command quietly: its output goes to a log that is shown only if it fails.
quietly() {
  what=$1; shift
  if ! "$@" >"$root/artifacts/$what.log" 2>&1; then
    grep -E 'error|not ' "$root/artifacts/$what.log" | sort -u | tail -n 20 >&2 || tail -n 20 "$root/artifacts/$what.log" >&2
    say "run.sh: $what failed; the whole log is artifacts/$what.log."
    exit 1
  fi
}

setup() {
  need dotnet "the .NET SDK 10"
  need node "Node.js 20 or later"
  need npm "npm"
  mkdir -p "$root/artifacts"
  [ -f "$root/artifacts/feed.props" ] && [ -d "$root/node_modules" ] && [ -z "${OFFICIAL_PACKAGES:-}" ] || say "Setting up ..."
  quietly setup dotnet msbuild "$root/eng/setup/setup.proj" -nologo -v:minimal
}

# build PROJECT|SOLUTION
build() { say "Building ..."; quietly build dotnet build "$root/$1" -c Release -v quiet -nologo; }

# Has a source, a folder of sources or a build file changed since the program was built? The build then finds out what that means.
is_stale() {
  [ -f "$program" ] && [ -f "$stamp" ] || return 0
  [ -n "$(find "$root/src" "$root/models" "$root"/Directory.*.props "$root/artifacts/feed.props" \( -name bin -o -name obj \) -prune -o -newer "$stamp" -print -quit)" ]
}

cli() {
  if is_stale; then
    setup
    : >"$stamp.new"
    build src/FaceBias.Cli
    mv "$stamp.new" "$stamp"
  fi
  exec dotnet "$program" "$@"
}

verb=${1:-help}
[ $# -eq 0 ] || shift
case $verb in
  setup) setup ;;
  build) setup; build FaceBias.sln ;;
  test) setup; build FaceBias.sln; exec sh "$root/eng/test.sh" "$@" ;;
  bench) setup; build FaceBias.sln; exec sh "$root/benchmarks/run.sh" "$@" ;;
  help|-h|--help)
    say "usage: ./run.sh setup | build | test | bench [NAME] | COMMAND ..."
    say "COMMAND is one of facebias, built first where a source has changed:"
    cli --help ;;
  *) cli "$verb" "$@" ;;
esac
