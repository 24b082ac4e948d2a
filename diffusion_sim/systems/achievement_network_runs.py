"""Arms of the Achievement Network's trial and their runs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import INSTRUMENTS
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.parts import make_strategy
from diffusion_sim.systems.matched_design import DistrictFirst, ForTreated

UNIFORM, READY_ONLY = "uniform_90_10", "ready_schools_only"
CONDITIONS_FIRST, DISTRICT_FIRST = "conditions_first_year", "district_first_year"
# Arms that stand in the scenario's own strategies; the district's is made of the one that builds conditions first.
STATED = (
    UNIFORM, "unfitted_40_60", "differentiated_40_60", "fitted_by_readiness", READY_ONLY, CONDITIONS_FIRST,
)  # fmt: skip
ARMS = (*STATED, DISTRICT_FIRST)
# What is looked at beside, to say why: the arm, and numbers and options that differ from it.
NO_LOAD, TO_TEACHERS, NOT_ALIGNED = "uniform_no_load", "uniform_to_teachers", "district_without_alignment"
LOAD = "pupils.load"
BESIDE: dict[str, tuple[str, dict[str, Any]]] = {
    NO_LOAD: (UNIFORM, {LOAD: 0.0}),
    TO_TEACHERS: (UNIFORM, {f"strategies.{UNIFORM}.content.to_leaders": 0.0}),
    NOT_ALIGNED: (NOT_ALIGNED, {}),
}
NO_TESTS_IN_FIRST_YEAR = (CONDITIONS_FIRST, DISTRICT_FIRST, NOT_ALIGNED)  # the tests' load begins with the second
TRIAL_YEARS = 2
LEADERSHIP_TEAM = 2  # of the four conditions
FLOWS = (
    *("trial_asked", "trial_peers", "trial_norm", "trial_outreach", "trial_compliant", "stop_owned", "stop_compliant"),
    *("skill_help", "skill_use", "skill_expertise", "skill_peers", "skill_drift"),
)


class Seen(NamedTuple):
    """How schools stand, (S,): pupils' gain so far, SD; share of teachers who use; mean quality over all teachers;
    readiness; in the programme; hours a teacher and year of practice and expertise that arrive."""

    gain: Floats
    use: Floats
    quality: Floats
    readiness: Floats
    enrolled: Floats
    arriving: Floats


class Course(NamedTuple):
    """One run: how schools stood at the end of each year, flows by the end of the trial, outcomes at the end, and
    readiness as surveyed at the start, (S,)."""

    years: list[Seen]
    flows: dict[str, float]
    outcomes: dict[str, float]
    surveyed: Floats


def seen(model: ReformModel) -> Seen:
    """The schools of a model now."""
    s = model.state.schools
    posts = np.maximum(1, s.teaching)
    way = 1.0 - s.to_leaders + s.to_leaders * s.conditions[:, LEADERSHIP_TEAM] * s.principal
    arriving = s.hours * s.supported * way * (s.mix[:, 0] + s.mix[:, 1])
    return Seen(
        np.array(s.gain),
        s.users / posts,
        s.quality / posts,
        np.array(s.readiness),
        np.array(s.enrolled, float),
        arriving,
    )


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
    years: list[Seen] = []
    flows: dict[str, float] = {}
    for year in range(1, model.weeks // WEEKS_PER_YEAR + 1):
        model.run(until=year * WEEKS_PER_YEAR)
        years.append(seen(model))
        if year == 1 and late:
            model.intervene({LOAD: float(sc[LOAD])})
        if year == TRIAL_YEARS:
            flows = {name: float(model.outcomes[f"flow_{name}"]) for name in FLOWS}
    return Course(years, flows, model.outcomes, surveyed)


def strategy_of(sc: Scenario, arm: str) -> Any:
    """What supported schools get in an arm."""
    if arm == NOT_ALIGNED:
        return DistrictFirst(make_strategy(CONDITIONS_FIRST, sc))
    if arm == DISTRICT_FIRST:
        return DistrictFirst(make_strategy(CONDITIONS_FIRST, sc), INSTRUMENTS.index("assessment"))
    return make_strategy(arm, sc)
