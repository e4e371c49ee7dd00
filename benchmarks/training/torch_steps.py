"""One training step of PyTorch at a time, as a user would write it. usage: torch_steps.py MODEL THREADS

Prints "ready", then for every line on standard input runs a step and prints its milliseconds by the
clock and of processor time; an empty line ends it.
"""
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def mlp():
    return nn.Sequential(nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10)), (64, 512), 10


def cnn():
    layers, channels = [], 3
    for width, kernel in ((12, 5), (24, 5), (48, 3), (72, 3)):
        layers += [nn.Conv2d(channels, width, kernel, 2, kernel // 2), nn.ReLU(), nn.BatchNorm2d(width)]
        channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(72 * 16, 512), nn.ReLU(), nn.Linear(512, 2)), (32, 3, 64, 64), 2


class Block(nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))
        self.skip = nn.Identity() if stride == 1 and channels == width else nn.Sequential(
            nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x))


def resnet18():
    layers, channels = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for width, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [Block(channels, width, stride), Block(width, width, 1)]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10)), (16, 3, 224, 224), 10


def resnet18_head():
    model, shape, classes = resnet18()
    for p in model[:11].parameters():
        p.requires_grad = False
    return model, shape, classes


class Bottleneck(nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width))
        self.skip = nn.Identity() if channels == 4 * width else nn.Sequential(
            nn.Conv2d(channels, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width))

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x))


def resnet50():
    layers, channels = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for width, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for i in range(blocks):
            layers.append(Bottleneck(channels, width, 2 if i == 0 and width > 64 else 1))
            channels = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 10)), (8, 3, 224, 224), 10


def mobilenet():
    layers, channels = [nn.Conv2d(3, 32, 3, 2, 1), nn.ReLU6()], 32
    for width, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)) + ((512, 1),) * 5 + ((1024, 2), (1024, 1)):
        layers += [nn.Conv2d(channels, channels, 3, stride, 1, groups=channels), nn.ReLU6(),
                   nn.Conv2d(channels, width, 1), nn.ReLU6()]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 10)), (16, 3, 224, 224), 10


def main(name, threads):
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    own = globals().get(name.replace("-", "_"))
    if own is None:
        # The exporter makes one of a convolution and its batch norm, and so trains without the latter.
        import torch_exports
        model, shape, classes = torch_exports.fused(name, size := torch_exports.size_of(name, 224)), (8, 3, size, size), 1000
    else:
        model, shape, classes = own()
        model.train()
    if own is not None and name.startswith("resnet"):
        for m in model.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.eval()
                for p in m.parameters():
                    p.requires_grad = False
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1e-3, momentum=0.9)
    x, labels = torch.rand(shape), torch.randint(0, classes, shape[:1])
    print("ready", flush=True)
    for line in sys.stdin:
        if not line.strip():
            break
        start, cpu = time.perf_counter(), time.process_time()
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        loss.item()
        print((time.perf_counter() - start) * 1e3, (time.process_time() - cpu) * 1e3, flush=True)
    with open("/proc/self/status") as f:
        print(next(line.split()[1] for line in f if line.startswith("VmHWM")), flush=True)


main(*sys.argv[1:])
