#!/bin/sh
# The audit against Fairlearn's MetricFrame: equality to 1e-12, and speed. auditing/run.sh fairlearn | speed [ROWS] | stream [ROWS [FILE.parquet]] | coverage | errors [TABLES] | intersections [TABLES] | slices [TABLES] | slices time [ROWS [ATTRIBUTES [DEPTH]]]
# PYTHON names a Python with pandas and scikit-learn; PYTHONPATH must lead to Fairlearn and narwhals.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
what=${1:?usage: run.sh fairlearn | speed [ROWS] | stream [ROWS [FILE.parquet]] | coverage | errors [TABLES] | intersections [TABLES] | slices [TABLES] | slices time [ROWS [ATTRIBUTES [DEPTH]]]}; rows=${2:-1000000}; python=${PYTHON:-python3}
dotnet build "$here" -c Release -v quiet >/dev/null
program=$here/bin/Release/net10.0/auditing.dll
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
case $what in
  fairlearn) dotnet "$program" fairlearn "$work" && "$python" "$here/compare.py" "$work" ;;
  speed) dotnet "$program" speed "$rows" "$work/table.csv" && "$python" "$here/compare.py" --time "$work/table.csv" ;;
  stream) dotnet "$program" stream "${2:-10000000}" "${3:-$work/table.parquet}" ;;
  errors) dotnet "$program" errors "${2:-2000}" ;;
  coverage) dotnet "$program" coverage ;;
  intersections|slices) dotnet "$program" "$@" ;;
  *) echo "unknown benchmark '$what': fairlearn, speed, stream, coverage, errors, intersections or slices" >&2; exit 2 ;;
esac
