#!/bin/sh
# Packs what an audit needs, and runs a program outside the repository that has it from these packages alone.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for project in Primitives Auditing; do
  dotnet pack "$root/src/FaceBias.$project" -c Release --no-build -o "$work/packages" -v quiet -nologo
done
cp -r "$root/eng/consumer" "$work/consumer"
version=$(dotnet msbuild "$root/src/FaceBias.Auditing" -getProperty:Version -nologo)
# Packages of their own folder: those of an earlier packing have the same version.
dotnet build "$work/consumer" -o "$work/out" -v quiet -nologo -p:FaceBiasVersion="$version" \
  -p:RestoreAdditionalProjectSources="$work/packages" -p:RestorePackagesPath="$work/restored"
dotnet "$work/out/consumer.dll"
native=$(find "$work/out" -name '*.so' -o -name '*.dylib' | head -n 1)
[ -z "$native" ] || { echo "an audit pulls in a native library: $native"; exit 1; }
