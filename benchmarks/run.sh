#!/bin/sh
# Runs a benchmark by name; each folder here says what it measures and against which peer.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
name=${1:-}
if [ -z "$name" ] || [ ! -f "$here/$name/run.sh" ]; then
  printf 'usage: ./run.sh bench NAME ...   with NAME one of:\n' >&2
  for script in "$here"/*/run.sh; do
    printf '  %-12s %s\n' "$(basename "$(dirname "$script")")" "$(sed -n '2s/^# //p' "$script")" >&2
  done
  exit 2
fi
shift
exec sh "$here/$name/run.sh" "$@"
