#!/bin/sh
# Packs what an audit needs, and what predicting in ML.NET needs, and runs programs outside the repository that have it
# from these packages alone.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for project in Primitives Auditing Onnx Core MLNet; do
  dotnet pack "$root/src/FaceBias.$project" -c Release --no-build -o "$work/packages" -v quiet -nologo
done
version=$(dotnet msbuild "$root/src/FaceBias.Auditing" -getProperty:Version -nologo)

# run NAME ARGUMENTS...: builds a program and runs it. Packages of their own folder: those of an earlier packing have the
# same version.
run() {
  name=$1; shift
  cp -r "$root/eng/$name" "$work/$name"
  dotnet build "$work/$name" -o "$work/out-$name" -v quiet -nologo -p:FaceBiasVersion="$version" \
    -p:RestoreAdditionalProjectSources="$work/packages" -p:RestorePackagesPath="$work/restored"
  dotnet "$work/out-$name/$name.dll" "$@"
}

run consumer
native=$(find "$work/out-consumer" -name '*.so' -o -name '*.dylib' | head -n 1)
[ -z "$native" ] || { echo "an audit pulls in a native library: $native"; exit 1; }

run consumer-mlnet "$root/eng/consumer-mlnet/model.onnx"
# One platform's native libraries; those of all are more than 800 MB.
size=$(du -sm "$work/out-consumer-mlnet" | cut -f 1)
echo "the program that predicts: $size MB"
[ "$size" -lt 200 ] || { echo "its build has the native libraries of other platforms"; exit 1; }
