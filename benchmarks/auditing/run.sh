#!/bin/sh
# The audit against Fairlearn's MetricFrame: equality to 1e-12, and speed. auditing/run.sh fairlearn | speed [ROWS] | coverage
# PYTHON names a Python with pandas and scikit-learn; PYTHONPATH must lead to Fairlearn and narwhals.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
what=${1:?usage: run.sh fairlearn | speed [ROWS] | coverage}; rows=${2:-1000000}; python=${PYTHON:-python3}
dotnet build "$here" -c Release -v quiet >/dev/null
program=$here/bin/Release/net10.0/auditing.dll
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
case $what in
  fairlearn) dotnet "$program" fairlearn "$work" && "$python" "$here/compare.py" "$work" ;;
  speed) dotnet "$program" speed "$rows" "$work/table.csv" && "$python" "$here/compare.py" --time "$work/table.csv" ;;
  coverage) dotnet "$program" coverage ;;
  *) echo "unknown benchmark '$what': fairlearn, speed or coverage" >&2; exit 2 ;;
esac
