"""ONNX's checker on files, a line of JSON for each. usage: check.py FILE..."""
import json
import sys

import onnx

for path in sys.argv[1:]:
    model = onnx.load(path)
    said = {"file": path, "inputs": []}
    for value in model.graph.input:
        dims = value.type.tensor_type.shape.dim
        said["inputs"].append({"name": value.name, "type": value.type.tensor_type.elem_type,
                               "shape": [d.dim_value or 2 for d in dims]})
    try:
        known = onnx.defs.onnx_opset_version()
        declared = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
        if declared > known:
            said["checker"] = f"knows sets up to {known}"
        else:
            onnx.checker.check_model(model, full_check=True)
            said["checker"] = "valid"
    except Exception as e:
        said["checker"] = "INVALID: " + str(e).strip().split("\n")[0][:120]
    print(json.dumps(said), flush=True)
