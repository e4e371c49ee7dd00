#!/bin/sh
# The verbs of this repository: setup, build, test, quickstart, bench; anything else goes to facebias.
# run.ps1 has the same verbs.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
configuration=Release
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

say() { printf '%s\n' "$*" >&2; }
need() { command -v "$1" >/dev/null 2>&1 || { say "run.sh: '$1' is not on the PATH; install $2."; exit 2; }; }

# Runs a command quietly: its output goes to a log that is shown only if it fails.
quietly() {
  what=$1; shift
  mkdir -p "$root/artifacts"
  if ! "$@" >"$root/artifacts/$what.log" 2>&1; then
    tail -n 40 "$root/artifacts/$what.log" >&2
    say "run.sh: $what failed; the whole log is artifacts/$what.log."
    exit 1
  fi
}

# Does the NuGet feed have these packages? The argument goes to eng/feed-probe.
feed_has() { dotnet restore "$root/eng/feed-probe" -p:Probe="$1" >"$root/artifacts/feed-probe-$1.log" 2>&1 && echo true || echo false; }

# Which official packages the NuGet feed has. Found out once; delete artifacts/feed.props to ask again, or set
# OFFICIAL_PACKAGES=true|false to overrule the first answer.
probe_feed() {
  props=$root/artifacts/feed.props
  # An answer from before a question was added is no answer.
  if [ -z "${OFFICIAL_PACKAGES:-}" ] && grep -q '<HasVision>' "$props" 2>/dev/null; then return; fi
  answer=${OFFICIAL_PACKAGES:-}
  [ -n "$answer" ] || answer=$(feed_has Official)
  case $answer in true|false) ;; *) say "run.sh: OFFICIAL_PACKAGES must be true or false, not '$answer'."; exit 2;; esac
  lines="<OfficialPackages>$answer</OfficialPackages>"
  for name in PowerShell ImageSharp AutoML Vision; do
    has=false
    # The later ones build on the official packages.
    case $answer,$name in true,*|*,PowerShell|*,ImageSharp) has=$(feed_has "$name");; esac
    lines="$lines<Has$name>$has</Has$name>"
  done
  printf '<Project><PropertyGroup>%s</PropertyGroup></Project>\n' "$lines" >"$props"
  [ "$answer" = true ] || say "The official Microsoft.ML packages are not used; ONNX Runtime comes from npm and FaceBias.MLNet is left out."
}

setup() {
  need dotnet "the .NET SDK 10"
  need node "Node.js 20 or later"
  need npm "npm"
  mkdir -p "$root/artifacts"
  if [ ! -d "$root/node_modules/vega" ] || [ "$root/package-lock.json" -nt "$root/node_modules/.package-lock.json" ]; then
    say "Installing the charting library ..."
    quietly npm-ci npm ci --prefix "$root" --ignore-scripts --no-audit --no-fund
  fi
  probe_feed
  if grep -q '<OfficialPackages>false<' "$root/artifacts/feed.props" && [ ! -d "$root/artifacts/npm/node_modules/com.github.asus4.onnxruntime" ]; then
    say "Fetching ONNX Runtime from npm ..."
    quietly npm-onnxruntime npm install --prefix "$root/artifacts/npm" --ignore-scripts --no-audit --no-fund --no-save com.github.asus4.onnxruntime@0.4.9
  fi
}

build() {
  setup
  say "Building ..."
  quietly build dotnet build "$root/FaceBias.sln" -c "$configuration" -v quiet
}

cli() {
  program=$root/src/FaceBias.Cli/bin/$configuration/net10.0/facebias.dll
  [ -f "$program" ] || build
  exec dotnet "$program" "$@"
}

verb=${1:-help}
[ $# -eq 0 ] || shift
case $verb in
  setup) setup ;;
  build) build ;;
  test) build; exec sh "$root/eng/test.sh" "$@" ;;
  quickstart) build; cli quickstart "$@" ;;
  bench) build; exec sh "$root/benchmarks/run.sh" "$@" ;;
  help|-h|--help)
    say "usage: ./run.sh setup | build | test | quickstart | bench [NAME] | COMMAND ..."
    say "Any other COMMAND goes to facebias: ./run.sh train --help" ;;
  *) cli "$verb" "$@" ;;
esac
