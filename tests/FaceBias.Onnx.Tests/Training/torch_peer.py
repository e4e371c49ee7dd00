"""Runs an ONNX graph with PyTorch's operators, so that PyTorch's autograd and optimizers judge ours.

usage: torch_peer.py FOLDER, with graph.json (nodes, parameters, loss, tensors, job) and data.bin in it.
Writes result.bin (float64) and prints one line of JSON.
"""
import functools
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F


def spatial_pads(x, attrs, value=0.0):
    top, left, bottom, right = attrs.get("pads", [0, 0, 0, 0])
    return F.pad(x, (left, right, top, bottom), value=value) if any((top, left, bottom, right)) else x


def conv(x, w, b=None, **a):
    if a.get("auto_pad") == "SAME_UPPER":
        total = [max(0, (-(-n // s) - 1) * s + k - n) for n, s, k in zip(x.shape[2:], a["strides"], w.shape[2:])]
        a["pads"] = [t // 2 for t in total] + [t - t // 2 for t in total]
    return F.conv2d(spatial_pads(x, a), w, b, a.get("strides", 1), 0, a.get("dilations", 1), a.get("group", 1))


def conv_transpose(x, w, b=None, **a):
    top, left, bottom, right = a.get("pads", [0, 0, 0, 0])
    y = F.conv_transpose2d(x, w, b, a.get("strides", 1), 0, a.get("output_padding", 0), a.get("group", 1), a.get("dilations", 1))
    return y[:, :, top:y.shape[2] - bottom, left:y.shape[3] - right]


def average_pool(x, **a):
    kernel, strides = a["kernel_shape"], a.get("strides", 1)
    if a.get("ceil_mode"):
        return F.avg_pool2d(x, kernel, strides, ceil_mode=True)
    y = F.avg_pool2d(spatial_pads(x, a), kernel, strides)
    return y if a.get("count_include_pad") else y / F.avg_pool2d(spatial_pads(torch.ones_like(x), a), kernel, strides)


def gemm(a, b, c=None, **k):
    y = (a.T if k.get("transA") else a) @ (b.T if k.get("transB") else b) * k.get("alpha", 1.0)
    return y if c is None else y + c * k.get("beta", 1.0)


def reduce(function):
    def run(x, axes=None, **a):
        if axes is None and a.get("noop_with_empty_axes"):
            return x
        dims = axes.tolist() if axes is not None else list(range(x.dim()))
        return function(x, dims, bool(a.get("keepdims", 1)))
    return run


def one_hot(indices, depth, values, **a):
    hot = F.one_hot(indices, int(depth)).to(values.dtype)
    return values[0] + hot * (values[1] - values[0])


def slice_(x, starts, ends, axes=None, steps=None):
    axes = axes.tolist() if axes is not None else range(len(starts))
    for i, axis in enumerate(axes):
        part = slice(int(starts[i]), int(ends[i]), int(steps[i]) if steps is not None else 1)
        x = torch.index_select(x, axis, torch.tensor(range(*part.indices(x.shape[axis]))))
    return x


def reshape(x, shape):
    return x.reshape([x.shape[i] if d == 0 else d for i, d in enumerate(shape.tolist())])


def pad(x, pads):
    before, after = pads.tolist()[:x.dim()], pads.tolist()[x.dim():]
    return F.pad(x, [n for pair in reversed(list(zip(before, after))) for n in pair])


def gather(x, i, **a):
    axis = a.get("axis", 0)
    i = torch.where(i < 0, i + x.shape[axis], i)
    return torch.index_select(x, axis, i.reshape(-1)).reshape(x.shape[:axis] + i.shape + x.shape[axis + 1:])


def unsqueeze(x, axes):
    for axis in sorted(axes.tolist()):
        x = x.unsqueeze(axis)
    return x


def layer_norm(x, w, b=None, **a):
    return F.layer_norm(x, x.shape[a.get("axis", -1):], w, b, a.get("epsilon", 1e-5))


def resize(x, roi=None, scales=None, sizes=None, **a):
    how = {"mode": "nearest"} if a["mode"] == "nearest" else {"mode": "bilinear", "align_corners": False}
    # The scales are float32 numbers in the file, and 5 * 0.6f is a little more than 3.
    return F.interpolate(x, sizes.tolist()[2:], **how) if sizes is not None else F.interpolate(
        x, scale_factor=scales.tolist()[2:], recompute_scale_factor=False, **how)


def fold(function):
    return lambda *xs: functools.reduce(function, xs)


OPS = {
    "Conv": conv, "ConvTranspose": conv_transpose, "Gemm": gemm, "OneHot": one_hot, "Slice": slice_, "Reshape": reshape,
    "MaxPool": lambda x, **a: F.max_pool2d(spatial_pads(x, a, -np.inf), a["kernel_shape"], a.get("strides", 1)),
    "AveragePool": average_pool, "Pad": pad, "Gather": gather, "Unsqueeze": unsqueeze, "Resize": resize,
    "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True),
    "GlobalMaxPool": lambda x: x.amax((2, 3), keepdim=True),
    "MatMul": torch.matmul, "Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Div": torch.div,
    "Max": fold(torch.maximum), "Min": fold(torch.minimum), "Sum": fold(torch.add),
    "Pow": torch.pow, "Neg": torch.neg, "Abs": torch.abs, "Exp": torch.exp, "Log": torch.log, "Sqrt": torch.sqrt,
    "Reciprocal": torch.reciprocal, "Floor": torch.floor, "Ceil": torch.ceil, "Round": torch.round, "Sign": torch.sign,
    "Erf": torch.erf, "Relu": torch.relu, "Sigmoid": torch.sigmoid, "Tanh": torch.tanh, "Softplus": F.softplus,
    "HardSwish": F.hardswish, "HardSigmoid": lambda x, **a: torch.clamp(a.get("alpha", 0.2) * x + a.get("beta", 0.5), 0, 1),
    "Identity": lambda x: x, "Dropout": lambda x: x, "Cast": lambda x, **a: x,
    "LeakyRelu": lambda x, **a: F.leaky_relu(x, a.get("alpha", 0.01)),
    "PRelu": lambda x, slope: torch.where(x < 0, x * slope, x),
    "Gelu": lambda x, **a: F.gelu(x, approximate=a.get("approximate", "none")),
    "Clip": lambda x, low=None, high=None: torch.clamp(x, low, high),
    "Where": lambda condition, x, y: torch.where(condition.bool(), x, y),
    "Flatten": lambda x, **a: x.flatten(a.get("axis", 1)),
    "Squeeze": lambda x, axes: x.reshape([n for i, n in enumerate(x.shape) if i not in axes.tolist()]),
    "Expand": lambda x, shape: x.expand(torch.broadcast_shapes(x.shape, tuple(shape.tolist()))),
    "Transpose": lambda x, **a: x.permute(a.get("perm", list(reversed(range(x.dim()))))),
    "Concat": lambda *xs, **a: torch.cat(xs, a["axis"]),
    "Split": lambda x, sizes, **a: torch.split(x, sizes.tolist(), a["axis"]),
    "Softmax": lambda x, **a: F.softmax(x, a.get("axis", -1)),
    "LogSoftmax": lambda x, **a: F.log_softmax(x, a.get("axis", -1)),
    "LayerNormalization": layer_norm,
    "LRN": lambda x, **a: F.local_response_norm(x, a["size"], a.get("alpha", 1e-4), a.get("beta", 0.75), a.get("bias", 1.0)),
    "InstanceNormalization": lambda x, w, b, **a: F.instance_norm(x, None, None, w, b, eps=a["epsilon"]),
    "GroupNormalization": lambda x, w, b, **a: F.group_norm(x, a["num_groups"], w, b, a["epsilon"]),
    "ReduceMean": reduce(torch.mean), "ReduceSum": reduce(torch.sum), "ReduceMax": reduce(torch.amax), "ReduceMin": reduce(torch.amin),
    "ReduceSumSquare": reduce(lambda x, *how: (x * x).sum(*how)), "ReduceL2": reduce(lambda x, *how: (x * x).sum(*how).sqrt()),
    "ReduceLogSumExp": reduce(torch.logsumexp),
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
        values.update(zip(node["outputs"], y if isinstance(y, tuple) else (y,)))
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
