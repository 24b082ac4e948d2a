"""The planner's desk: what a strategy sees, and what it has asked for so far."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from diffusion_sim import rng
from diffusion_sim.errors import StrategyError
from diffusion_sim.programme import Rules
from diffusion_sim.run_state import RunState
from diffusion_sim.staffing import prior_growth
from diffusion_sim.state import WEEKS_PER_QUARTER, WEEKS_PER_YEAR, Floats
from diffusion_sim.strategies.contract import Plan, Staff, View
from diffusion_sim.world import World, frozen


def plan_failed(name: str | None, error: Exception) -> StrategyError:
    """The error of a strategy whose own code failed."""
    return StrategyError(f"strategy '{name}': plan() failed: {type(error).__name__}: {error}")


def keep(state: RunState, plan: Plan) -> None:
    """Note what a plan asks for; what it leaves out (None) stays as asked before."""
    asked, schools = state.asked, state.schools
    for name in ("enrol", "mandate", "priority", "hours", "outreach", "staffing"):
        value = getattr(plan, name)
        if value is not None:
            asked[name] = value
    if plan.places is not None:
        state.places[0] = plan.places
    if plan.invite is not None:
        state.invited[:] = plan.invite
    state.appointed[:] = 0 if plan.appoint is None else plan.appoint  # an act of the quarter, not a wish that lasts
    if plan.mix is not None:
        schools.mix[:] = plan.mix
    if plan.target_condition is not None:
        schools.target_condition[:] = plan.target_condition
    if plan.recipient is not None:
        schools.to_leaders[:] = plan.recipient


def observed_use(world: World, schools: Any, quarter: int, sd: float) -> Floats:
    """Share of users of each school as seen from outside, with error, in [0, 1]."""
    noise = rng.normals(world.seed, schools.key, 0, rng.OBSERVED_USE, quarter)
    return np.clip(schools.users / schools.teaching + sd * noise, 0.0, 1.0)


def make_view(world: World, teachers: Any, schools: Any, network: Any, week: int, settings: dict, rules: Rules) -> View:
    """What a planner sees at the start of the week after ``week``; every array is a read-only copy or constant."""
    quarter = week // WEEKS_PER_QUARTER

    def staff() -> Staff:
        return Staff(
            school=frozen(teachers.school),
            key=frozen(teachers.origin),
            tag=frozen(teachers.tag),
            prior_growth=frozen(prior_growth(world.seed, teachers, rules.growth_reliability)),
            subject_leader=frozen(network.leader),
            leader=frozen(teachers.leader),
        )

    surveyed = frozen(schools["surveyed"])
    return View(
        week=week,
        quarter=quarter,
        year=week // WEEKS_PER_YEAR,
        years_support=int(settings["years_support"]),
        settings=MappingProxyType(dict(settings)),
        teachers=frozen(schools["teaching"].astype(float)),
        staffing=frozen(schools["staffing"]),
        enrolled=frozen(schools["enrolled"]),
        enrolled_week=frozen(schools["enrolled_week"]),
        mandated=frozen((schools["mandate_weeks"] > 0).astype(np.uint8)),
        surveyed=surveyed,
        surveyed_readiness=frozen(surveyed.prod(axis=1) ** 0.25),
        observed_use=frozen(observed_use(world, schools, quarter, rules.observed_use_sd)),
        staff=staff,
        **world.lasting,
    )
