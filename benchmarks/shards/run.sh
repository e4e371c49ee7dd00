#!/bin/sh
# Shards: plan and merge of many rows; 2 workers against 1 for features. shards/run.sh MODEL.onnx IMAGES [ROWS] [ROUNDS]
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
model=${1:?usage: run.sh MODEL.onnx IMAGES [ROWS] [ROUNDS]}; images=${2:?usage: run.sh MODEL.onnx IMAGES [ROWS] [ROUNDS]}
rows=${3:-1000000}; rounds=${4:-3}
dotnet build "$here" -c Release -v quiet >/dev/null
facebias="dotnet $here/../../src/FaceBias.Cli/bin/Release/net10.0/facebias.dll"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dotnet "$here/bin/Release/net10.0/shards.dll" "$model" "$rows" 10000 "$folder/merge"
$facebias merge "$folder/merge" --out "$folder/predictions.parquet" | tail -n 1

# Each on one thread, in turn.
measure() {
  rm -rf "$folder/plan"
  $facebias plan features --images "$images" --shard-rows 256 --out "$folder/plan" >/dev/null
  start=$(date +%s.%N)
  cpu=$($facebias run "$folder/plan" --workers "$1" --threads 1 | sed -n 's/.*; \([0-9.]*\) s of processor time.*/\1/p')
  awk "BEGIN { print $(date +%s.%N) - $start, $cpu }"
}
round=1
while [ "$round" -le "$rounds" ]; do
  one=$(measure 1); two=$(measure 2)
  echo "$one $two" | awk '{ printf "features: 1 worker %.1f s (%.1f s of processor time), 2 workers %.1f s (%.1f s), ratio %.2f\n", $1, $2, $3, $4, $1 / $3 }'
  round=$((round + 1))
done
