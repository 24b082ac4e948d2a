"""What is left of the practice where nobody brings a programme: the share of teachers who use it, at the start and at
the end of the run.

    python experiments/none_decays.py        about a minute; writes experiments/none_decays.csv

30 seeds of `none` in `mid_size_district`. Columns: scenario, strategy, measure, when (start, end, or end - start,
paired by seed), mean, low and high (95 % t interval over seeds), n (seeds), version (of the package) and model (digest
of what decides runs).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import diffusion_sim as ds
from diffusion_sim.analysis.intervals import mean_interval
from diffusion_sim.model_version import model_version
from diffusion_sim.study.plan.arms_and_seeds import seeds_of

CASE, STRATEGY, MEASURE = "mid_size_district", "none", "reach"
SEEDS = seeds_of(1, 30)  # as compare and what_follows.py draw them
OUT = Path(__file__).with_suffix(".csv")


def table() -> pd.DataFrame:
    """One row for the start, the end and the change."""
    series = [ds.ReformModel(CASE, rng=seed, strategy=STRATEGY).run().series[MEASURE] for seed in SEEDS]
    start = pd.Series([one.iloc[0] for one in series])
    end = pd.Series([one.iloc[-1] for one in series])
    rows = []
    for when, values in {"start": start, "end": end, "end - start": end - start}.items():
        mean, _, low, high, n = mean_interval(values.to_numpy())
        rows.append((CASE, STRATEGY, MEASURE, when, mean, low, high, n, ds.__version__, model_version()))
    columns = ["scenario", "strategy", "measure", "when", "mean", "low", "high", "n", "version", "model"]
    return pd.DataFrame(rows, columns=columns)


def main() -> None:
    """Run and write."""
    found = table()
    found.to_csv(OUT, index=False, float_format="%.6g", lineterminator="\n")
    print(found.to_string(index=False))


if __name__ == "__main__":
    main()
