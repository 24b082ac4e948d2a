"""Numbers of a programme's year, gathered from a scenario."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.dynamics import money
from diffusion_sim.dynamics import params as groups
from diffusion_sim.dynamics.coaches import CoachParams
from diffusion_sim.dynamics.cycles import CycleParams
from diffusion_sim.dynamics.enrolment import EnrolmentParams
from diffusion_sim.dynamics.trial import TrialParams
from diffusion_sim.programme import staffing
from diffusion_sim.scenario import Scenario
from diffusion_sim.school_year import WEEKS_PER_YEAR


class Rules(NamedTuple):
    """Numbers of a programme's year."""

    enrolment: EnrolmentParams
    coaches: CoachParams
    money: money.MoneyParams
    cycles: CycleParams
    trial: TrialParams
    broken_loss: float
    survey_sd: float
    observed_use_sd: float
    growth_reliability: float
    gate_sd: float
    willing_sd: float
    mandate_weeks: int
    staff: staffing.StaffRules


def make_rules(sc: Scenario) -> Rules:
    """The numbers of a programme's year from a scenario."""
    get = sc.__getitem__
    return Rules(
        groups.section(get, "enrolment"),
        groups.section(get, "coaches"),
        groups.money(get),
        groups.cycles(get),
        groups.section(get, "trial"),
        float(get("trust.broken_mandate")),
        float(get("planner.survey_sd")),
        float(get("planner.observed_use_sd")),
        float(get("planner.growth_reliability")),
        float(get("planner.gate_sd")),
        float(get("planner.willing_sd")),
        WEEKS_PER_YEAR * int(get("programme.mandate_years")),
        staffing.make_rules(sc),
    )
