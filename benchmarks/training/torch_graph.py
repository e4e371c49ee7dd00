"""What PyTorch in float64 makes of an ONNX graph: the gradients of a cross-entropy on its features.

usage: torch_graph.py FOLDER NAME   reads NAME.graph.json (nodes with attributes, tensors) and NAME.graph.bin, and writes NAME.bin
and NAME.json as torch_exports.py does. Needs no package beside PyTorch: FaceBias writes the graph out.
"""
import copy
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

TYPES = {"f": np.float32, "d": np.float64, "q": np.int64, "i": np.int32, "b": np.bool_, "h": np.float16}


def pads(x, a, rank, value=0.0):
    """The input padded as the attributes say, and 0 for what is left to pad."""
    auto, kernel = a.get("auto_pad", "NOTSET"), a["kernel_shape"]
    strides, dilations = a.get("strides", [1] * rank), a.get("dilations", [1] * rank)
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        begin, end = [], []
        for size, k, s, d in zip(x.shape[2:], kernel, strides, dilations):
            total = max((-(-size // s) - 1) * s + (k - 1) * d + 1 - size, 0)
            small, large = total // 2, total - total // 2
            begin.append(small if auto == "SAME_UPPER" else large)
            end.append(large if auto == "SAME_UPPER" else small)
    else:
        both = a.get("pads", [0] * (2 * rank))
        begin, end = both[:rank], both[rank:]
    if any(begin) or any(end):
        x = F.pad(x, [p for pair in zip(reversed(begin), reversed(end)) for p in pair], value=value)
    return x, strides, dilations


def conv(a, x, w, b=None):
    a = dict(a, kernel_shape=list(w.shape[2:]))
    x, strides, dilations = pads(x, a, w.dim() - 2)
    return (F.conv2d if w.dim() == 4 else F.conv1d)(x, w, b, strides, 0, dilations, a.get("group", 1))


def max_pool(a, x):
    if a.get("ceil_mode"):
        both = a.get("pads", [0] * 4)
        if both[:2] == both[2:]:
            return F.max_pool2d(x, a["kernel_shape"], a.get("strides", [1, 1]), both[:2], a.get("dilations", [1, 1]), True)
        raise NotImplementedError("MaxPool that rounds up with uneven pads")
    x, strides, dilations = pads(x, a, 2, -torch.inf)
    return F.max_pool2d(x, a["kernel_shape"], strides, 0, dilations)


def average_pool(a, x):
    ones = torch.ones_like(x)
    padded, strides, _ = pads(x, a, 2)
    if a.get("ceil_mode"):
        both = a.get("pads", [0] * 4)
        return F.avg_pool2d(x, a["kernel_shape"], a.get("strides", [1, 1]), both[:2], True, bool(a.get("count_include_pad", 0)))
    y = F.avg_pool2d(padded, a["kernel_shape"], strides)
    return y if a.get("count_include_pad", 0) else y / F.avg_pool2d(pads(ones, a, 2)[0], a["kernel_shape"], strides)


def gemm(a, x, w, b=None):
    y = a.get("alpha", 1.0) * ((x.T if a.get("transA") else x) @ (w.T if a.get("transB") else w))
    return y if b is None else y + a.get("beta", 1.0) * b


def reshape(a, x, shape):
    shape = [x.shape[i] if d == 0 and not a.get("allowzero") else int(d) for i, d in enumerate(shape.tolist())]
    return x.reshape(shape)


def slice_(a, x, starts, ends, axes=None, steps=None):
    axes = range(len(starts)) if axes is None else axes.tolist()
    steps = [1] * len(starts) if steps is None else steps.tolist()
    for start, end, axis, step in zip(starts.tolist(), ends.tolist(), axes, steps):
        picked = list(range(x.shape[axis]))[slice(start, None if step < 0 and end < -x.shape[axis] else end, step)]
        x = x.index_select(axis, torch.tensor(picked, dtype=torch.long))
    return x


def gather(a, x, index):
    axis, index = a.get("axis", 0), index.long()
    size = x.shape[axis]
    picked = torch.where(index < 0, index + size, index)
    axis %= x.dim()
    return x.index_select(axis, picked.reshape(-1)).reshape(x.shape[:axis] + index.shape + x.shape[axis + 1:])


def split(a, x, sizes=None, outputs=1):
    axis = a.get("axis", 0)
    size = x.shape[axis]
    each = sizes.tolist() if sizes is not None else [min(-(-size // outputs), size - i * -(-size // outputs)) for i in range(outputs)]
    return list(torch.split(x, each, axis))


def pad(a, x, amounts, value=None, axes=None):
    both, axes = amounts.tolist(), list(range(x.dim())) if axes is None else axes.tolist()
    n = len(axes)
    for i, axis in enumerate(axes):
        per = [0, 0] * x.dim()
        per[2 * (x.dim() - 1 - axis % x.dim())] = both[i]
        per[2 * (x.dim() - 1 - axis % x.dim()) + 1] = both[n + i]
        if any(per):
            x = F.pad(x, per, a.get("mode", "constant"), *([] if a.get("mode", "constant") != "constant" else [0 if value is None else value.item()]))
    return x


def reduce(how):
    def apply(a, x, axes=None):
        dims = axes.tolist() if axes is not None else a.get("axes") or list(range(x.dim()))
        return how(x, dim=dims, keepdim=bool(a.get("keepdims", 1)))
    return apply


def batch_norm(a, x, scale, bias, mean, var):
    return F.batch_norm(x, mean, var, scale, bias, False, 0.0, a.get("epsilon", 1e-5))


def squeeze(a, x, axes=None):
    for axis in sorted((d % x.dim() for d in (axes.tolist() if axes is not None else a.get("axes", [i for i, d in enumerate(x.shape) if d == 1]))), reverse=True):
        x = x.squeeze(axis)
    return x


def unsqueeze(a, x, axes):
    rank = x.dim() + len(axes)
    for axis in sorted(d % rank for d in axes.tolist()):
        x = x.unsqueeze(axis)
    return x


def flatten(a, x):
    axis = a.get("axis", 1)
    return x.reshape(int(np.prod(x.shape[:axis])), -1)


OPERATORS = {
    "Conv": conv, "BatchNormalization": batch_norm, "MaxPool": max_pool, "AveragePool": average_pool, "Gemm": gemm, "Reshape": reshape,
    "Slice": slice_, "Gather": gather, "Pad": pad, "Squeeze": squeeze, "Unsqueeze": unsqueeze, "Flatten": flatten,
    "GlobalAveragePool": lambda a, x: x.mean(dim=list(range(2, x.dim())), keepdim=True),
    "GlobalMaxPool": lambda a, x: x.amax(dim=list(range(2, x.dim())), keepdim=True),
    "MatMul": lambda a, x, y: x @ y, "Add": lambda a, x, y: x + y, "Sub": lambda a, x, y: x - y, "Mul": lambda a, x, y: x * y,
    "Div": lambda a, x, y: x / y if x.is_floating_point() else torch.div(x, y, rounding_mode="trunc"), "Neg": lambda a, x: -x,
    "Pow": lambda a, x, y: x ** (int(y) if y.numel() == 1 and float(y).is_integer() else y), "Sqrt": lambda a, x: x.sqrt(),
    "Exp": lambda a, x: x.exp(), "Log": lambda a, x: x.log(), "Erf": lambda a, x: x.erf(), "Abs": lambda a, x: x.abs(),
    "Reciprocal": lambda a, x: 1 / x, "Relu": lambda a, x: x.relu(), "Sigmoid": lambda a, x: x.sigmoid(), "Tanh": lambda a, x: x.tanh(),
    "Softplus": lambda a, x: F.softplus(x), "Elu": lambda a, x: F.elu(x, a.get("alpha", 1.0)),
    "LeakyRelu": lambda a, x: F.leaky_relu(x, a.get("alpha", 0.01)), "PRelu": lambda a, x, s: torch.where(x > 0, x, s * x),
    "HardSigmoid": lambda a, x: (a.get("alpha", 0.2) * x + a.get("beta", 0.5)).clamp(0, 1), "HardSwish": lambda a, x: F.hardswish(x),
    "Gelu": lambda a, x: F.gelu(x, approximate=a.get("approximate", "none")),
    "Clip": lambda a, x, low=None, high=None: x.clamp(None if low is None else low.item(), None if high is None else high.item()),
    "Min": lambda a, *x: torch.stack(torch.broadcast_tensors(*x)).amin(0), "Max": lambda a, *x: torch.stack(torch.broadcast_tensors(*x)).amax(0),
    "Mod": lambda a, x, y: torch.fmod(x, y) if a.get("fmod") else torch.remainder(x, y), "Floor": lambda a, x: x.floor(),
    "Tile": lambda a, x, n: x.repeat(*n.tolist()), "Not": lambda a, x: ~x, "And": lambda a, x, y: x & y, "Less": lambda a, x, y: x < y,
    "Greater": lambda a, x, y: x > y, "Range": lambda a, x, y, d: torch.arange(x.item(), y.item(), d.item()),
    "Sum": lambda a, *x: sum(x[1:], x[0]), "Where": lambda a, c, x, y: torch.where(c, x, y), "Equal": lambda a, x, y: x == y,
    "Transpose": lambda a, x: x.permute(a.get("perm", list(reversed(range(x.dim()))))), "Concat": lambda a, *x: torch.cat(x, a["axis"]),
    "Expand": lambda a, x, s: x.expand(torch.broadcast_shapes(x.shape, tuple(s.tolist()))), "Identity": lambda a, x: x,
    "Dropout": lambda a, x, *_: x, "Cast": lambda a, x: x if a["to"] in (1, 10, 11) and x.is_floating_point() else x.long() if a["to"] in (6, 7) else x.to(torch.get_default_dtype()) if a["to"] in (1, 10, 11) else x.bool(),
    "Shape": lambda a, x: torch.tensor(list(x.shape)[a.get("start", 0):a.get("end", None)]),
    "ReduceMean": reduce(torch.mean), "ReduceSum": reduce(torch.sum), "ReduceMax": reduce(torch.amax),
    "Softmax": lambda a, x: x.softmax(a.get("axis", -1)), "LogSoftmax": lambda a, x: x.log_softmax(a.get("axis", -1)),
    "LayerNormalization": lambda a, x, s, b=None: F.layer_norm(x, list(s.shape), s, b, a.get("epsilon", 1e-5)),
    "InstanceNormalization": lambda a, x, s, b: F.instance_norm(x, weight=s, bias=b, eps=a.get("epsilon", 1e-5)),
    "LRN": lambda a, x: F.local_response_norm(x, a["size"], a.get("alpha", 1e-4), a.get("beta", 0.75), a.get("bias", 1.0)),
}


def features(graph, values, pixels):
    values = {**values, graph["input"]: pixels}
    for node in graph["nodes"]:
        inputs = [values[i] if i else None for i in node["inputs"]]
        if node["op"] == "Split":
            results = split(node["attributes"], *inputs, outputs=len(node["outputs"]))
        elif node["op"] in OPERATORS:
            results = [OPERATORS[node["op"]](node["attributes"], *inputs)]
        else:
            raise NotImplementedError(f"operator {node['op']}")
        values.update(zip(node["outputs"], results))
    return values[graph["features"]]


def loss_of(graph, tensors, pixels, labels):
    y = features(graph, tensors, pixels).flatten(1)
    return F.cross_entropy(y @ tensors["head"], labels)


def main(folder, name):
    stem = os.path.join(folder, name)
    with open(stem + ".graph.json") as file:
        graph = json.load(file)
    raw = np.memmap(stem + ".graph.bin", mode="r")
    tensors = {}
    for t in graph["tensors"]:
        kind = np.dtype(TYPES[t["type"]])
        count = int(np.prod(t["shape"], dtype=np.int64))
        values = np.frombuffer(raw, kind, count, t["offset"]).reshape(t["shape"]).copy() if count else np.zeros(t["shape"], kind)
        tensors[t["name"]] = torch.from_numpy(values)
    trained, batch, shape = graph["trained"], graph["batch"], graph["shape"]

    def weights(kind):
        torch.set_default_dtype(kind)
        own = {n: t.to(kind) if t.is_floating_point() else t for n, t in tensors.items()}
        for n in trained:
            own[n] = own[n].clone().requires_grad_()
        return own

    def gradients(kind, x, labels):
        own = weights(kind)
        loss = loss_of(graph, own, x.to(kind), labels)
        loss.backward()
        return loss.item(), {n: own[n].grad if own[n].grad is not None else torch.zeros_like(own[n]) for n in trained}

    for seed in range(2, 10):
        torch.set_default_dtype(torch.float32)
        torch.manual_seed(seed)
        x = torch.randint(0, 256, (batch, *shape)).float()
        labels = torch.randint(0, tensors["head"].shape[1], (batch,))
        loss, exact = gradients(torch.float64, x, labels)
        single = gradients(torch.float32, x, labels)[1]
        # A batch for which rounding alone decides a maximum or a rectifier the other way says nothing about a gradient.
        rounding = sorted(((single[n] - exact[n]).norm() / exact[n].norm().clamp(min=1e-9)).item() for n in trained)
        if rounding[-1] <= 2e-4:
            break
    tables, offset = [], 0
    with open(stem + ".bin", "wb") as file:
        file.write(x.numpy().tobytes())
        file.write(labels.numpy().tobytes())
        for n in trained:
            file.write(tensors[n].float().numpy().tobytes())
            file.write(exact[n].float().numpy().tobytes())
            tables.append({"name": n, "shape": list(tensors[n].shape), "offset": offset})
            offset += tensors[n].numel()
    with open(stem + ".json", "w") as file:
        json.dump({"input": list(x.shape), "labels": batch, "loss": loss, "parameters": tables,
                   "rounding": [rounding[-1], rounding[len(rounding) // 2]]}, file)


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    try:
        main(*sys.argv[1:])
    except NotImplementedError as e:
        sys.exit(f"PyTorch's side has no {e}")
