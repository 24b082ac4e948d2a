"""What follows from what: strategies in one district as it is, and with one part of the model off or otherwise.

    python experiments/what_follows.py        about five minutes; writes experiments/what_follows.csv

30 seeds in `mid_size_district`, the same for all. docs/model.md, section 14, and then_and_now.md quote it. Columns:
setting; against ("-", or the setting that it is held against, paired by seed); strategy; baseline ("-", or the strategy
that it is held against, paired by seed); measure (a flow is per 100 teachers over the run); mean, low and high (95 % t
interval over seeds); n (seeds that have a value); version (of the package) and model (digest of what decides runs).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import diffusion_sim as ds
from diffusion_sim.analysis.intervals import mean_interval
from diffusion_sim.model_version import model_version

CASE, SEEDS, USUAL, NOTHING = "mid_size_district", 30, "as it is", "-"
STRATEGIES = [
    *("none", "volunteer_uniform", "volunteer_differentiated", "volunteer_responsive", "directed_uniform"),
    *("directed_differentiated", "directed_responsive", "directed_need_weighted", "staged", "staged_first"),
    *("improvement_network", "improvement_network_first", "multi_classroom_leader", "multi_classroom_leader_first"),
]
SETTINGS = {
    USUAL: {},
    "hours do not recruit": {"mechanisms.recruiting": False},
    "no accountability": {"districts.regime": 0},
    "compliant use as intense as owned": {"learning.compliant_intensity": 1},
    "only persons hold the practice": {"structure.embedding": "off"},
    "the first hour does most": {"structure.dose": "saturating"},
    "an hour on expertise is worth one on the practice": {"learning.w_e": 1},
    "leaders are not prepared": {"mechanisms.leader_preparation": False},
    "leaders expect nothing": {"mechanisms.team_expectation": False},
    "nobody studies and acts": {"testing.study_factor": 0},
}
MEASURES = [
    *("reach", "deep_use", "exposure_low_income", "poorest_quarter", "pupil_gain_sd", "mean_depth", "discontinued"),
    *("owned_share", "embedding", "enrolled", "stage", "mean_fit", "claimed_success", "true_improvement"),
    *("borrowed_variant", "leader_skill", "sustained_deep_use_2y", "cost_total", "cost_own", "cost_per_pupil"),
]
PAIRS = [
    ("directed_uniform", "volunteer_uniform"),
    ("directed_differentiated", "directed_uniform"),
    ("volunteer_differentiated", "volunteer_uniform"),
    ("directed_responsive", "directed_uniform"),
    ("volunteer_responsive", "volunteer_uniform"),
    ("directed_need_weighted", "directed_uniform"),
    ("staged", "staged_first"),
    ("improvement_network", "improvement_network_first"),
    ("improvement_network", "volunteer_uniform"),
    ("multi_classroom_leader", "multi_classroom_leader_first"),
    ("multi_classroom_leader", "directed_uniform"),
]
OUT = Path(__file__).with_suffix(".csv")


def outcomes(overrides: dict[str, object], seeds: int) -> pd.DataFrame:
    """One row a strategy and replicate, MEASURES and flows per 100 teachers."""
    runs = ds.compare(CASE, STRATEGIES, replicates=seeds, overrides=overrides, workers=1).runs
    runs = runs.set_index(["strategy", "replicate"]).sort_index()
    flows = runs.filter(regex="^flow_").mul(100 / runs["teachers"], axis=0)
    return pd.concat([runs[MEASURES], flows], axis=1).astype(float)


def table(seeds: int = SEEDS) -> pd.DataFrame:
    """All rows."""
    found, rows = {name: outcomes(set_, seeds) for name, set_ in SETTINGS.items()}, []
    usual = found[USUAL]
    for setting, values in found.items():
        changed = {NOTHING: values} | ({} if setting == USUAL else {USUAL: values - usual})
        for against, some in changed.items():
            pairs = {(name, NOTHING): some.loc[name] for name in STRATEGIES}
            pairs |= {(a, b): some.loc[a] - some.loc[b] for a, b in PAIRS}
            for (strategy, baseline), one in pairs.items():
                for measure in one:
                    mean, _, low, high, n = mean_interval(one[measure].to_numpy())
                    if n and (mean or low or high):
                        rows.append((setting, against, strategy, baseline, measure, mean, low, high, n))
    columns = ["setting", "against", "strategy", "baseline", "measure", "mean", "low", "high", "n"]
    return pd.DataFrame(rows, columns=columns).assign(version=ds.__version__, model=model_version())


def main() -> None:
    """Run and write."""
    table().to_csv(OUT, index=False, float_format="%.6g", lineterminator="\n")


if __name__ == "__main__":
    main()
