#!/bin/sh
# A served model under load: images per second, latency, hostile requests; see README.md.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
exec dotnet run -c Release --project "$here" -- "$@"
