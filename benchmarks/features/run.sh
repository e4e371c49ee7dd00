#!/bin/sh
# Decode + resize + faceres at batch 16: FaceBias against onnxruntime-node with sharp, in turn. features/run.sh DIR [COUNT] [ROUNDS]
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
images=${1:?usage: run.sh DIR [COUNT] [ROUNDS]}; count=${2:-2048}; rounds=${3:-3}
[ -d "$here/node_modules/onnxruntime-node" ] || npm ci --prefix "$here" --ignore-scripts --no-audit --no-fund >/dev/null
dotnet build "$here" -c Release -v quiet >/dev/null
program=$here/bin/Release/net10.0/features.dll
model=$(dotnet "$program" --path)
round=1
while [ "$round" -le "$rounds" ]; do
  ours=$(dotnet "$program" "$images" "$count" | sed -n 's/images\/s //p')
  peer=$(node "$here/peer.mjs" "$model" "$images" "$count" | sed -n 's/images\/s //p')
  printf 'facebias %s images/s, onnxruntime-node with sharp %s images/s, ratio %s\n' "$ours" "$peer" \
    "$(awk "BEGIN { printf \"%.2f\", $ours / $peer }")"
  round=$((round + 1))
done
