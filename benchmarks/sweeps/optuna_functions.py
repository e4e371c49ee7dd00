"""The functions of `functions` in Optuna: median over seeds of how far the best of 60 trials is from the minimum.
usage: optuna_functions.py [SEEDS [FUNCTION ...]]; PYTHONPATH must lead to Optuna."""
import math
import sys
import warnings

import numpy as np
import optuna

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 30


def branin(t):
    x, y = t.suggest_float("x", -5, 10), t.suggest_float("y", 0, 15)
    return (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


ALPHA = np.array([1, 1.2, 3, 3.2])
A = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])
P = np.array([[0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
              [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381]])


def hartmann(t):
    x = np.array([t.suggest_float(f"x{i}", 0, 1) for i in range(6)])
    return -float(ALPHA @ np.exp(-(A * (x - P) ** 2).sum(1)))


def conditional(t):
    model = t.suggest_categorical("model", ["line", "bowl", "valley"])
    if model == "line":
        return 2 + abs(t.suggest_float("slope", -1, 1))
    if model == "bowl":
        return 1 + ((t.suggest_float("u", -5, 5) - 1) ** 2 + (t.suggest_float("v", -5, 5) + 2) ** 2) / 10
    v, rate = t.suggest_float("v", -5, 5), t.suggest_float("rate", 1e-4, 1, log=True)
    return (math.log10(rate) + 2.5) ** 2 + (v - 3) ** 2 / 5


def regret(function, minimum, sampler, noise, seed):
    study = optuna.create_study(sampler=sampler)
    noise_source = np.random.default_rng(seed)

    def objective(t):
        value = function(t)
        t.set_user_attr("value", value)
        return value + noise * noise_source.normal()

    study.optimize(objective, n_trials=60)
    return study.best_trial.user_attrs["value"] - minimum


samplers = {
    "random": lambda s: optuna.samplers.RandomSampler(seed=s),
    "tpe": lambda s: optuna.samplers.TPESampler(seed=s, multivariate=True, group=True),
}
functions = [("Branin", branin, 0.397887, 0), ("Hartmann-6", hartmann, -3.32237, 0), ("conditional", conditional, 0, 0), ("noisy", branin, 0.397887, 5)]
print(f"| Optuna {optuna.__version__} | {' | '.join(samplers)} |")
print("|---|" + "---|" * len(samplers))
for name, function, minimum, noise in functions:
    if sys.argv[2:] and name not in sys.argv[2:]:
        continue
    cells = [f"{np.median([regret(function, minimum, new(s), noise, s) for s in range(seeds)]):.3f}" for new in samplers.values()]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)
