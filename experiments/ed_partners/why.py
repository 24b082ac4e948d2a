"""What holds districts back, and where leadership acts: one thing changed at a time, on the same seeds.

    python experiments/ed_partners/why.py

writes into findings/: why.csv (five stages with one thing changed), leaders_elsewhere.csv (leadership high - low, in the
stages and in big-bang at the scenario's own pot), flows_of_leadership.csv (where users come from in the stages, high -
low), arithmetic.csv (what a leadership does to the hazard of trying, by the model's own equations), and gates.csv (what
those who were asked make of it, by stage).
"""

from __future__ import annotations

from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.analysis import accounts
from diffusion_sim.analysis.intervals import mean_interval
from diffusion_sim.scenario import Scenario, load_scenario
from diffusion_sim.study.plan.arms_and_seeds import checked_rng, seeds_of
from diffusion_sim.systems.ed_partners import BIG_BANG, HURRIED, STAGED, mean, stages_of
from diffusion_sim.systems.partner_runs import HIGH, LEADERSHIP, LOW, Course, at_spending, follow, held

SEEDS, END, AFTER = 12, 3, 5
OUT = Path(__file__).with_name("findings")
TEMPO, TEAM = f"strategies.{STAGED}.tempo", f"strategies.{STAGED}.recruitment"
PRINCIPALS, ABOVE = LEADERSHIP["principals"][0], (LEADERSHIP["superintendent"][0], LEADERSHIP["board"][0])
# What is changed -> numbers that are overridden.
CHANGES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "no gates: by the calendar, two quarters a stage": {f"{TEMPO}.kind": "waves", f"{TEMPO}.after_support": 1},
    "gates ask for a third, not half, of those asked": {f"{TEMPO}.willing": 1 / 3},
    "pilot schools: half of a district's, not a quarter": {f"{TEMPO}.pilot_share": 0.5},
    "teams of six in a pilot school, not three": {f"{TEAM}.team": 6},
    "those not invited do not hold back": {"trial.uninvited": 1.0},
    "no capacity review": {f"{TEAM}.look": 0},
    "no money of the district's own after support": {"money.own_budget": 0.0},
    "leaders on the team learn nothing": {"leaders.eta_lead": 0.0},
    "no principal or superintendent leaves": {"mechanisms.leader_turnover": False},
    "principals at .1": {PRINCIPALS: 0.1},
    "superintendent and board at .1": dict.fromkeys(ABOVE, 0.1),
}
LEVELS = {f"all four one SD {level}": level for level in (LOW, HIGH)}
WHAT = {  # column -> measure and year, factor
    "stage, year 3": ("stage", END, 1.0), "use it, year 3, %": ("reach", END, 100.0),
    "in deep use, year 5, %": ("deep_use", AFTER, 100.0),
    "dollars a pupil, 5 years": ("cost_per_pupil", AFTER, 1.0),
}  # fmt: skip


def told(values: Any, digits: int = 1) -> str:
    """Mean and 95 % interval."""
    average, _, low, high, _ = mean_interval(np.asarray(values, dtype=np.float64))
    texts = [f"{value:,.{digits}f}" for value in (average, low, high)]
    texts = [text.lstrip("-") if not text.strip("-0.,") else text for text in texts]
    return f"{texts[0]} ({texts[1]} to {texts[2]})"


def everybody(sc: Scenario, level: str) -> Scenario:
    for who in LEADERSHIP:
        sc = held(sc, who, level)
    return sc


def changed(sc: Scenario, base: list[Course], seeds: list[int]) -> pd.DataFrame:
    """One row a change: values, and deep use against as it is, paired."""
    rows = []
    cases = {name: sc.override(change) for name, change in CHANGES.items()}
    cases |= {name: everybody(sc, level) for name, level in LEVELS.items()}
    for name, case in cases.items():
        runs = base if name == "as it is" else [follow(case, seed, STAGED) for seed in seeds]
        rows.append((name, runs))
    pot = [at_spending(sc, seed, HURRIED, own.spent, own.posts)[0] for seed, own in zip(seeds, base, strict=True)]
    rows.append(("gates every quarter, at the spending of as it is", pot))
    found = []
    for name, runs in rows:
        row = {"one thing changed": name}
        for column, (measure, year, factor) in WHAT.items():
            row[column] = told([factor * run.at(measure, year) for run in runs], 0 if factor == 1 and measure != "stage" else 1)
        more = [100 * (run.at("deep_use", AFTER) - own.at("deep_use", AFTER)) for run, own in zip(runs, base, strict=True)]
        row["deep use, points against as it is"] = "" if name == "as it is" else told(more)
        found.append(row)
    return pd.DataFrame(found)


