#!/bin/sh
# Training steps against PyTorch; on a GPU machine with --device cuda. training/run.sh [OPTIONS] [MODEL...]
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
exec dotnet run -c Release --project "$here" -- "$@"
