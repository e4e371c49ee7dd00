#!/bin/sh
# One prediction by ML.NET's engine against plain ONNX Runtime: MODEL.onnx PICTURE [--runs N].
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
exec dotnet run -c Release --project "$here" -- "$@"
