#!/bin/sh
# Samplers on standard functions, beside Optuna, and a sweep of a run. sweeps/run.sh functions [SEEDS] | optuna [SEEDS [FUNCTION ...]] | run RUN TARGET GROUPS
# optuna: PYTHON names a Python with NumPy; PYTHONPATH must lead to Optuna.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
what=${1:?usage: run.sh functions [SEEDS] | optuna [SEEDS [FUNCTION ...]] | run RUN TARGET GROUPS}; shift
case $what in
  functions)
    dotnet build "$here" -c Release -v quiet >/dev/null
    dotnet "$here/bin/Release/net10.0/sweeps.dll" functions "${1:-30}" ;;
  optuna) "${PYTHON:-python3}" "$here/optuna_functions.py" "$@" ;;
  run)
    dotnet build "$here/../../src/FaceBias.Cli" -c Release -v quiet >/dev/null
    out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
    start=$(date +%s)
    dotnet "$here/../../src/FaceBias.Cli/bin/Release/net10.0/facebias.dll" sweep --run "${1:?RUN}" --targets "${2:?TARGET}" --groups "${3:?GROUPS}" --trials 60 --out "$out/sweep"
    echo "$(( $(date +%s) - start )) seconds" ;;
  *) echo "unknown benchmark '$what': functions, optuna or run" >&2; exit 2 ;;
esac
