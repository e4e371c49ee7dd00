#!/bin/sh
# Coverage of sets and intervals per group, abstention, rare groups (by features, by pixels), resampling, label noise, novelty, calibration, on a run of 'facebias train'. uncertainty/run.sh VERB RUN [N]
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dotnet build "$here" -c Release -v quiet >/dev/null
exec dotnet "$here/bin/Release/net10.0/uncertainty.dll" "$@"
