"""The Achievement Network's question: does the support work, for whom, and what does fitting it to the school buy?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from diffusion_sim.errors import StudyError
from diffusion_sim.model import ReformModel
from diffusion_sim.ranks import parts_by_rank
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import INSTRUMENTS
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.parts import make_strategy
from diffusion_sim.systems.achievement_network_words import STATEMENTS, say
from diffusion_sim.systems.matched_design import SHARE, Design, DistrictFirst, ForTreated, check_design, design_of
from diffusion_sim.systems.question import RUNS, Question, Row
from diffusion_sim.systems.results import COST

ID = "achievement_network"
TEXT = "Does the support work, for whom, and what does fitting it to the school buy?"
UNIFORM, READY_ONLY = "uniform_90_10", "ready_schools_only"
CONDITIONS_FIRST, DISTRICT_FIRST = "conditions_first_year", "district_first_year"
# Arms that stand in the scenario's own strategies; the district's is made of the one that builds conditions first.
STATED = (
    UNIFORM, "unfitted_40_60", "differentiated_40_60", "fitted_by_readiness", READY_ONLY, CONDITIONS_FIRST,
)  # fmt: skip
ARMS = (*STATED, DISTRICT_FIRST)
# What is looked at beside, to say why: numbers and options that differ from the uniform arm's.
NO_LOAD, TO_TEACHERS = "uniform_no_load", "uniform_to_teachers"
LOAD = "pupils.load"
BESIDE: dict[str, dict[str, Any]] = {
    NO_LOAD: {LOAD: 0.0},
    TO_TEACHERS: {f"strategies.{UNIFORM}.content.to_leaders": 0.0},
}
NO_TESTS_IN_FIRST_YEAR = (CONDITIONS_FIRST, DISTRICT_FIRST)  # so that the tests' load begins with the second
TRIAL_YEARS = 2
WHEN = ("trial", "end")  # after the two years of the trial, at the end of the run
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
    (DISTRICT_FIRST, CONDITIONS_FIRST),
)
HALVES = ("all", "less_ready_half", "readier_half")
FLOWS = (
    *("trial_asked", "trial_peers", "trial_norm", "trial_outreach", "trial_compliant", "stop_owned", "stop_compliant"),
    *("skill_help", "skill_use", "skill_expertise", "skill_peers", "skill_drift"),
)


class Seen(NamedTuple):
    """How schools stand, (S,): pupils' gain so far, SD; share of teachers who use; mean quality over all teachers;
    readiness; in the programme."""

    gain: Floats
    use: Floats
    quality: Floats
    readiness: Floats
    enrolled: Floats


class Course(NamedTuple):
    """One run: how schools stood after the trial and at the end, flows by the end of the trial, and its outcomes."""

    trial: Seen
    end: Seen
    flows: dict[str, float]
    outcomes: dict[str, float]
    surveyed: Floats


def seen(model: ReformModel) -> Seen:
    """The schools of a model now."""
    s = model.state.schools
    posts = np.maximum(1, s.teaching)
    enrolled = np.array(s.enrolled, float)
    return Seen(np.array(s.gain), s.users / posts, s.quality / posts, np.array(s.readiness), enrolled)


def course(sc: Scenario, seed: int, arm: str, treated: Any = None) -> Course:
    """The run of an arm. treated : rows of supported schools; not needed for ``none``."""
    late = arm in NO_TESTS_IN_FIRST_YEAR
    model = ReformModel(sc.override({LOAD: 0.0}) if late else sc, rng=seed, strategy=NONE)
    if arm != NONE:
        chosen = np.zeros(model.state.schools.size, bool)
        chosen[treated] = True
        model.maker = ForTreated(strategy_of(sc, arm), chosen)
    model.run(until=1)
    surveyed = np.exp(np.log(np.maximum(model.state.schools.surveyed, 1e-9)).mean(axis=1))
    if late:
        model.run(until=WEEKS_PER_YEAR)
        model.intervene({LOAD: float(sc[LOAD])})
    model.run(until=TRIAL_YEARS * WEEKS_PER_YEAR)
    trial, outcomes = seen(model), model.outcomes
    flows = {name: float(outcomes[f"flow_{name}"]) for name in FLOWS}
    model.run()
    return Course(trial, seen(model), flows, model.outcomes, surveyed)


def strategy_of(sc: Scenario, arm: str) -> Any:
    """What supported schools get in an arm."""
    if arm != DISTRICT_FIRST:
        return make_strategy(arm, sc)
    return DistrictFirst(make_strategy(CONDITIONS_FIRST, sc), INSTRUMENTS.index("assessment"))


def check(sc: Scenario) -> None:
    """Raise StudyError where there is no trial in the scenario: no matched controls, or too short."""
    check_design(sc)
    if int(sc["programme.years_support"]) < TRIAL_YEARS:
        found = f"found {sc['programme.years_support']}; {TRIAL_YEARS} or more, the years of the trial, are allowed"
        raise StudyError(f"{sc.id}: programme.years_support: {found}")


def run(sc: Scenario, seed: int) -> list[dict[str, Any]]:
    """All arms on one seed; tables ``runs``, ``effects`` (one row an arm, time, kind of readiness and group) and
    ``flows``."""
    start = ReformModel(sc, rng=seed, strategy=NONE)
    schools, ready = start.state.schools, np.array(start.state.readiness_start)
    design = design_of(sc, seed, schools)
    none = course(sc, seed, NONE)
    part = {SURVEYED: parts_by_rank(none.surveyed, 4), TRUE: parts_by_rank(ready, 4)}
    rows = [{"table": RUNS, "strategy": NONE} | ends(none, none, design, schools)]
    for arm in (*ARMS, *BESIDE):
        own = sc.override(BESIDE[arm]) if arm in BESIDE else sc
        found = course(own, seed, UNIFORM if arm in BESIDE else arm, design.treated)
        if arm in ARMS:
            rows.append({"table": RUNS, "strategy": arm} | ends(found, none, design, schools))
            posts = float(schools.teaching[design.treated].sum())
            per = {name: (found.flows[name] - none.flows[name]) / posts for name in FLOWS}
            rows.append({"table": "flows", "strategy": arm} | per)
        for when in WHEN:
            pair = getattr(found, when), getattr(none, when)
            for row in effects(*pair, design, part):
                months = {"months": row["true"] * float(sc["pupils.months_per_sd"])}
                rows.append({"table": "effects", "strategy": arm, "when": when} | row | months)
    return rows


def effects(with_it: Seen, without: Seen, design: Design, part: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a kind of readiness and group: by, group, schools, estimate, true, matching, spill (SD; see
    matched_design), error (standard error that the trial itself would reckon from its pairs), use, quality, readiness
    and enrolled (of supported schools, with - without). A pair is in the group of its supported school. NaN where a
    group has no school.

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
    }
    rows = []
    for by in BY:
        for group, quarters in GROUPS.items():
            inside = np.isin(part[by][t], quarters)
            n = int(inside.sum())
            means = {name: float(v[inside].mean()) if n else np.nan for name, v in values.items()}
            error = float(values["estimate"][inside].std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
            rows.append({"by": by, "group": group, "schools": float(n)} | means | {"error": error})
    return rows


def ends(found: Course, none: Course, design: Design, schools: Any) -> dict[str, float]:
    """Outcomes of the supported schools at the end of the run, and cost a pupil of theirs and year of support."""
    t = design.treated
    pupils, poverty = np.asarray(schools.pupils)[t], np.asarray(schools.poverty)[t]
    gain, poorest = found.end.gain[t], poverty >= np.quantile(poverty, 0.75)
    share = float(pupils.sum() / np.asarray(schools.pupils).sum())
    return {
        "pupil_gain_sd": float(np.average(gain, weights=pupils)),
        "poorest_quarter_gain": float(np.average(gain[poorest], weights=pupils[poorest])),
        "use": float(found.end.use[t].mean()),
        "quality": float(found.end.quality[t].mean()),
        "readiness": float(found.end.readiness[t].mean()),
        COST: found.outcomes[COST] / share,
    }


def reckon(rows: Sequence[Row]) -> dict[str, float]:
    """Quantities of one seed. ``<arm>.<what>.<by>.<group>`` after the trial, ``<arm>.end.<by>.<group>`` the true effect
    at the end of the run, both SD; ``<a> - <b>.<when>.<group>`` differences of true effects by true readiness;
    ``<arm>.cost``; ``gap.<kind>``, what the readiest quarter gains more than the least ready."""
    its = {(r["strategy"], r["when"], r["by"], r["group"]): r for r in rows if r["table"] == "effects"}
    found = {}
    for (arm, when, by, group), row in its.items():
        if when == "end":
            found[f"{arm}.end.{by}.{group}"] = row["true"]
            continue
        for what in (
            "estimate",
            "true",
            "months",
            "matching",
            "spill",
            "error",
            "use",
            "quality",
            "readiness",
            "enrolled",
        ):
            found[f"{arm}.{what}.{by}.{group}"] = row[what]
    for a, b in CONTRASTS:
        for when in WHEN:
            for group in HALVES:
                own, other = (its[arm, when, TRUE, group]["true"] for arm in (a, b))
                found[f"{a} - {b}.{when}.{group}"] = own - other
    for by in BY:
        found[f"gap.{by}"] = found[f"{UNIFORM}.true.{by}.readiest"] - found[f"{UNIFORM}.true.{by}.least_ready"]
    found["gap.surveyed - true"] = found["gap.surveyed"] - found["gap.true"]
    found["load"] = found[f"{UNIFORM}.true.true.all"] - found[f"{NO_LOAD}.true.true.all"]
    found["through_leaders"] = found[f"{UNIFORM}.true.true.all"] - found[f"{TO_TEACHERS}.true.true.all"]
    found |= {f"{r['strategy']}.cost": r[COST] for r in rows if r["table"] == RUNS}
    for arm in ARMS:
        cost = found[f"{arm}.cost"]
        found[f"{arm}.per_100_dollars"] = 100.0 * found[f"{arm}.end.true.all"] / cost if cost > 0.0 else np.nan
    found[f"{READY_ONLY} - per dollar"] = found[f"{READY_ONLY}.per_100_dollars"] - found[f"{UNIFORM}.per_100_dollars"]
    return found


def tables(rows: Sequence[Row]) -> dict[str, pd.DataFrame]:
    """``effects`` and ``flows``, one row a seed each."""
    names = ("effects", "flows")
    return {
        name: pd.DataFrame([{k: v for k, v in row.items() if k != "table"} for row in rows if row["table"] == name])
        for name in names
    }


QUESTION = Question(
    ID, TEXT, 40, check, run, reckon, STATEMENTS, say, tables,
    ("population.districts", "population.schools", "programme.years_support", "programme.years_after", SHARE,
     "programme.wave_2", "programme.wave_3", "pupils.months_per_sd"),
)  # fmt: skip
