"""Runs an ONNX graph with PyTorch's operators, so that PyTorch's autograd and optimizers judge ours.

usage: torch_peer.py FOLDER, with graph.json (nodes, parameters, loss, tensors, job) and data.bin in it.
Writes result.bin (float64) and prints one line of JSON.
"""
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F


def spatial_pads(x, attrs, value=0.0):
    top, left, bottom, right = attrs.get("pads", [0, 0, 0, 0])
    return F.pad(x, (left, right, top, bottom), value=value) if any((top, left, bottom, right)) else x


def conv(x, w, b=None, **a):
    return F.conv2d(spatial_pads(x, a), w, b, a.get("strides", 1), 0, a.get("dilations", 1), a.get("group", 1))


def conv_transpose(x, w, b=None, **a):
    top, left, bottom, right = a.get("pads", [0, 0, 0, 0])
    assert (top, left) == (bottom, right)
    return F.conv_transpose2d(x, w, b, a.get("strides", 1), (top, left), a.get("output_padding", 0),
                              a.get("group", 1), a.get("dilations", 1))


def average_pool(x, **a):
    assert not any(a.get("pads", [0]))
    return F.avg_pool2d(x, a["kernel_shape"], a.get("strides", 1))


def gemm(a, b, c=None, **k):
    y = (a.T if k.get("transA") else a) @ (b.T if k.get("transB") else b) * k.get("alpha", 1.0)
    return y if c is None else y + c * k.get("beta", 1.0)


def reduce(function):
    def run(x, axes=None, **a):
        dims = axes.tolist() if axes is not None else list(range(x.dim()))
        return function(x, dims, bool(a.get("keepdims", 1)))
    return run


def one_hot(indices, depth, values, **a):
    hot = F.one_hot(indices, int(depth)).to(values.dtype)
    return values[0] + hot * (values[1] - values[0])


def slice_(x, starts, ends, axes=None, steps=None):
    axes = axes.tolist() if axes is not None else range(len(starts))
    for i, axis in enumerate(axes):
        index = [slice(None)] * x.dim()
        index[axis] = slice(int(starts[i]), min(int(ends[i]), x.shape[axis]), int(steps[i]) if steps is not None else 1)
        x = x[tuple(index)]
    return x


def reshape(x, shape):
    return x.reshape([x.shape[i] if d == 0 else d for i, d in enumerate(shape.tolist())])


OPS = {
    "Conv": conv, "ConvTranspose": conv_transpose, "Gemm": gemm, "OneHot": one_hot, "Slice": slice_, "Reshape": reshape,
    "MaxPool": lambda x, **a: F.max_pool2d(spatial_pads(x, a, -np.inf), a["kernel_shape"], a.get("strides", 1)),
    "AveragePool": average_pool,
    "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True),
    "MatMul": torch.matmul, "Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Div": torch.div, "Max": torch.maximum,
    "Pow": torch.pow, "Neg": torch.neg, "Abs": torch.abs, "Exp": torch.exp, "Log": torch.log, "Sqrt": torch.sqrt,
    "Erf": torch.erf, "Relu": torch.relu, "Sigmoid": torch.sigmoid, "Tanh": torch.tanh, "Softplus": F.softplus,
    "HardSwish": F.hardswish, "Identity": lambda x: x,
    "Sum": lambda *xs: sum(xs),
    "LeakyRelu": lambda x, **a: F.leaky_relu(x, a.get("alpha", 0.01)),
    "Clip": lambda x, low=None, high=None: torch.clamp(x, low, high),
    "Flatten": lambda x, **a: x.flatten(a.get("axis", 1)),
    "Transpose": lambda x, **a: x.permute(a["perm"]),
    "Concat": lambda *xs, **a: torch.cat(xs, a["axis"]),
    "Gather": lambda x, i, **a: torch.index_select(x, a.get("axis", 0), i.reshape(-1)).reshape(
        x.shape[:a.get("axis", 0)] + i.shape + x.shape[a.get("axis", 0) + 1:]),
    "Softmax": lambda x, **a: F.softmax(x, a.get("axis", -1)),
    "LogSoftmax": lambda x, **a: F.log_softmax(x, a.get("axis", -1)),
    "LayerNormalization": lambda x, w, b, **a: F.layer_norm(x, x.shape[a.get("axis", -1):], w, b, a.get("epsilon", 1e-5)),
    "ReduceMean": reduce(torch.mean), "ReduceSum": reduce(torch.sum),
}


def forward(graph, values, training):
    for node in graph["nodes"]:
        inputs = [values[i] if i else None for i in node["inputs"]]
        a = node["attributes"]
        if node["op"] == "BatchNormalization":
            x, scale, bias, mean, variance = inputs
            # F.batch_norm updates the running statistics in place.
            y = F.batch_norm(x, mean, variance, scale, bias, training, 1 - a.get("momentum", 0.9), a.get("epsilon", 1e-5))
        else:
            y = OPS[node["op"]](*inputs, **a)
        values[node["outputs"][0]] = y
    return values[graph["loss"]].reshape(())


def load(folder, dtype):
    with open(f"{folder}/graph.json") as f:
        graph = json.load(f)
    data = np.memmap(f"{folder}/data.bin", np.uint8, "c")
    values = {}
    for name, t in graph["tensors"].items():
        kind = {"f": np.float32, "i": np.int64}[t["type"]]
        count = int(np.prod(t["shape"], dtype=np.int64))
        array = np.frombuffer(data, kind, count, t["offset"]).reshape(t["shape"]).copy()
        values[name] = torch.from_numpy(array).to(dtype) if t["type"] == "f" else torch.from_numpy(array)
    return graph, values


def optimizer(spec, parameters):
    kind, options = spec["kind"], spec["options"]
    return {"SGD": torch.optim.SGD, "Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW}[kind](parameters, **options)


def main(folder):
    with open(f"{folder}/graph.json") as f:
        job = json.load(f)["job"]
    torch.manual_seed(0)
    graph, values = load(folder, torch.float32 if job.get("single") else torch.float64)
    parameters = [values[p].requires_grad_() for p in graph["parameters"]]
    losses = []
    if job["kind"] == "gradients":
        loss = forward(graph, dict(values), job.get("training", False))
        loss.backward()
        losses.append(loss.item())
        result = [p.grad for p in parameters]
    else:
        steps = optimizer(job["optimizer"], parameters)
        for _ in range(job["steps"]):
            steps.zero_grad()
            loss = forward(graph, dict(values), job.get("training", False))
            loss.backward()
            if job.get("clip"):
                torch.nn.utils.clip_grad_norm_(parameters, job["clip"])
            steps.step()
            losses.append(loss.item())
        result = [p.detach() for p in parameters]
    np.concatenate([r.double().numpy().ravel() for r in result]).tofile(f"{folder}/result.bin")
    print(json.dumps({"losses": losses, "torch": torch.__version__}))


main(sys.argv[1])
