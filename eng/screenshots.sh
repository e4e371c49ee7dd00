#!/bin/sh
# Makes the pictures of docs/images from pages about rendered faces: sh eng/screenshots.sh [FOLDER]
# FOLDER keeps the runs (default artifacts/screenshots); what is done there is not done again. Needs Chromium and ImageMagick.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
out=${1:-$root/artifacts/screenshots}
browser=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)}
mkdir -p "$out"

shot() { # PAGE NAME WIDTH HEIGHT
  sed "s#$out/##g" "$1" >"$out/shown.html" # a page names folders as they were typed
  "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 --virtual-time-budget=4000 \
    --window-size="$3,$4" --screenshot="$out/$2.png" "file://$out/shown.html" >/dev/null 2>&1
  convert "$out/$2.png" -resize '900x>' -quality 55 -define webp:method=6 "$root/docs/images/$2.webp"
}

"$root/run.sh" quickstart --out "$out/quickstart"
data=$out/quickstart/data
[ -f "$out/curated/curation.html" ] || "$root/run.sh" curate --images "$data/images" --labels "$data/labels.csv" --backbone faceres --out "$out/curated"
[ -f "$out/mitigated/mitigation.html" ] || "$root/run.sh" mitigate --run "$out/quickstart/run" --target gender --bias background \
  --method erm,jtt,group-dro,dfr,group-resampling,thresholds --seeds 2 --trials 2 --epochs 15 --out "$out/mitigated"
[ -f "$out/sweep/sweep.html" ] || "$root/run.sh" sweep --run "$out/quickstart/run" --groups gender,skin_group --targets gender --trials 16 --out "$out/sweep"
[ -f "$out/second/report.html" ] || "$root/run.sh" train --images "$data/images" --labels "$data/labels.csv" --targets gender,age \
  --groups skin_group,glasses,background --confirm-near --hidden 16 --out "$out/second"
"$root/run.sh" compare "$out/quickstart/run" "$out/second" --out "$out/compared"
[ -f "$out/explained/explain.html" ] || "$root/run.sh" explain --model "$out/quickstart/run/model.onnx" --images "$data/images" --labels "$data/labels.csv" \
  --target gender --method occlusion,gradcam --window 0.25 --group-by gender --limit 16 --curve-steps 4 --no-road --repeats 1 --out "$out/explained"
[ -f "$out/errors/errors.html" ] || "$root/run.sh" errors --run "$out/quickstart/run" --out "$out/errors"
[ -f "$out/quickstart/run/card/card.html" ] || "$root/run.sh" card --run "$out/quickstart/run"
shot "$out/quickstart/run/report.html" report 1300 900
# The explorer alone.
sed 's#</head>#<style>header, main > section:not(\#explore) { display: none }</style></head>#' "$out/quickstart/run/report.html" >"$out/explorer.html"
shot "$out/explorer.html" explorer 1300 1250
shot "$out/curated/curation.html" curation 1300 1250
shot "$out/mitigated/mitigation.html" mitigation 1300 1150
shot "$out/mitigated/audit-before.html" audit 1300 900
shot "$out/sweep/sweep.html" sweep 1300 1250
shot "$out/compared/comparison.html" comparison 1300 1250
shot "$out/explained/explain.html" explain 1300 1250
shot "$out/errors/errors.html" errors 1300 1250
shot "$out/quickstart/run/card/card.html" card 1300 1250
ls -l "$root/docs/images"
