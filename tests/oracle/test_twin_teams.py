"""The fast model against its slow twin where team leaders are prepared and expect their members to try, where they do
neither, and where teams are for a part of a school or in chosen schools."""

from __future__ import annotations

import random

import pytest

from diffusion_sim.model import ReformModel

from .teams import TEAM_WORDS
from .test_twin import SEED, SUPPORT_2_AFTER_1, agree
from .test_twin_kept import RESTLESS, eventful, words_of
from .twin import (
    drawn_events,
    drawn_numbers,
    make_case,
    network_columns,
    run_both,
    school_rows,
    survey_columns,
    twin_of,
)

VOLUNTEERS = "volunteer+uniform+mixed+at_once+multi_classroom_leader"
TOLD = "directed+uniform+mixed+at_once+multi_classroom_leader"
INVITED = "team_outward+uniform+mixed+waves+multi_classroom_leader"
USUAL = (0.8, 0.1, 0.1, 0.0)
TRAINS = (0.4, 0.1, 0.1, 0.4)
SMALL = {"staffing.team_size": 4, "enrolment.n0": 5}
MANY_COME = {"turnover.exit": 0.35, "turnover.stay_in_district": 0.7, "embedding.rate": 2, "trial.p_ind": 8}


def staffing(**options):
    return {f"strategy.staffing.{name}": said for name, said in options.items()}


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """150 teachers in 12 schools of two posts and more, five districts, three school years."""
    return make_case(tmp_path_factory.mktemp("teams"), school_rows(12, 150), SUPPORT_2_AFTER_1)


# A strategy or its parts, shares of hours, numbers, and what must have happened in the twin for it to say anything.
CASES = {
    "the_strategy": (
        "multi_classroom_leader",
        None,
        {},
        lambda t: t.turns["prepared"] > 5 and t.flows["trial_team"] > 5 and t.turns["aware_by_team"] > 5,
    ),
    "the_first_edition_s": (
        "multi_classroom_leader_first",
        None,
        {},
        lambda t: t.ledger["supplements"] > 0 and t.flows["trial_team"] == 0 and t.turns["prepared"] == 0,
    ),
    "many_come": (
        VOLUNTEERS,
        USUAL,
        SMALL | MANY_COME | {"initial_use.share": 0.6},
        lambda t: t.turns["led_and_inducted"] > 5 and t.turns["prepared"] > 15,
    ),
    "invited_besides": (
        INVITED,
        USUAL,
        SMALL | MANY_COME,
        lambda t: t.turns["led_and_invited"] > 5 and t.flows["trial_team"] > 3,
    ),
    "told": (TOLD, USUAL, SMALL | {"programme.years_after": 2}, lambda t: t.turns["prepared_after"] > 0),
    "not_all_can_be_prepared": (
        TOLD,
        USUAL,
        SMALL | {"money.budget_per_teacher": 3400, "staffing.prep_hours": 80},
        lambda t: t.turns["not_prepared"] > 3 and t.turns["prepared"] > 0,
    ),
    "nobody_is_prepared_and_nobody_expects": (
        VOLUNTEERS,
        USUAL,
        SMALL | {"staffing.prep_hours": 0, "trial.p_team": 0},
        lambda t: t.turns["prepared"] > 3 and t.flows["trial_team"] == 0,
    ),
    "half_of_a_school": (
        VOLUNTEERS,
        USUAL,
        SMALL | MANY_COME | staffing(share=0.5),
        lambda t: t.turns["outside_teams"] > 50 and t.flows["trial_team"] > 3,
    ),
    "a_third_and_no_more_than_a_third_of_schools": (
        TOLD,
        TRAINS,
        SMALL | staffing(share=0.34, schools=0.4, by="poverty"),
        lambda t: t.turns["no_structure_more"] > 0 and t.turns["outside_teams"] > 20,
    ),
    "in_schools_that_are_ready": (
        VOLUNTEERS,
        USUAL,
        SMALL | staffing(schools=0.5, by="readiness") | {"money.pool": "world"},
        lambda t: t.turns["no_structure_more"] > 0,
    ),
    "in_schools_by_lot": (
        TOLD,
        USUAL,
        SMALL | staffing(schools=0.5, by="lottery", share=0.7) | {"money.pool": "world"},
        lambda t: t.turns["no_structure_more"] > 0,
    ),
    "pots_that_teams_empty": (
        VOLUNTEERS,
        USUAL,
        SMALL | {"money.supplement": 1, "staffing.trade": "half", "money.budget_per_teacher": 2500},
        lambda t: t.ledger["supplements"] > 0,
    ),
}


QUICK = ("the_strategy", "the_first_edition_s", "invited_besides", "a_third_and_no_more_than_a_third_of_schools")
OFTEN = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in CASES]


@pytest.mark.parametrize("name", OFTEN)
def test_same_users_where_leaders_expect(case, name):
    parts, mix, overrides, happened = CASES[name]
    words = words_of(parts, mix) if mix else {}
    model, twin = agree(case, parts, overrides=words | overrides, mix=mix)
    assert model.week >= 108 and happened(twin), (dict(twin.turns), twin.flows, twin.ledger)


