"""The autoencoders of FaceBias in PyTorch.

vae_torch.py goldens        ELBO and gradients, float64, of the small networks that the tests build; paste them there
vae_torch.py epoch THREADS BATCH STEPS    milliseconds per step of the 64x64 network, one line per empty line on standard input
"""
import math
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def formula(shape, k, scale=0.3):
    n = math.prod(shape)
    return (scale * torch.sin(1.7 * torch.arange(n, dtype=torch.float64) + k)).reshape(shape)


def feature_vae():
    width, hidden, latents, batch = 5, 4, 3, 6
    names = ["encoder.hidden", "encoder.mean", "encoder.log", "decoder.hidden", "decoder.out"]
    sizes = [(width, hidden), (hidden, latents), (hidden, latents), (latents, hidden), (hidden, width)]
    p = {}
    for i, (name, (a, b)) in enumerate(zip(names, sizes)):
        p[f"vae.{name}.weight"] = formula((a, b), 2 * i).requires_grad_()
        p[f"vae.{name}.bias"] = formula((b,), 2 * i + 1).requires_grad_()
    x, noise = formula((batch, width), 0.5, 1), formula((batch, latents), 0.7, 1)
    dense = lambda v, n: v @ p[f"vae.{n}.weight"] + p[f"vae.{n}.bias"]
    h = F.relu(dense(x, "encoder.hidden"))
    mean, log = dense(h, "encoder.mean"), dense(h, "encoder.log")
    decoded = dense(F.relu(dense(mean + torch.exp(log / 2) * noise, "decoder.hidden")), "decoder.out")
    kl = 0.5 * (mean ** 2 + torch.exp(log) - 1 - log).sum(1)
    loss = ((0.5 * ((x - decoded) ** 2).sum(1) + kl) / width).mean()
    loss.backward()
    print("loss", f"{loss.item():.9f}")
    for name, value in p.items():
        print(f'["{name}"] = ({value.grad.sum().item():.9f}, {value.grad.norm().item():.9f}),')


class PixelVae(nn.Module):
    """The lab's encoder and decoder with a classifier, as FaceBias.Core.Uncertainty.Representation.PixelVae."""

    def __init__(self, latents=100, f=12, classes=2):
        super().__init__()
        layers, channels = [], 3
        for width, kernel in ((f, 5), (2 * f, 5), (4 * f, 3), (6 * f, 3)):
            layers += [nn.Conv2d(channels, width, kernel, 2, kernel // 2), nn.ReLU(), nn.BatchNorm2d(width)]
            channels = width
        self.encoder = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * 16, 512), nn.ReLU())
        self.classes, self.mean, self.log = nn.Linear(512, classes), nn.Linear(512, latents), nn.Linear(512, latents)
        up = lambda a, b, k: nn.ConvTranspose2d(a, b, k, 2, k // 2, output_padding=1)
        self.dense = nn.Linear(latents, 6 * f * 16)
        self.decoder = nn.Sequential(up(6 * f, 4 * f, 3), nn.ReLU(), up(4 * f, 2 * f, 3), nn.ReLU(), up(2 * f, f, 5), nn.ReLU(), up(f, 3, 5))
        self.f = f

    def forward(self, pixels, labels, weights, noise, kl_weight=5e-4):
        x = pixels / 255
        h = self.encoder(x)
        mean, log = self.mean(h), self.log(h)
        z = mean + torch.exp(log / 2) * noise
        decoded = self.decoder(F.relu(self.dense(z)).reshape(-1, 6 * self.f, 4, 4))
        recon = (x - decoded).abs().flatten(1).mean(1)
        kl = 0.5 * (mean ** 2 + torch.exp(log) - 1 - log).sum(1)
        total = weights.sum().clamp(min=1e-12)
        return F.cross_entropy(self.classes(h), labels) + (weights * recon).sum() / total + kl_weight * (weights * kl).sum() / total


def pixel_vae():
    torch.set_default_dtype(torch.float64)
    net = PixelVae(latents=3, f=2)
    with torch.no_grad():
        for i, p in enumerate(net.parameters()):
            p.copy_(formula(p.shape, i, 0.1))
    batch = 4
    pixels = 127.5 + 127.5 * formula((batch, 3, 64, 64), 0.3, 1)
    loss = net(pixels, torch.tensor([0, 1, 1, 0]), torch.tensor([0., 1, 1, 0]), formula((batch, 3), 0.7, 1))
    loss.backward()
    print("loss", f"{loss.item():.9f}")
    for i, (name, p) in enumerate(net.named_parameters()):
        print(f"({p.grad.sum().item():.9f}, {p.grad.norm().item():.9f}), // {name}")


def epoch(threads, batch, steps):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net = PixelVae()
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-4)
    pixels, labels = torch.rand(batch, 3, 64, 64) * 255, torch.randint(0, 2, (batch,))

    def step():
        optimizer.zero_grad()
        net(pixels, labels, labels.float(), torch.randn(batch, 100)).backward()
        optimizer.step()

    for _ in range(5):
        step()
    print("ready", flush=True)
    for line in sys.stdin:
        if not line.strip():
            break
        start = time.perf_counter()
        for _ in range(steps):
            step()
        print(1000 * (time.perf_counter() - start) / steps, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "goldens":
        torch.set_default_dtype(torch.float64)
        feature_vae()
        pixel_vae()
    else:
        epoch(*map(int, sys.argv[2:5]))
