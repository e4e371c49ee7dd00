#!/bin/sh
# Written models, per operator set, in ONNX's checker and in old and new ONNX Runtimes. opsets/run.sh MODEL.onnx|RUN...
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ $# -gt 0 ] || { echo "usage: run.sh MODEL.onnx|RUN..." >&2; exit 2; }
tools=${FACEBIAS_OPSET_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/facebias/opset-tools}
export FACEBIAS_CLI="${FACEBIAS_CLI:-$here/../../src/FaceBias.Cli/bin/Release/net10.0/facebias.dll}"
[ -f "$FACEBIAS_CLI" ] || { echo "facebias is not built: dotnet build src/FaceBias.Cli -c Release" >&2; exit 2; }
mkdir -p "$tools"
# ONNX's checker: as it is installed, or Debian's package, unpacked without being installed.
python=${FACEBIAS_PYTHON:-/usr/bin/python3}
if ! "$python" -c 'import onnx' 2>/dev/null; then
  if [ ! -d "$tools/onnx" ]; then
    (cd "$tools" && apt-get download -q python3-onnx libonnx1 python3-protobuf libprotobuf32 >&2
     for deb in ./*.deb; do dpkg -x "$deb" onnx; done)
  fi
  export PYTHONPATH="$tools/onnx/usr/lib/python3/dist-packages" LD_LIBRARY_PATH="$tools/onnx/usr/lib/x86_64-linux-gnu"
  "$python" -c 'import onnx'
fi
# 1.14.0 is the oldest that Microsoft.ML.OnnxTransformer 3 brings.
for version in ${FACEBIAS_RUNTIMES:-1.14.0 1.16.3 1.30.0}; do
  [ -d "$tools/$version/node_modules/onnxruntime-node" ] \
    || (mkdir -p "$tools/$version" && cd "$tools/$version" \
        && ONNXRUNTIME_NODE_INSTALL=skip ONNXRUNTIME_NODE_INSTALL_CUDA=skip npm install --silent --no-audit --no-fund "onnxruntime-node@$version" >&2)
  set -- "$@" --runtime "$tools/$version"
done
exec node "$here/table.mjs" "$python" "$@"
