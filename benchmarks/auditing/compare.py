"""Compares audits of random tables with Fairlearn's MetricFrame, or times it: compare.py FOLDER | compare.py --time FILE.csv

Needs pandas, scikit-learn, and Fairlearn (with narwhals) on PYTHONPATH.
"""
import itertools
import json
import math
import pathlib
import sys
import time
import warnings

import pandas as pd
from fairlearn.metrics import (MetricFrame, demographic_parity_difference, demographic_parity_ratio,
                               equalized_odds_difference, equalized_odds_ratio, false_negative_rate,
                               false_positive_rate, selection_rate, true_negative_rate, true_positive_rate)
from sklearn.metrics import accuracy_score, precision_score

warnings.filterwarnings("ignore")
METRICS = {
    "accuracy": accuracy_score,
    "selection_rate": selection_rate,
    "recall": true_positive_rate,
    "fpr": false_positive_rate,
    "fnr": false_negative_rate,
    "tnr": true_negative_rate,
    "precision": lambda t, p: precision_score(t, p, zero_division=0),
}


def read(path):
    frame = pd.read_csv(path, keep_default_na=False)
    return frame, (frame["y_true"] == "yes").astype(int), (frame["y"] == "yes").astype(int)


def compare(folder):
    worst, equal, undefined = 0.0, 0, 0
    for path in sorted(pathlib.Path(folder).glob("*.csv")):
        frame, truth, predicted = read(path)
        if truth.nunique() < 2:
            continue
        target = json.loads(path.with_suffix(".json").read_text())["targets"][0]

        def check(ours, theirs, reason=None):
            nonlocal worst, equal, undefined
            if ours is None:
                assert reason, (path, "null without a reason")
                undefined += 1
            else:
                difference = abs(ours - theirs)
                assert difference <= 1e-12, (path, ours, theirs)
                worst, equal = max(worst, difference), equal + 1

        for grouping in target["groupings"]:
            names = grouping["attributes"]
            by = MetricFrame(metrics=METRICS, y_true=truth, y_pred=predicted, sensitive_features=frame[names])
            whole = True
            for group in grouping["groups"]:
                levels = group["levels"]
                key = tuple(levels) if len(levels) > 1 else levels[0]
                for e in group["estimates"]:
                    if e["metric"] not in METRICS or e.get("class", "yes") != "yes":
                        continue
                    theirs = by.by_group[e["metric"]].get(key, math.nan)
                    whole = whole and e["value"] is not None
                    check(e["value"], theirs, e.get("reason"))
            across = {(d["name"], d.get("class")): d for d in grouping["disparities"]}
            if whole:  # Fairlearn fills empty denominators with 0, which then takes part in its minimum
                features = frame[names]
                pairs = [("demographic_parity_difference", demographic_parity_difference(truth, predicted, sensitive_features=features)),
                         ("demographic_parity_ratio", demographic_parity_ratio(truth, predicted, sensitive_features=features)),
                         ("equalized_odds_difference", equalized_odds_difference(truth, predicted, sensitive_features=features)),
                         ("equalized_odds_ratio", equalized_odds_ratio(truth, predicted, sensitive_features=features))]
                for ours, theirs in [("demographic_parity", "selection_rate"), ("equal_opportunity", "recall"), ("predictive_parity", "precision")]:
                    for method in ["between_groups", "to_overall"]:
                        end = "" if method == "between_groups" else "_to_overall"
                        pairs.append((f"{ours}_difference{end}", by.difference(method=method)[theirs]))
                        pairs.append((f"{ours}_ratio{end}", by.ratio(method=method)[theirs]))
                for name, theirs in pairs:
                    d = across[(name, "yes")]
                    check(d["value"], theirs, d.get("reason"))
    print(f"{equal} figures equal to Fairlearn's, largest difference {worst:.1e}; "
          f"{undefined} not estimable here, 0 or NaN there")
    assert equal > 1000


def measure(path):
    frame, truth, predicted = read(path)
    start = time.perf_counter()
    for size in (1, 2, 3):
        for names in itertools.combinations(["a", "b", "c"], size):
            frame_of = MetricFrame(metrics=METRICS, y_true=truth, y_pred=predicted, sensitive_features=frame[list(names)])
            frame_of.difference(), frame_of.ratio()
    print(f"{len(frame)} rows, Fairlearn's MetricFrame, no intervals: {time.perf_counter() - start:.2f} s")


if sys.argv[1] == "--time":
    measure(sys.argv[2])
else:
    compare(sys.argv[1])
