#!/bin/sh
# A real Slurm, pictures in object storage, and a simulation of a hundred million pictures; see README.md.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
exec dotnet run -c Release --project "$here" -- "$@"
