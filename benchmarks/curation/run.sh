#!/bin/sh
# Speed and proof of curation. curation/run.sh near | hash DIR | scale DIR [COUNT] | copies DIR [COUNT [IMAGEDEDUP]] | faces DATA [EVERY] | labels DIR | persons DIR [EVERY]
# FACEBIAS_PYTHON names a Python with Pillow, numpy and scipy, the peer of hash and copies. IMAGEDEDUP is a copy of idealo's
# imagededup, whose hashes take PyWavelets, scikit-learn and tqdm besides.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dotnet build "$here" -c Release -v quiet >/dev/null
program() { dotnet "$here/bin/Release/net10.0/curation.dll" "$@"; }
case ${1:-} in
  near) program near ;;
  hash) program hash "$2" ;;
  copies) program copies "$2" "${3:-200}" ${4:+"$4"} ;;
  faces) program faces "$2" "${3:-10}" ;;
  persons) program persons "$2" "${3:-10}" ;;
  labels) program labels "$2" ;;
  scale)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    program scale-make "$2" "${3:-1000000}" "$work"
    cli=$here/../../src/FaceBias.Cli
    dotnet build "$cli" -c Release -v quiet >/dev/null
    program scale-run "$cli/bin/Release/net10.0/facebias.dll" "$work" ;;
  *) sed -n 2,4p "$0" >&2; exit 2 ;;
esac
