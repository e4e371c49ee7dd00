#!/bin/sh
# Mutated pictures, tables, models and run folders. robustness/run.sh [PICTURES [TABLES [MODELS [RUNS [SEED]]]]]
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dotnet build "$here" -c Release -v quiet >/dev/null
failed=0
for what in "pictures ${1:-2000}" "tables ${2:-1000}" "models ${3:-500}" "runs ${4:-200}"; do
    # shellcheck disable=SC2086 # the kind and the count are two arguments
    dotnet "$here/bin/Release/net10.0/robustness.dll" $what "${5:-1}" || failed=1
done
exit $failed
