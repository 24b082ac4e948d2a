"""Which part of a team makes the rise: the percentile in mathematics with one part left out at a time, the same seeds.

    python experiments/opportunity_culture/parts.py      writes findings/parts.csv, and parts_told.csv as pages show it
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from diffusion_sim.analysis.intervals import mean_interval
from diffusion_sim.scenario import load_scenario
from diffusion_sim.study.plan.arms_and_seeds import checked_rng, seeds_of
from diffusion_sim.systems.team_gains import PupilSizes, Twin, by_year_in_team
from diffusion_sim.systems.team_runs import follow

SEEDS = 20
YEARS = (3, 5)
OUT = Path(__file__).with_name("findings") / "parts.csv"
# What is left out or changed -> numbers that are overridden.
PARTS = {
    "as it is": {},
    "leaders expect nothing of members": {"mechanisms.team_expectation": False},
    "leaders are not prepared": {"staffing.prep_hours": 0},
    "leaders give members no help": {"staffing.help_factor": 0},
    "leaders' help arrives in full from the first year": {"staffing.reach_start": 1},
    "larger classes cost nothing": {"pupils.class_size": 0},
    "leaders help twice as long": {"staffing.leader_hours": 72},
}


def places(change: dict[str, object], seed: int) -> list[dict[str, float]]:
    """Rows by year in a team, mathematics only."""
    sc = load_scenario("opportunity_culture").override(change)
    teams, none = (follow(sc, seed, name) for name in ("teams", "none"))
    sizes = PupilSizes(float(sc["pupils.teacher_sd"]), float(sc["pupils.class_size"]))
    return by_year_in_team(Twin(teams, teams), Twin(none, none), sizes)


def told(table: pd.DataFrame) -> pd.DataFrame:
    """One row a part, as pages show it."""

    def cell(row: pd.Series, names: tuple[str, str, str]) -> str:
        return "{:.0f} ({:.0f} to {:.0f})".format(*(row[name] + 0.0 for name in names))

    rows = []
    for part, its in table.groupby("part", sort=False):
        row = {"one thing changed": part}
        for year, line in its.set_index("year").iterrows():
            row[f"mathematics, year {year}"] = cell(line, ("maths", "low", "high"))
            change = cell(line, ("change", "change_low", "change_high"))
            row[f"change, year {year}"] = "" if line["change"] == 0 else change.replace("-0 ", "0 ")
            row[f"use it, year {year}"] = f"{line['using']:.0%}".replace("%", " %")
        rows.append(row)
    return pd.DataFrame(rows)


def main() -> None:
    rows = []
    seeds = seeds_of(checked_rng(1), SEEDS)
    base: dict[int, np.ndarray] = {}
    for part, change in PARTS.items():
        found = [places(change, seed) for seed in seeds]
        for year in YEARS:
            own = np.array([one[year - 1]["maths"] for one in found])
            base.setdefault(year, own)
            mean, _, low, high, n = mean_interval(own)
            less, _, less_low, less_high, _ = mean_interval(own - base[year])
            using = float(np.nanmean([one[year - 1]["using"] for one in found]))
            rows.append((part, year, mean, low, high, less, less_low, less_high, using, n))
    columns = ["part", "year", "maths", "low", "high", "change", "change_low", "change_high", "using", "n"]
    OUT.parent.mkdir(exist_ok=True)
    table = pd.DataFrame(rows, columns=columns)
    table.to_csv(OUT, index=False, float_format="%.6g", lineterminator="\n")
    told(table).to_csv(OUT.with_name("parts_told.csv"), index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