def elsewhere(sc: Scenario, seeds: list[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(deep use and reach, points, high - low, by who, in the stages and in big-bang; account of users by who)."""
    rows, flows = [], []
    for who in LEADERSHIP:
        row = {"who": who}
        for arm, name in ((STAGED, "five stages"), (BIG_BANG, "big-bang, own pot")):
            low, high = ([follow(held(sc, who, level), seed, arm) for seed in seeds] for level in (LOW, HIGH))
            for measure, year, text in (("reach", END, "use it, year 3"), ("deep_use", AFTER, "deep use, year 5")):
                more = [100 * (h.at(measure, year) - w.at(measure, year)) for h, w in zip(high, low, strict=True)]
                row[f"{name}: {text}"] = told(more)
            if arm == STAGED:
                both = [
                    {"strategy": level, "seed": seed, **run.outcomes}
                    for level, runs in ((LOW, low), (HIGH, high)) for seed, run in zip(seeds, runs, strict=True)
                ]  # fmt: skip
                its = accounts.users_account(pd.DataFrame(both), LOW)
                flows.append(its.assign(who=who).drop(columns=["strategy", "baseline"]))
        rows.append(row)
    return pd.DataFrame(rows), pd.concat(flows, ignore_index=True)


def told_flows(flows: pd.DataFrame) -> pd.DataFrame:
    """One row a part of the account, a column a leadership; parts that move nobody are left out."""
    flows = flows.assign(told=[f"{r.difference:+.1f} ({r.low:+.1f} to {r.high:+.1f})" for r in flows.itertuples()])
    big = flows.groupby("part")["difference"].apply(lambda x: x.abs().max() >= 0.1)
    table = flows.pivot(index="part", columns="who", values="told").loc[list(dict.fromkeys(flows["part"]))]
    return table.loc[[part for part in table.index if big[part]], list(LEADERSHIP)].reset_index()


def arithmetic(sc: Scenario) -> pd.DataFrame:
    """At the means of all others: coherence, and what is multiplied to the hazard of trying, high against low."""
    own = {who: float(sc[path]) for who, (path, _) in LEADERSHIP.items()}
    rows = []
    for who, (path, _) in LEADERSHIP.items():
        ends = []
        for level in (LOW, HIGH):
            at = own | {who: float(held(sc, who, level)[path])}
            coherence = (at["principals"] * at["superintendent"] * at["board"] * float(sc["districts.evaluation"])) ** 0.25
            log = float(sc["trial.b_C"]) * (2 * coherence - 1) + float(sc["trial.b_v"]) * at["teachers"]
            ends.append((at[who], coherence, log))
        (low, c_low, log_low), (high, c_high, log_high) = ends
        rows.append({"who": who, "low to high": f"{low:.2f} to {high:.2f}", "coherence": f"{c_low:.2f} to {c_high:.2f}",
                     "hazard of trying by own will": f"x {exp(log_high - log_low):.2f}"})  # fmt: skip
    return pd.DataFrame(rows)


def gates(base: list[Course]) -> pd.DataFrame:
    """By stage when support ends: districts, and of those asked in the stage who use, and who use and are convinced."""
    rows = []
    for stage in (1, 2, 3, 4):
        its = [row for run in base for row in stages_of(run, END) if row["stage"] == stage]
        rows.append({"stage": stage, "of 100 districts": f"{100 * mean(np.array([r['districts'] for r in its])):.0f}",
                     "of those asked, use it, %": told([100 * r["asked_use"] for r in its], 0),
                     "use it and are convinced, %": told([100 * r["asked_willing"] for r in its], 0)})  # fmt: skip
    return pd.DataFrame(rows)


def main() -> None:
    sc, seeds = load_scenario("ed_partners"), seeds_of(checked_rng(1), SEEDS)
    base = [follow(sc, seed, STAGED) for seed in seeds]
    OUT.mkdir(exist_ok=True)
    found = {"why": changed(sc, base, seeds), "arithmetic": arithmetic(sc), "gates": gates(base)}
    found["leaders_elsewhere"], flows = elsewhere(sc, seeds)
    found["flows_of_leadership"] = told_flows(flows)
    for name, table in found.items():
        table.to_csv(OUT / f"{name}.csv", index=False, lineterminator="\n")
        print(table.to_string())


if __name__ == "__main__":
    main()
