"""The fast model against its slow twin where the practice becomes part of the school: embedding, induction, standing
support, schools that leave of themselves at a price and come back after support."""

from __future__ import annotations

import random

import numpy as np
import pytest

from diffusion_sim.model import ReformModel
from diffusion_sim.scenario.words import CONTENT

from .test_twin import SEED, agree
from .test_twin_staffing import CHEAP, PARTS
from .twin import differences, drawn_events, drawn_numbers, make_case, run_both, school_rows, twin_of

VOLUNTEERS = "volunteer+uniform+mixed+at_once+traditional"
MANDATED = "directed+uniform+mixed+at_once+traditional"
LEADERS = "volunteer+uniform+mixed+at_once+multi_classroom_leader"
COACHES = "volunteer+uniform+mixed+at_once+coach"
INVITED = "team_outward+uniform+mixed+waves+traditional"
TRAINS = (0.4, 0.1, 0.1, 0.4)
USUAL = (0.8, 0.1, 0.1, 0.0)
# Schools that come and go, coaches who are trained, money after support, and a practice that many use from the start.
RESTLESS = {
    "programme.years_support": 2,
    "programme.years_after": 5,
    "money.budget_per_teacher": 9000,
    "money.own_budget": 0.2,
    "coaches.train_hours": 30,
    "enrolment.n0": 1.5,
    "enrolment.e0": 0.4,
    "initial_use.share": 0.3,
}
AT_HOME = {"initial_use.share": 0.8, "initial_use.icc": 0.3, "embedding.rate": 2}


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """130 teachers in 12 schools of two posts and more, five districts."""
    return make_case(tmp_path_factory.mktemp("kept"), school_rows(12, 130))


def words_of(parts, mix):
    words = {f"strategy.{part}.kind": kind for part, kind in zip(PARTS, parts.split("+"), strict=True)}
    return words | {f"strategy.content.{name}": share for name, share in zip(CONTENT, mix, strict=True)}


def both(case, parts, overrides, mix, seed=SEED):
    return agree(case, parts, seed=seed, overrides=words_of(parts, mix) | RESTLESS | overrides, mix=mix)


