"""The Achievement Network's question: does the support work, for whom, and what does fitting it to the school buy?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.errors import StudyError
from diffusion_sim.model import ReformModel
from diffusion_sim.ranks import parts_by_rank
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE
from diffusion_sim.systems.achievement_network_runs import (
    ARMS,
    BESIDE,
    CONDITIONS_FIRST,
    DISTRICT_FIRST,
    FLOWS,
    NO_LOAD,
    NOT_ALIGNED,
    READY_ONLY,
    TO_TEACHERS,
    TRIAL_YEARS,
    UNIFORM,
    Course,
    Seen,
    course,
)
from diffusion_sim.systems.achievement_network_words import STATEMENTS, say
from diffusion_sim.systems.matched_design import SHARE, Design, check_design, design_of
from diffusion_sim.systems.question import RUNS, Question, Row
from diffusion_sim.systems.results import COST
from diffusion_sim.systems.tables import over_seeds

ID = "achievement_network"
TEXT = "Does the support work, for whom, and what does fitting it to the school buy?"
WHEN = {"trial": "true", "end": "end"}  # after the two years of the trial, at the end of the run; and its quantity
SURVEYED, TRUE = BY = ("surveyed", "true")  # readiness at the start by which schools are grouped
# Group -> quarters of readiness at the start among all schools of the world, 0 = the least ready.
GROUPS = {
    "all": (0, 1, 2, 3),
    "least_ready": (0,),
    "second": (1,),
    "third": (2,),
    "readiest": (3,),
    "less_ready_half": (0, 1),
    "readier_half": (2, 3),
}
# What fitting buys: contrasts of true effects on the same seeds.
CONTRASTS = (
    ("differentiated_40_60", "unfitted_40_60"),
    ("unfitted_40_60", UNIFORM),
    ("differentiated_40_60", UNIFORM),
    ("fitted_by_readiness", UNIFORM),
    (READY_ONLY, UNIFORM),
    (CONDITIONS_FIRST, UNIFORM),
    (DISTRICT_FIRST, UNIFORM),
    (DISTRICT_FIRST, CONDITIONS_FIRST),
)
HALVES = ("all", "less_ready_half", "readier_half")
# Of all supported schools, after the trial.
OVER_ALL = (
    *("estimate", "matching", "spill", "others", "error", "use", "quality", "readiness", "enrolled", "arriving"),
)
EFFECT = ("strategy", "year", "by", "group")
GROUP_SURVEYED = ("schools", "estimate", "true", "error")
GROUP_TRUE = (*GROUP_SURVEYED, "use", "quality", "readiness")


def check(sc: Scenario) -> None:
    """Raise StudyError where there is no trial in the scenario: no matched controls, or too short."""
    check_design(sc)
    if int(sc["programme.years_support"]) < TRIAL_YEARS:
        found = f"found {sc['programme.years_support']}; {TRIAL_YEARS} or more, the years of the trial, are allowed"
        raise StudyError(f"{sc.id}: programme.years_support: {found}")


def run(sc: Scenario, seed: int) -> list[dict[str, Any]]:
    """All arms on one seed; tables ``runs``, ``effects`` (one row an arm, year, kind of readiness and group, at the
    year's end) and ``flows``."""
    start = ReformModel(sc, rng=seed, strategy=NONE)
    schools, ready = start.state.schools, np.array(start.state.readiness_start)
    design = design_of(sc, seed, schools)
    none = course(sc, seed, NONE)
    part = {SURVEYED: parts_by_rank(none.surveyed, 4), TRUE: parts_by_rank(ready, 4)}
    rows: list[dict[str, Any]] = [{"table": RUNS, "strategy": NONE} | ends(none, none, design, schools)]
    for arm in (*ARMS, *BESIDE):
        name, changes = BESIDE.get(arm, (arm, {}))
        found = course(sc.override(changes) if changes else sc, seed, name, design.treated)
        if arm in ARMS:
            rows.append({"table": RUNS, "strategy": arm} | ends(found, none, design, schools))
            posts = float(schools.teaching[design.treated].sum())
            per = {name: (found.flows[name] - none.flows[name]) / posts for name in FLOWS}
            rows.append({"table": "flows", "strategy": arm} | per)
        for year, pair in enumerate(zip(found.years, none.years, strict=True), 1):
            for row in effects(*pair, design, part):
                months = {"months": row["true"] * float(sc["pupils.months_per_sd"])}
                rows.append({"table": "effects", "strategy": arm, "year": year} | row | months)
    return rows


def effects(with_it: Seen, without: Seen, design: Design, part: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a kind of readiness and group: by, group, schools, estimate, true, matching, spill (SD; see
    matched_design), error (standard error that the trial itself would reckon from its pairs), others (spill-over to
    schools outside the trial, the same in all groups), use, quality, readiness (of supported schools, with - without),
    enrolled and arriving (with). A pair is in the group of its supported school. NaN where a group has no school.

    part : kind -> quarter of each school, (S,).
    """
    t, c = design
    values = {
        "estimate": with_it.gain[t] - with_it.gain[c],
        "true": with_it.gain[t] - without.gain[t],
        "matching": without.gain[t] - without.gain[c],
        "spill": with_it.gain[c] - without.gain[c],
        **{name: (getattr(with_it, name) - getattr(without, name))[t] for name in ("use", "quality", "readiness")},
        "enrolled": with_it.enrolled[t],
        "arriving": with_it.arriving[t],
    }
    outside = np.ones(with_it.gain.size, bool)
    outside[np.concatenate([t, c])] = False
    others = float((with_it.gain - without.gain)[outside].mean()) if outside.any() else np.nan
    rows = []
    for by in BY:
        for group, quarters in GROUPS.items():
            inside = np.isin(part[by][t], quarters)
            n = int(inside.sum())
            means = {name: float(v[inside].mean()) if n else np.nan for name, v in values.items()}
            error = float(values["estimate"][inside].std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
            rows.append({"by": by, "group": group, "schools": float(n)} | means | {"error": error, "others": others})
    return rows


def ends(found: Course, none: Course, design: Design, schools: Any) -> dict[str, float]:
    """Outcomes of the supported schools at the end of the run, and cost a pupil of theirs and year of support."""
    t = design.treated
    pupils, poverty = np.asarray(schools.pupils)[t], np.asarray(schools.poverty)[t]
    gain, poorest = found.years[-1].gain[t], poverty >= np.quantile(poverty, 0.75)
    share = float(pupils.sum() / np.asarray(schools.pupils).sum())
    return {
        "pupil_gain_sd": float(np.average(gain, weights=pupils)),
        "poorest_quarter_gain": float(np.average(gain[poorest], weights=pupils[poorest])),
        "use": float(found.years[-1].use[t].mean()),
        "quality": float(found.years[-1].quality[t].mean()),
        "readiness": float(found.years[-1].readiness[t].mean()),
        COST: found.outcomes[COST] / share,
    }


def reckon(rows: Sequence[Row]) -> dict[str, float]:
    """Quantities of one seed. ``<arm>.true.<by>.<group>`` and ``<arm>.end.<by>.<group>`` true effects after the trial
    and at the end of the run, SD; of the uniform arm and its variants ``months`` and ``estimate`` likewise; of all
    supported schools ``<arm>.<what>`` for OVER_ALL; ``<a> - <b>.<when>.<group>`` differences of true effects by true
    readiness; ``gap.<by>``, what the readiest quarter gains more than the least ready;
    ``<arm>.two_full_years.<group>``, what the two years after a year of conditions bring more than the first two of
    uniform support."""
    its = {(r["strategy"], r["year"], r["by"], r["group"]): r for r in rows if r["table"] == "effects"}
    last = max(year for _, year, _, _ in its)
    found: dict[str, float] = {}
    for (arm, year, by, group), row in its.items():
        if year == last:
            found[f"{arm}.end.{by}.{group}"] = row["true"]
        if year == TRIAL_YEARS:
            more = ("months", "estimate", "error") if arm in (UNIFORM, NO_LOAD, TO_TEACHERS) else ()
            found |= {f"{arm}.{what}.{by}.{group}": row[what] for what in ("true", *more)}
        if year == TRIAL_YEARS and by == TRUE and group == "all":
            found |= {f"{arm}.{what}": row[what] for what in OVER_ALL}
    for a, b in CONTRASTS:
        for when, what in WHEN.items():
            for group in HALVES:
                found[f"{a} - {b}.{when}.{group}"] = (
                    found[f"{a}.{what}.true.{group}"] - found[f"{b}.{what}.true.{group}"]
                )
    for group in HALVES:  # two years of full support after a year of conditions, and from the start
        for arm in (CONDITIONS_FIRST, NOT_ALIGNED):
            own = [its.get((arm, y, TRUE, group), {}).get("true", np.nan) for y in (1, TRIAL_YEARS + 1)]
            found[f"{arm}.two_full_years.{group}"] = own[1] - own[0] - found[f"{UNIFORM}.true.true.{group}"]
    return found | _of_the_trial(found) | _of_money(found, rows)


def _of_the_trial(found: Mapping[str, float]) -> dict[str, float]:
    """What the survey hides, and what load and the way through leaders do to the uniform arm's true effect,
    alignment to the district's."""
    gaps = {
        f"gap.{by}": found[f"{UNIFORM}.true.{by}.readiest"] - found[f"{UNIFORM}.true.{by}.least_ready"] for by in BY
    }
    own = found[f"{UNIFORM}.true.true.all"]
    return gaps | {
        "gap.surveyed - true": gaps["gap.surveyed"] - gaps["gap.true"],
        "load": own - found[f"{NO_LOAD}.true.true.all"],
        "alignment": found[f"{DISTRICT_FIRST}.end.true.all"] - found[f"{NOT_ALIGNED}.end.true.all"],
        "through_leaders": own - found[f"{TO_TEACHERS}.true.true.all"],
    }


def _of_money(found: Mapping[str, float], rows: Sequence[Row]) -> dict[str, float]:
    """Cost a pupil and year, and true effect at the end for each 100 dollars of it; NaN where nothing is spent."""
    cost = {r["strategy"]: r[COST] for r in rows if r["table"] == RUNS and r["strategy"] != NONE}
    per = {arm: 100.0 * found[f"{arm}.end.true.all"] / paid if paid > 0.0 else np.nan for arm, paid in cost.items()}
    more = {"ready_schools_only - per dollar": per[READY_ONLY] - per[UNIFORM]}
    return {f"{a}.cost": paid for a, paid in cost.items()} | {f"{a}.per_100_dollars": v for a, v in per.items()} | more


def tables(rows: Sequence[Row]) -> dict[str, pd.DataFrame]:
    """``effects``: one row an arm, year, kind of readiness, group and value, ``flows``: one an arm and flow, each with
    mean and 95 % interval over seeds."""
    return {
        "effects": over_seeds([_kept(r) for r in rows if r["table"] == "effects"], EFFECT),
        "flows": over_seeds([r for r in rows if r["table"] == "flows"], ("strategy",)),
    }


def _kept(row: Row) -> Row:
    """Of a row of effects what its table holds: all of all supported schools, of groups what differs by group."""
    if row["by"] == TRUE and row["group"] == "all":
        return row
    return {name: row[name] for name in (*EFFECT, *(GROUP_TRUE if row["by"] == TRUE else GROUP_SURVEYED))}


QUESTION = Question(
    ID, TEXT, 40, check, run, reckon, STATEMENTS, say, tables,
    ("population.districts", "population.schools", "programme.years_support", "programme.years_after", SHARE,
     "programme.wave_2", "programme.wave_3", "pupils.months_per_sd"),
)  # fmt: skip
