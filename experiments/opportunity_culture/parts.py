"""Which part of a team makes the rise, and what teams do in poorer schools.

    python experiments/opportunity_culture/parts.py

writes, of the same seeds, findings/parts.csv: the percentile in mathematics with one part changed at a time, and
parts_told.csv as pages show it; and by_poverty.csv: teams by quarter of schools' poverty.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from diffusion_sim.analysis.intervals import mean_interval
from diffusion_sim.dynamics.staffing import has_teams
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


def by_poverty(seeds: list[int]) -> pd.DataFrame:
    """A row a quarter of schools: mean (95 % interval over seeds) of the share with teams in years 1 and 3, of what
    teams add to pupils' gain in year 3 in schools that have them, and of the share of these without teams in year 5."""
    sc, found = load_scenario("opportunity_culture"), []
    for seed in seeds:
        teams, none = (follow(sc, seed, name) for name in ("teams", "none"))
        has = {year: np.asarray(has_teams.py_func(teams.schools[year].staffing)) for year in (1, 3, 5)}
        poverty = teams.schools[3].poverty
        quarter = np.digitize(poverty, np.quantile(poverty, (0.25, 0.5, 0.75)))
        more = teams.school_gain(3) - none.school_gain(3)
        found.append([
            [has[1][own].mean(), has[3][own].mean(), more[own & has[3]].mean(), 1.0 - has[5][own & has[3]].mean()]
            for own in (quarter == number for number in range(4))
        ])  # fmt: skip
    names = ("with teams, year 1", "with teams, year 3", "SD more in year 3 with teams", "gave them up by year 5")
    rows = []
    for number, quarter_name in enumerate(("least poor", "second", "third", "poorest")):
        row = {"quarter of schools": quarter_name}
        for column, name in enumerate(names):
            mean, _, low, high, _ = mean_interval(np.array([one[number][column] for one in found]))
            row[name] = f"{mean:.3f} ({low:.3f} to {high:.3f})".replace("0.", ".")
        rows.append(row)
    return pd.DataFrame(rows)


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
    by_poverty(seeds).to_csv(OUT.with_name("by_poverty.csv"), index=False, lineterminator="\n")
    told(table).to_csv(OUT.with_name("parts_told.csv"), index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
