#!/bin/sh
# Checks that are no .NET tests: every PowerShell script parses, the shell scripts parse. One 'ok' or 'not ok' line each.
set -u
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
status=0
report() {
  name=$1; shift
  if output=$("$@" 2>&1); then printf 'ok %s\n' "$name"; else printf 'not ok %s\n%s\n' "$name" "$output"; status=1; fi
}

for script in run.sh .ci/run eng/test.sh eng/checks.sh; do
  report "$script parses" bash -n "$root/$script"
done
exit $status
