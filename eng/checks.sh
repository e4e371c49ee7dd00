#!/bin/sh
# Checks that are no .NET tests: the scripts parse, the PowerShell ones too. One 'ok' or 'not ok' line each.
set -u
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
status=0
report() {
  name=$1; shift
  if output=$("$@" 2>&1); then printf 'ok %s\n' "$name"; else printf 'not ok %s\n%s\n' "$name" "$output"; status=1; fi
}

for script in run.sh eng/test.sh eng/checks.sh eng/check-packages.sh eng/check-consumer.sh benchmarks/run.sh; do
  report "$script parses" sh -n "$root/$script"
done
report "build properties choose packages" sh "$root/eng/check-packages.sh"
if grep -q '<OfficialPackages>true<' "$root/artifacts/feed.props"; then
  report "programs outside the repository audit and predict with the packages" sh "$root/eng/check-consumer.sh"
fi
report "what checks need installs" npm ci --prefix "$root/eng" --ignore-scripts --no-audit --no-fund
report "the PowerShell check finds what is broken" node "$root/eng/check-powershell.mjs" --self-test
report "every PowerShell script parses" node "$root/eng/check-powershell.mjs"
report "the Job check finds what is broken" node "$root/eng/check-job.mjs" --self-test "$root/deploy/job.yaml"
report "the Job is one by Kubernetes' schema" node "$root/eng/check-job.mjs" "$root/deploy/job.yaml"
report "the sbatch script parses" bash -n "$root/deploy/array.sbatch"
exit $status
