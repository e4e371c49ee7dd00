#!/bin/sh
# The main job on UTKFace: cold, then another head with cached features, then more seeds. train/run.sh DIR [OUT]
# Both protocols, what serves children, and joined backbones, three seeds each: train/run.sh protocols DIR OUT [THREADS]
# What each default of the heads is worth, on a run's validation images: train/run.sh ablation RUN [SEEDS]
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ "${1:-}" = ablation ]; then
  dotnet build "$here" -c Release -v quiet >/dev/null
  exec dotnet "$here/bin/Release/net10.0/train.dll" "$@"
fi
program=$here/../../src/FaceBias.Cli/bin/Release/net10.0/facebias.dll
if [ "${1:-}" = protocols ]; then
  images=${2:?usage: run.sh protocols DIR OUT [THREADS]}; out=${3:?usage: run.sh protocols DIR OUT [THREADS]}; threads=${4:-0}
  dotnet build "$here" -c Release -v quiet >/dev/null
  # A run that is done is skipped, so that an interrupted comparison goes on.
  arm() {
    name=$1; shift
    for seed in 7 8 9; do
      dotnet "$program" train --images "$images" --labels utkface --targets gender,age,race --out "$out/$name-$seed" \
        --seed $seed --threads "$threads" --quiet "$@" >/dev/null
    done
  }
  arm faceres
  arm balance-age --balance age
  arm focal --focal 2
  arm class-weights --class-weights
  arm sface --backbone sface
  arm faceres+sface --backbone faceres+sface
  arm faceres+sface+mobilefacenet --backbone faceres+sface+mobilefacenet
  arm faceres+sface+dlib --backbone faceres+sface+dlib
  exec dotnet "$here/bin/Release/net10.0/train.dll" "$out"/*-[789]
fi
images=${1:?usage: run.sh DIR [OUT]}; out=${2:-$(mktemp -d)}
# The backbone is downloaded first; everything that a run computes is cold.
dotnet "$program" models pull faceres >/dev/null
models=$(dirname "$(dotnet "$program" models inspect faceres | sed -n 's/^file *//p')")
export FACEBIAS_HOME="$out/home"
mkdir -p "$FACEBIAS_HOME" && cp -r "$models" "$FACEBIAS_HOME/models"
job() {
  name=$1; shift
  start=$(date +%s)
  dotnet "$program" train --images "$images" --labels utkface --targets gender,age,race --out "$out/$name" "$@" \
    >"$out/$name.txt" &
  pid=$!; peak=0
  while kill -0 "$pid" 2>/dev/null; do
    now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status" 2>/dev/null || true)
    [ -z "$now" ] || peak=$now
    sleep 1
  done
  wait "$pid"
  printf '%s: %s s, peak memory %s MB\n' "$name" "$(($(date +%s) - start))" "$((peak / 1024))"
  grep -E '^(gender|age|race) on ' "$out/$name.txt"
}
job cold --seed 7
job another-head --seed 7 --hidden 192
job seed-8 --seed 8
job seed-9 --seed 9
