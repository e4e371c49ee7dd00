#!/bin/sh
# Training of heads against PyTorch, time per epoch. mitigation/run.sh [WIDTH [BATCH [EPOCHS [ROUNDS]]]]
# What rules of selection give up. mitigation/run.sh selection DATA OUT [SEEDS [TRIALS [METHODS]]]
# FACEBIAS_PYTHON names a Python with PyTorch and scikit-learn.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dotnet build "$here" -c Release -v quiet >/dev/null
[ "${1:-}" != selection ] || exec dotnet "$here/bin/Release/net10.0/mitigation.dll" "$@"
exec dotnet "$here/bin/Release/net10.0/mitigation.dll" "${1:-1024}" "${2:-256}" "${3:-10}" "${4:-3}"