# parts, numbers, shares of hours, and what must have happened in the twin for the comparison to say anything
CASES = {
    "leave_and_come_back": (
        VOLUNTEERS,
        {"enrolment.e_embedded": 2, "enrolment.e_standing": 2},
        TRAINS,
        lambda t: t["left_in_support"] > 0 and t["left_after"] > 3 and t["came_back"] > 3 and t["left_again"] > 1,
    ),
    "leave_again_before_the_other_initiative_is_over": (
        VOLUNTEERS,
        {"enrolment.e0": 4, "enrolment.n0": 9, "schools.initiative_years": 4, "readiness.focus_crowding": 0.4},
        TRAINS,
        lambda t: t["replaced_anew"] > 3 and t["replaced_while_back"] > 5,
    ),
    "other_initiatives_run_out": (
        VOLUNTEERS,
        {"schools.initiative_years": 0.6, "enrolment.e0": 2, "readiness.focus_crowding": 0.4},
        TRAINS,
        lambda t: t["given_up_replacement"] > 5,
    ),
    "initiatives_of_a_quarter": (
        VOLUNTEERS,
        {"schools.initiative_years": 0.25, "enrolment.e0": 2, "enrolment.n0": 6},
        TRAINS,
        lambda t: t["given_up_replacement"] > 5,
    ),
    "leaving_has_its_price": (
        VOLUNTEERS,
        {"stop.leave_stop": 12, "enrolment.e0": 2},
        TRAINS,
        lambda t: t["users_of_leavers"] > 300,
    ),
    "nobody_to_come_back_to": (
        VOLUNTEERS,
        {"enrolment.e0": 2, "enrolment.n0": 9},
        USUAL,
        lambda t: t["left_after"] > 3 and t["came_back"] == 0,
    ),
    "hardly_a_coach_in_post": (  # K falls below a half while some are out
        VOLUNTEERS,
        {"enrolment.e0": 3, "enrolment.n0": 0.8, "turnover.exit": 0.3, "coaches.train_hours": 200},
        TRAINS,
        lambda t: t["left_after"] > 3 and t["came_back"] > 0,
    ),
    "pot_of_the_world": (
        VOLUNTEERS,
        {"money.pool": "world", "structure.provider": "world", "enrolment.e0": 1},
        TRAINS,
        lambda t: t["came_back"] > 3,
    ),
    "mandates_hold_schools": (
        MANDATED,
        {"programme.mandate_years": 4, "enrolment.e0": 3, "money.own_budget": 0.5, "leaders.superintendent_exit": 0.3},
        TRAINS,
        lambda t: t["left_after"] > 0 and t["came_back"] > 0,
    ),
    "mandates_dropped_where_nothing_is_embedded": (
        MANDATED,
        AT_HOME | {"leaders.superintendent_exit": 0.6, "leaders.mandate_drop": 0.9, "programme.mandate_years": 5,
                   "programme.years_support": 4, "programme.years_after": 2, "enrolment.e0": 0.2},
        USUAL,
        lambda t: t["dropped"] > 0 and t["not_dropped"] > 0,
    ),
    "standing_support_of_team_leaders": (
        LEADERS,
        {"embedding.standing": 1, "enrolment.e_standing": 3, "enrolment.e0": 2, "embedding.rate": 2},
        USUAL,
        lambda t: t["multi_classroom_leader in support with hours"] > 5 and t["multi_classroom_leader after"] > 5,
    ),
    "team_leaders_and_own_coaching": (
        LEADERS,
        {"embedding.standing": 1, "enrolment.e_standing": 1, "staffing.leader_hours": 5, "enrolment.e0": 1},
        TRAINS,
        lambda t: t["multi_classroom_leader after with hours"] > 5 and t["standing in part"] > 5,
    ),
    "standing_support_of_own_coaches": (
        COACHES,
        CHEAP | {"embedding.standing": 1, "enrolment.e_standing": 2, "staffing.coach_hours": 20, "enrolment.e0": 1},
        USUAL,
        lambda t: t["coach in support with hours"] > 5 and t["coach after"] > 5 and t["standing in part"] > 5,
    ),
    "own_coaches_who_are_not_paid": (
        COACHES,
        CHEAP | {"money.own_budget": 0.01, "embedding.standing": 1, "enrolment.e_standing": 2},
        TRAINS,
        lambda t: t["coach in support with hours"] > 5 and t["traditional after with hours"] > 5,
    ),
    "standing_support_of_coaches_trained": (
        VOLUNTEERS,
        {"staffing.coach_hours": 60, "embedding.standing": 1, "enrolment.e_standing": 3, "enrolment.e0": 2},
        TRAINS,
        lambda t: t["traditional after with hours"] > 5 and t["standing in part"] > 5,
    ),
    "nothing_is_embedded": (
        VOLUNTEERS,
        {"structure.embedding": "off", "trial.p_ind": 50},
        TRAINS,
        lambda t: t["found_by_hires"] + t["found_by_movers"] == 0 and t["left_after"] > 0,
    ),
    "many_principals_leave": (
        VOLUNTEERS,
        AT_HOME | {"leaders.principal_exit": 0.6, "leaders.focus_kept": 0.5, "leaders.team_kept": 0.4,
                   "trust.principal_leaves": 0.1},
        USUAL,
        lambda t: t["found_by_hires"] > 10,
    ),
    "conditions_drift": (
        "volunteer+uniform+mixed+at_once+traditional",
        AT_HOME | {"readiness.drift": 3, "readiness.build": 5, "readiness.h_school": 20},
        (0.1, 0.0, 0.9, 0.0),
        lambda t: True,
    ),
    "all_use_it": (
        VOLUNTEERS,
        {"initial_use.share": 1, "embedding.rate": 10, "embedding.standing": 1},
        TRAINS,
        lambda t: t["found_by_hires"] > 5 and t["found_by_movers"] >= 0,
    ),
    "many_move": (
        VOLUNTEERS,
        AT_HOME | {"turnover.exit": 0.4, "turnover.stay_in_district": 0.9, "aware.a_0": 0, "trial.p": 0.01,
                   "aware.a_hours": 0, "aware.a_out": 0, "aware.a_peer": 0, "teachers.experienced_ratio": 0},
        USUAL,
        lambda t: t["found_by_hires"] > 20 and t["found_by_movers"] > 1,
    ),
    "induction": (
        VOLUNTEERS,
        AT_HOME | {"trial.p_ind": 30, "turnover.exit": 0.4, "trial.p": 0.01, "trial.q": 0.01},
        TRAINS,
        lambda t: True,  # below: it is a cause
    ),
    "induction_and_invitations": (
        INVITED,
        AT_HOME | {"trial.p_ind": 3, "trial.uninvited": 0.3, "turnover.exit": 0.5, "trial.p_inv": 0.5,
                   "aware.a_0": 1, "programme.years_support": 3, "programme.wave_1": 1},
        USUAL,
        lambda t: t["inducted_and_invited"] > 20,
    ),
    "induction_in_teams_that_end": (
        LEADERS,
        AT_HOME | {"trial.p_ind": 20, "enrolment.e0": 3, "turnover.exit": 0.3, "enrolment.n0": 5},
        TRAINS,
        lambda t: t["left_after"] > 2,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_same_schools_and_users(case, name):
    parts, overrides, mix, happened = CASES[name]
    _, twin = both(case, parts, overrides, mix)
    assert happened(twin.turns), twin.turns
    assert ("induction" not in name) or twin.flows["trial_induction"] > 3
