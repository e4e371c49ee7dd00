#!/bin/sh
# Whether explanations find a planted badge, change with the weights, agree with Python, and how fast they are.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
exec dotnet run -c Release --project "$here" -- "$@"
