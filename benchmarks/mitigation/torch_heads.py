"""The same trainings in PyTorch: prints milliseconds per epoch. LOADER is "tensors" (batches by index from tensors in memory)
or "loader" (the usual DataLoader over a TensorDataset)."""
import sys, time
import numpy as np
import torch
import torch.nn.functional as F

folder, method, hidden, batch, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
torch.set_num_threads(int(sys.argv[6]))
loader = sys.argv[7] == "loader"
torch.manual_seed(1)
load = lambda name: torch.tensor(np.load(f"{folder}/{name}.npy"))
x, y, b = load("train_feats"), load("train_target"), load("train_bias")
v, vy = load("val_feats"), load("val_target")
mean, deviation = x.mean(0), x.std(0)
x, v = (x - mean) / deviation, (v - mean) / deviation
n, width = x.shape
group = y * 2 + b


class Cosine(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(width, 128)
        self.weight = torch.nn.Parameter(torch.nn.init.xavier_uniform_(torch.empty(2, 128)))

    def forward(self, z):
        return F.linear(F.normalize(torch.relu(self.first(z))), F.normalize(self.weight))


def head():
    if hidden == 0:
        return torch.nn.Linear(width, 2)
    return torch.nn.Sequential(torch.nn.Linear(width, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 2))


def adam(net, decay):
    return torch.optim.Adam(net.parameters(), 1e-3, weight_decay=decay)


def evaluate(net):
    with torch.no_grad():
        return (net(v).argmax(1) == vy).float().mean().item()


def batches(order):
    """The batches of an epoch: features, classes, rows."""
    if loader:
        data = torch.utils.data.TensorDataset(x, y, torch.arange(n))
        yield from torch.utils.data.DataLoader(data, batch, sampler=order().tolist(), drop_last=True)
        return
    rows = order()
    for i in range(n // batch):
        r = rows[i * batch:(i + 1) * batch]
        yield x[r], y[r], r


def train(net, step, order):
    best = -1
    for _ in range(epochs):
        for xb, yb, r in batches(order):
            step(xb, yb, r)
        if evaluate(net) > best:
            best, kept = 0, {k: p.clone() for k, p in net.state_dict().items()}


shuffled = lambda: torch.randperm(n)
counts = torch.bincount(group).float()
balanced = lambda: torch.multinomial(1 / counts[group], n, replacement=True)
start = time.perf_counter()
if method == "erm":
    net = head(); opt = adam(net, 1e-3)

    def step(xb, yb, r):
        loss = F.cross_entropy(net(xb), yb); opt.zero_grad(); loss.backward(); opt.step(); loss.item()
    train(net, step, shuffled)
elif method == "group-dro":
    net = head(); opt = adam(net, 0.1); q = torch.ones(4) / 4

    def step(xb, yb, r):
        global q
        each = F.cross_entropy(net(xb), yb, reduction="none")
        member = F.one_hot(group[r], 4).float()
        losses = member.t() @ each / member.sum(0).clamp(min=1)
        q = q * torch.exp(0.01 * losses.detach()); q = q / q.sum()
        loss = (q * losses).sum(); opt.zero_grad(); loss.backward(); opt.step(); loss.item()
    train(net, step, balanced)
elif method == "lff":
    biased, net = head(), head(); ob, od = adam(biased, 1e-3), adam(net, 1e-3)
    eb, ed, seen = torch.zeros(n), torch.zeros(n), torch.zeros(n)

    def step(xb, yb, r):
        zb, zd = biased(xb), net(xb)
        lb, ld = F.cross_entropy(zb, yb, reduction="none"), F.cross_entropy(zd, yb, reduction="none")
        keep = 0.7 * seen[r]; seen[r] = 1
        eb[r] = keep * eb[r] + (1 - keep) * lb.detach(); ed[r] = keep * ed[r] + (1 - keep) * ld.detach()
        rb, rd = eb[r].clone(), ed[r].clone()
        for c in (0, 1):
            here = yb == c
            rb[here] /= eb[y == c].max(); rd[here] /= ed[y == c].max()
        w = rb / (rb + rd + 1e-8)
        p = F.softmax(zb, 1).gather(1, yb[:, None]).squeeze(1)
        loss = ((1 - p ** 0.7) / 0.7).mean() + (w * ld).mean()
        ob.zero_grad(); od.zero_grad(); loss.backward(); ob.step(); od.step(); loss.item()
    train(net, step, shuffled)
elif method == "caml":
    from sklearn.cluster import KMeans
    first = torch.nn.Sequential(torch.nn.Linear(width, 128), torch.nn.Tanh(), torch.nn.Linear(128, 2))
    opt = adam(first, 0.03); classes = torch.bincount(y).float()
    for _ in range(min(epochs, 20)):
        for xb, yb, _r in batches(lambda: torch.multinomial(1 / classes[y], n, replacement=True)):
            loss = F.cross_entropy(first(xb), yb); opt.zero_grad(); loss.backward(); opt.step(); loss.item()
        with torch.no_grad():
            (first(x).argmax(1) == y).float().mean().item()
        evaluate(first)
    with torch.no_grad():
        z = F.normalize(torch.tanh(first[0](x)))
    k = torch.tensor(KMeans(8, n_init=10, random_state=0).fit_predict(z.numpy())).long()
    share = torch.zeros(8, 2).index_put((k, y), torch.ones(n), accumulate=True); share /= share.sum(1, keepdim=True)
    net = Cosine(); opt = adam(net, 0.15)

    def step(xb, yb, r):
        cos = net(xb); m = 1 - torch.normal(share[k[r]], 0.15)
        sin = (1 - cos * cos).clamp(min=1e-7).sqrt()
        phi = torch.where(cos > -m.cos(), cos * m.cos() - sin * m.sin(), cos - m * m.sin())
        loss = F.cross_entropy(4 * phi, yb); opt.zero_grad(); loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.25); opt.step(); loss.item()
    train(net, step, shuffled)
print((time.perf_counter() - start) * 1000 / epochs)
