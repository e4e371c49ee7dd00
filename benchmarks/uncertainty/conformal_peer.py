"""Cutoffs of overlapping groups by HiGHS (scipy), for the table in ConformalTests.cs.

The data are a linear congruential sequence, so that both programs make the same: n rows with attributes a (3 levels) and b (2), scores
in [0, 1). Groups: all, each level of a, each level of b. For every pattern: minimise sum pinball(S_i - Phi_i b) - t phi b.
"""
import numpy as np
from scipy.optimize import linprog


def data(n, seed):
    x, rows = seed, []
    for _ in range(n):
        draws = []
        for _ in range(3):
            x = (x * 1103515245 + 12345) % 2147483648
            draws.append(x / 2147483648)
        a, b = int(draws[0] ** 1.5 * 3), int(draws[1] * 2)
        rows.append((a, b, draws[2] * (1 + 0.5 * a) * (1 if b else 0.7)))
    return rows


def phi(a, b):
    v = np.zeros(6)
    v[0] = v[1 + a] = v[4 + b] = 1
    return v


def cutoff(rows, target, level):
    X = np.array([phi(a, b) for a, b, _ in rows])
    S = np.array([s for _, _, s in rows])
    n, d = X.shape
    t = level - 1e-4  # above the solver's tolerances
    # Variables: b (free), u = (S - Xb)+, v = (Xb - S)+.
    c = np.concatenate([-t * target, np.full(n, level), np.full(n, 1 - level)])
    A = np.hstack([X, np.eye(n), -np.eye(n)])
    r = linprog(c, A_eq=A, b_eq=S, bounds=[(None, None)] * d + [(0, None)] * (2 * n), method="highs")
    return float(target @ r.x[:d]) if r.status == 0 else float("inf")


for n, seed in ((120, 1), (40, 7)):
    rows = data(n, seed)
    for level in (0.8, 0.9):
        print(n, seed, level, [round(cutoff(rows, phi(a, b), level), 10) for a in range(3) for b in range(2)],
              [sum(1 for r in rows if r[:2] == (a, b)) for a in range(3) for b in range(2)])

# What a programme per predicted row costs (MAPIE's way), on 3,000 calibration rows.
import time  # noqa: E402

rows = data(3000, 3)
start = time.perf_counter()
for a, b in ((0, 0), (1, 1), (2, 0)):
    cutoff(rows, phi(a, b), 0.9)
print(f"one programme of 3,000 calibration rows: {(time.perf_counter() - start) / 3:.2f} s")
