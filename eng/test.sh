#!/bin/sh
# All tests: the .NET projects, then the checks of the scripts. Ends with one line, 'N passed, N failed, N skipped'.
set -u
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
results=$root/artifacts/test-results
rm -rf "$results"
status=0

dotnet test "$root/FaceBias.sln" -c Release --no-build --nologo --logger "trx" --results-directory "$results" \
  --logger "console;verbosity=normal" "$@" >"$root/artifacts/test.log" 2>&1 || status=1
grep -E '^ *(Failed|Skipped) |\[FAIL\]|\[SKIP\]|Error Message:|^   (Assert|FaceBias|System)' "$root/artifacts/test.log" | head -n 200

passed=0; failed=0; skipped=0
count() { sed -n "s/.*<Counters .*$1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1; }
for trx in "$results"/*.trx; do
  [ -f "$trx" ] || continue
  total=$(count total "$trx"); executed=$(count executed "$trx")
  p=$(count passed "$trx"); f=$(count failed "$trx")
  passed=$((passed + p)); failed=$((failed + f)); skipped=$((skipped + total - executed))
done

sh "$root/eng/checks.sh" >"$root/artifacts/checks.log" 2>&1; checks=$?
cat "$root/artifacts/checks.log"
passed=$((passed + $(grep -c '^ok ' "$root/artifacts/checks.log")))
failed=$((failed + $(grep -c '^not ok ' "$root/artifacts/checks.log")))
[ "$checks" -eq 0 ] || status=1

if [ "$passed" -eq 0 ]; then
  tail -n 40 "$root/artifacts/test.log"
  status=1
fi
[ "$failed" -eq 0 ] || status=1
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
exit $status
