#!/bin/sh
# Predictions in ML.NET against their peers; see README.md.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
exec dotnet run -c Release --project "$here" -- "$@"
