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
SPARSE = {"network.out_degree_mean": 1.3, "network.nobody_share": 0.42, "network.cross_share": 0.02}
DENSE = {"network.out_degree_mean": 5.4, "network.nobody_share": 0.07, "network.cross_share": 0.1}
NOT_ASKED = {"mechanisms.recruiting": False}
SETTINGS = {
    USUAL: {},
    "hours do not recruit": NOT_ASKED,
    "no accountability": {"districts.regime": 0},
    "compliant use as intense as owned": {"learning.compliant_intensity": 1},
    "only persons hold the practice": {"structure.embedding": "off"},
    "the first hour does most": {"structure.dose": "saturating"},
    "an hour on expertise is worth one on the practice": {"learning.w_e": 1},
    "leaders are not prepared": {"mechanisms.leader_preparation": False},
    "leaders expect nothing": {"mechanisms.team_expectation": False},
    "nobody studies and acts": {"testing.study_factor": 0},
    "no coaches of the district's own": {"mechanisms.capacity": False},
    "sparse networks": SPARSE,
    "dense networks": DENSE,
    "sparse networks, hours do not recruit": SPARSE | NOT_ASKED,
    "dense networks, hours do not recruit": DENSE | NOT_ASKED,
}
OUTCOMES = [
    *("reach", "deep_use", "exposure_low_income", "poorest_quarter", "pupil_gain_sd"),
    *("true_improvement", "mean_fit"),
]
ALSO = [  # of the district as it is
    *("mean_depth", "discontinued", "owned_share", "embedding", "enrolled", "stage", "claimed_success"),
    *("borrowed_variant", "leader_skill", "sustained_deep_use_2y", "cost_total", "cost_own"),
]
FLOWS = [  # likewise
    *("trial_initiative", "trial_peers", "trial_norm", "trial_asked", "trial_mandate", "trial_team", "trial_appointed"),
    *("trial_compliant", "internalised", "stop_owned", "stop_compliant", "left_users", "moved_users"),
    *("skill_use", "skill_help", "skill_peers", "school_entries", "school_exits", "study_acts"),
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
ROUNDING = 1e-12
OUT = Path(__file__).with_suffix(".csv")


def outcomes(overrides: dict[str, object], seeds: int) -> pd.DataFrame:
    """One row a strategy and replicate: OUTCOMES, ALSO, and FLOWS per 100 teachers."""
    found = ds.compare(CASE, STRATEGIES, replicates=seeds, overrides=overrides, workers=1, full_intensity=False)
    runs = found.runs.set_index(["strategy", "replicate"]).sort_index()
    flows = runs[[f"flow_{name}" for name in FLOWS]].mul(100 / runs["teachers"], axis=0)
    return pd.concat([runs[OUTCOMES + ALSO], flows], axis=1).astype(float)


def table(seeds: int = SEEDS) -> pd.DataFrame:
    """All rows."""
    found, rows = {name: outcomes(overrides, seeds) for name, overrides in SETTINGS.items()}, []
    usual = found[USUAL]
    for setting, values in found.items():
        if setting == USUAL:
            rows += described(setting, NOTHING, values)
        else:
            rows += described(setting, USUAL, (values - usual)[OUTCOMES])
    columns = ["setting", "against", "strategy", "baseline", "measure", "mean", "low", "high", "n"]
    return pd.DataFrame(rows, columns=columns).assign(version=ds.__version__, model=model_version())


def described(setting: str, against: str, values: pd.DataFrame) -> list[tuple[object, ...]]:
    """Rows of strategies and of pairs; what is 0 on all seeds, or has no value, is left out."""
    told = {(name, NOTHING): values.loc[name] for name in STRATEGIES}
    told |= {(a, b): (values.loc[a] - values.loc[b])[OUTCOMES] for a, b in PAIRS}
    rows = []
    for (strategy, baseline), some in told.items():
        for measure in some:
            mean, _, low, high, n = mean_interval(some[measure].to_numpy())
            if n and max(abs(mean), abs(low), abs(high)) > ROUNDING:
                rows.append((setting, against, strategy, baseline, measure, mean, low, high, n))
    return rows


def main() -> None:
    """Run and write."""
    table().to_csv(OUT, index=False, float_format="%.5g", lineterminator="\n")


if __name__ == "__main__":
    main()