@pytest.mark.slow
def test_same_users_where_support_is_suspended(tmp_path):
    """Whole quarters and parts of them, lost time, and support that is withdrawn for good in one district."""
    events = (
        {"kind": "suspended_support", "week": 5, "weeks": 20},
        {"kind": "lost_time", "week": 30, "weeks": 20, "share": 0.6},
        {"kind": "suspended_support", "week": 40, "weeks": 10, "districts": ["east"]},
        {"kind": "suspended_support", "week": 50, "districts": ["west"]},
    )
    case = make_case(tmp_path, school_rows(12, 150), SUPPORT_2_AFTER_1, events)
    _, twin = agree(case, VOLUNTEERS, overrides=words_of(VOLUNTEERS, USUAL) | SMALL | MANY_COME, mix=USUAL)
    assert twin.happened["withdrawn"] > 0 and twin.turns["weeks_of_preparation"] > 10


def drawn(seed):
    rng = random.Random(f"teams {seed}")
    numbers = {path: value for path, value in drawn_numbers(seed)[0].items() if not path.startswith("strategy.")}
    words = (
        rng.choice(("volunteer", "directed", "improvement_team", "team_outward", "equity_first")),
        rng.choice(("uniform", "readiness_gap", "need_weighted")),
        "mixed",
        rng.choice(("waves", "at_once", "gated_asked")),
        rng.choice((*TEAM_WORDS, TEAM_WORDS[0], "coach")),
    )
    chosen = {"schools": rng.choice((0.3, 0.5, 1)), "by": rng.choice(("readiness", "poverty", "lottery"))}
    chosen["share"] = rng.choice((0.25, 0.5, 0.8, 1))
    numbers |= RESTLESS | (staffing(**chosen) if words[4] == TEAM_WORDS[0] else {}) | {
        "staffing.prep_hours": rng.choice((0, 5, 40, 400)),
        "trial.p_team": rng.choice((0, 0.8, 3)),
        "staffing.team_size": rng.choice((3, 4, 5, 8)),
        "staffing.coach_ratio": rng.choice((3, 5, 10)),
        "staffing.trade": rng.choice(("pays", "half")),
        "money.mean_pay": 10 ** rng.uniform(2, 5),
        "money.supplement": rng.choice((0.1, 0.2, 0.5, 1)),
        "money.price_transition": 10 ** rng.uniform(0, 4),
        "money.budget_per_teacher": rng.choice((200, 1000, 3400, 9000)),
        "money.own_budget": rng.choice((0, 0.05, 0.3, 1)),
        "turnover.exit": rng.choice((0.1, 0.4)),
        "strategy.tempo.after_support": rng.choice((0, 1)),
        "programme.years_support": rng.choice((1, 2)),
        "programme.years_after": 1,
        "enrolment.n0": 3,
    }
    a, b, c = sorted(rng.random() for _ in range(3))
    return words, numbers, (a, b - a, c - b, 1 - c)


def agree_with_drawn_numbers(folder, seed):
    words, numbers, mix = drawn(seed)
    support = numbers["programme.years_support"]
    rows = network_columns(school_rows(12, 120, seed))
    rows = survey_columns(rows) if seed % 3 == 0 else rows
    events = drawn_events(seed, rows, 36 * (support + 1), 36 * support, numbers["money.pool"]) if seed % 2 else ()
    events = tuple(e for e in events if e["kind"] != "new_mandate" or e["week"] < 36 * support - 9)
    parts = "+".join(words)
    overrides = words_of(parts, mix) | numbers
    return agree(eventful(folder, rows, events, support, 1), parts, seed=seed, overrides=overrides, mix=mix)


@pytest.mark.parametrize("seed", (27,))
def test_same_users_with_numbers_drawn(tmp_path, seed):
    agree_with_drawn_numbers(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", (*range(1, 27), *range(28, 60)))
def test_same_users_with_numbers_drawn_often(tmp_path, seed):
    agree_with_drawn_numbers(tmp_path, seed)


@pytest.mark.parametrize("rule", ("staffing.prep_hours", "trial.p_team"))
def test_another_rule_is_seen(case, rule):
    """The twin with one number off does not agree: the comparison can fail."""
    model = ReformModel(case, rng=SEED, overrides=words_of(VOLUNTEERS, USUAL) | SMALL)
    twin = twin_of(model, VOLUNTEERS, USUAL)
    twin.n[rule] *= 0.7
    assert run_both(model, twin, 40) != []


def test_teams_for_all_are_seen(case):
    """The twin that has teams for whole schools does not agree."""
    overrides = words_of(VOLUNTEERS, USUAL) | SMALL | staffing(share=0.5)
    model = ReformModel(case, rng=SEED, overrides=overrides)
    twin = twin_of(model, VOLUNTEERS, USUAL)
    twin.staffing_part = {}
    assert run_both(model, twin, 3) != []
