"""Architectures of torchvision with random weights: ONNX files, gradients in float64, and training steps.

usage: torch_exports.py export NAME FOLDER SIZE OPSET...   NAME-OPSET.onnx for each, and a line of JSON for each
       torch_exports.py matrix NAME FOLDER SIZE OPSET...   the same, and NAME.bin and NAME.json: a batch, the loss, and all
                                                           parameters with their gradients by the loss, convolution and
                                                           batch norm made one as the exporter does
       torch_exports.py list                               the names
"""
import copy
import inspect
import json
import os
import sys
import warnings

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

NAMES = (
    "resnet18 resnet34 resnet50 resnext50_32x4d wide_resnet50_2 densenet121 vgg11 vgg16_bn googlenet inception_v3 "
    "mobilenet_v2 mobilenet_v3_small mobilenet_v3_large efficientnet_b0 efficientnet_v2_s squeezenet1_1 "
    "shufflenet_v2_x1_0 mnasnet1_0 regnet_y_400mf convnext_tiny vit_b_16 swin_t").split()


def build(name, size):
    """The model with every parameter and statistic drawn at random, so that no two are equal."""
    torch.manual_seed(1)
    create = getattr(torchvision.models, name)
    options = {"init_weights": True} if "init_weights" in inspect.signature(create).parameters else {}
    if name in ("googlenet", "inception_v3"):
        options["aux_logits"] = False
    if name.startswith("vit"):
        options["image_size"] = size
    model = create(weights=None, **options)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
            if isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)):
                module.weight.uniform_(0.8, 1.2)
                module.bias.normal_(0, 0.1)
        for parameter in model.parameters():
            if parameter.numel() > 1 and parameter.std() < 1e-4:
                parameter.copy_(torch.randn_like(parameter) * 0.05)
    return model.eval()


def size_of(name, size):
    """Pictures as small as asked for, where the architecture takes them."""
    smallest = {"inception_v3": 96, "vgg11": 224, "vgg16_bn": 224}
    return 299 if name == "inception_v3" and size == 224 else max(size, smallest.get(name, 0))


def export(name, folder, size, *opsets):
    size = size_of(name, int(size))
    model = build(name, size)
    x = torch.rand(1, 3, size, size)
    for opset in opsets:
        path = os.path.join(folder, f"{name}-{opset}.onnx")
        try:
            torch.onnx.export(
                model, x, path, opset_version=int(opset), input_names=["input"], output_names=["output"],
                dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}})
            print(json.dumps({"opset": int(opset), "file": path}), flush=True)
        except Exception as e:
            print(json.dumps({"opset": int(opset), "error": f"{type(e).__name__}: {e}".split("\n")[0]}), flush=True)


def fused(name, size):
    """The model for inference, with convolutions and batch norms made one as the exporter does."""
    from torch.fx.experimental.optimization import fuse
    model = build(name, size)
    if any(isinstance(m, nn.BatchNorm2d) for m in model.modules()):
        try:
            model = fuse(model)
        except torch.fx.proxy.TraceError:
            # Not to be traced: neighbours in a module are neighbours in the graph in what there is in torchvision.
            for module in model.modules():
                children = list(module.named_children())
                for (first, conv), (second, norm) in zip(children, children[1:]):
                    if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                        setattr(module, first, torch.nn.utils.fusion.fuse_conv_bn_eval(conv, norm))
                        setattr(module, second, nn.Identity())
    return model.eval()


def written_out(model):
    """Where the exporter writes a table of positions out as the bias of every pair of places: those biases, by the table."""
    biases = {}
    for key, module in model.named_modules():
        if hasattr(module, "get_relative_position_bias"):
            def kept(name=key + ".relative_position_bias_table", own=module.get_relative_position_bias):
                bias = own()
                bias.retain_grad()
                biases[name] = bias
                return bias
            module.get_relative_position_bias = kept
    return biases


def decided(model, single, x, labels):
    single.zero_grad()
    F.cross_entropy(single(x), labels).backward()
    return all(q.grad is None or (q.grad - p.grad).norm() <= 2e-4 * p.grad.norm() + 1e-9
               for p, q in zip(model.parameters(), single.parameters()))


def matrix(name, folder, size, *opsets):
    gradients(name, folder, size_of(name, int(size)))
    export(name, folder, size, *opsets)


def gradients(name, folder, size, batch=2):
    model = fused(name, size).double()
    single = copy.deepcopy(model).float()
    biases = written_out(model)
    for seed in range(2, 8):
        torch.manual_seed(seed)
        x = torch.randn(batch, 3, size, size, dtype=torch.float32)
        labels = torch.randint(0, 1000, (batch,))
        model.zero_grad()
        loss = F.cross_entropy(model(x.double()), labels)
        loss.backward()
        # A batch for which rounding alone decides a maximum or a rectifier the other way says nothing about a gradient.
        if decided(model, single, x, labels):
            break
    model.zero_grad()
    loss = F.cross_entropy(model(x.double()), labels)
    loss.backward()
    tables, offset = [], 0
    with open(os.path.join(folder, f"{name}.bin"), "wb") as file:
        file.write(x.numpy().tobytes())
        file.write(labels.numpy().tobytes())
        for key, parameter in model.named_parameters():
            parameter = biases.get(key, parameter)
            gradient = parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
            file.write(parameter.detach().numpy().astype(np.float32).tobytes())
            file.write(gradient.numpy().astype(np.float32).tobytes())
            tables.append({"name": key, "shape": list(parameter.shape), "offset": offset})
            offset += parameter.numel()
    with open(os.path.join(folder, f"{name}.json"), "w") as file:
        json.dump({"input": list(x.shape), "labels": len(labels), "loss": loss.item(), "parameters": tables}, file)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    {"export": export, "matrix": matrix, "list": lambda: print(*NAMES, sep="\n")}[sys.argv[1]](*sys.argv[2:])
