#!/bin/sh
# Fine-tuned against frozen features on UTKFace, per subgroup. finetune/run.sh DIR [OUT [OPTIONS of train]]
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
images=${1:?usage: run.sh DIR [OUT [OPTIONS]]}; out=${2:-$(mktemp -d)}
shift; [ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- --finetune all --threads 1
program=$here/../../src/FaceBias.Cli/bin/Release/net10.0/facebias.dll
job() {
  name=$1; shift
  dotnet "$program" train --images "$images" --labels utkface --targets gender,age,race --seed 7 --out "$out/$name" "$@" >"$out/$name.txt"
  printf '%s %s\n' "$name" "$*"
  grep -E '^(gender|age|race) on ' "$out/$name.txt"
}
mkdir -p "$out"
job frozen
job finetuned "$@"
node "$here/table.mjs" "$out/frozen" "$out/finetuned"
dotnet "$program" audit --predictions "$out/frozen/predictions.parquet" --compare "$out/finetuned/predictions.parquet" --out "$out/audit"
