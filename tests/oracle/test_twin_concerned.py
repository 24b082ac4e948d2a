"""The fast model against its slow twin where the practice is for some grade bands only: who is concerned, what stands
still, what counts, and the same under teams, coaches, stages, cycles and events."""

from __future__ import annotations

import random

import pytest

from diffusion_sim.model import ReformModel

from .test_twin import SEED, SUPPORT_2_AFTER_1, agree
from .test_twin_accountability import part
from .test_twin_cycles import rule
from .test_twin_kept import RESTLESS, eventful, words_of
from .test_twin_staged import KEEN, QUICK
from .test_twin_teams import staffing
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

BANDS = {"practice.for": "bands"}
COMING_AND_GOING = {"turnover.exit": 0.35, "turnover.stay_in_district": 0.7, "network.grade_change": 0.4}
USUAL = (0.8, 0.1, 0.1, 0.0)
TRAINS = (0.4, 0.1, 0.1, 0.4)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """150 teachers in 12 schools of two posts and more, five districts, three school years."""
    return make_case(tmp_path_factory.mktemp("bands"), school_rows(12, 150), SUPPORT_2_AFTER_1)


# A strategy or its parts, shares of hours, numbers, and what must have happened in the twin for it to say anything.
CASES = {
    "volunteers": ("volunteer_uniform", None, {}, lambda t: t.turns["users_stand_still"] > 1),
    "told": (
        "directed_uniform",
        None,
        COMING_AND_GOING | {"initial_use.share": 0.4},
        lambda t: t.turns["users_go_on"] > 0 and t.turns["users_stand_still"] > 5,
    ),
    "a_band_or_two": (
        "directed_uniform",
        None,
        COMING_AND_GOING | {"practice.bands": 0.05},
        lambda t: t.turns["nobody_concerned"] > 0,
    ),
    "teams": (
        "volunteer+uniform+mixed+at_once+multi_classroom_leader",
        USUAL,
        COMING_AND_GOING | {"staffing.team_size": 3, "enrolment.n0": 5, "practice.bands": 0.6},
        lambda t: t.ledger["supplements"] > 0 and t.turns["concerned_no_more"] > 10,
    ),
    "coaches": (
        "directed+uniform+mixed+at_once+coach",
        TRAINS,
        COMING_AND_GOING
        | {"staffing.coach_ratio": 3, "money.mean_pay": 500, "practice.bands": 0.7, "money.own_budget": 0.3},
        lambda t: t.turns["coach after with hours"] > 0 and t.turns["concerned_no_more"] > 10,
    ),
    "stages": (
        "staged",
        None,
        COMING_AND_GOING | KEEN | QUICK | {"programme.years_support": 4, "practice.bands": 0.6},
        lambda t: t.turns["places_filled_later"] > 5,
    ),
    "a_circle": (
        "team_outward+uniform+mixed+waves+traditional",
        USUAL,
        COMING_AND_GOING | {"enrolment.n0": 5, "money.unspent": "returned"},
        lambda t: t.flows["trial_invited"] > 0 and t.unspent > 0,
    ),
    "out_of_one_pot": (
        "volunteer+need_weighted+mixed+at_once+traditional",
        TRAINS,
        {"money.pool": "world", "structure.exposure": "threshold", "trial.threshold": 1, "money.own_budget": 0.3},
        lambda t: t.ledger["capacity"] > 0 and t.flows["trial_peers"] > 0,
    ),
}


OFTEN = [name if name in ("told", "stages") else pytest.param(name, marks=pytest.mark.slow) for name in CASES]


@pytest.mark.parametrize("name", OFTEN)
def test_same_users_where_the_practice_is_for_some(case, name):
    parts, mix, overrides, happened = CASES[name]
    words = words_of(parts, mix) if mix else {}
    model, twin = agree(case, parts, overrides=words | BANDS | overrides, mix=mix)
    assert model.week >= 108 and happened(twin), dict(twin.turns)


def drawn(seed):
    rng = random.Random(f"bands {seed}")
    numbers = {path: value for path, value in drawn_numbers(seed)[0].items() if not path.startswith("strategy.")}
    words = (
        rng.choice(("volunteer", "directed", "improvement_team", "team_outward", "equity_first")),
        rng.choice(("uniform", "readiness_gap", "need_weighted")),
        "mixed",
        rng.choice(("waves", "at_once", "gated_asked")),
        rng.choice(("traditional", "coach", "multi_classroom_leader", "multi_classroom_leader_first")),
    )
    numbers |= RESTLESS | BANDS | {
        "practice.bands": rng.choice((0.05, 0.3, 0.5, 0.8)),
        "network.grade_change": rng.choice((0.1, 0.5)),
        "turnover.exit": rng.choice((0.1, 0.4)),
        "initial_use.share": rng.choice((0.05, 0.5)),
        "money.budget_per_teacher": rng.choice((800, 3000, 9000)),
        "money.own_budget": rng.choice((0, 0.1, 0.5)),
        "money.mean_pay": 10 ** rng.uniform(2, 4.5),
        "staffing.team_size": rng.choice((3, 4, 6)),
        "staffing.coach_ratio": rng.choice((3, 5, 10)),
        "programme.years_support": 2,
        "programme.years_after": 1,
        "enrolment.n0": 3,
    }
    if words[4] == "multi_classroom_leader":
        numbers |= staffing(share=rng.choice((0.4, 0.7, 1)), schools=rng.choice((0.5, 1)), by="poverty")
    if rng.random() < 0.6:
        kind = rng.choice(("align", "relief", "autonomy", "vision"))
        numbers |= part(kind, **({"instrument": "evaluation"} if kind == "align" else {}))
    a, b, c = sorted(rng.random() for _ in range(3))
    testing = rng.choice((None, rule("local", "own", "groups", 0.8), rule("menu", "common", "pairs", 0.8)))
    return words, numbers, (a, b - a, c - b, 1 - c), testing


def agree_with_drawn_numbers(folder, seed):
    words, numbers, mix, testing = drawn(seed)
    rows = network_columns(school_rows(12, 120, seed))
    rows = survey_columns(rows) if seed % 3 == 0 else rows
    events = drawn_events(seed, rows, 108, 72, numbers["money.pool"]) if seed % 2 else ()
    parts = "+".join(words)
    overrides = words_of(parts, mix) | numbers
    return agree(eventful(folder, rows, events, 2, 1), parts, seed=seed, overrides=overrides, mix=mix, testing=testing)


@pytest.mark.parametrize("seed", (1,))
def test_same_users_with_numbers_drawn(tmp_path, seed):
    agree_with_drawn_numbers(tmp_path, seed)


def test_schools_in_which_nobody_is_concerned_are_outside(tmp_path):
    """In a school of two both may teach several grades."""
    rows = [row | {"teachers": 2} if i % 2 else row for i, row in enumerate(school_rows(16, 100))]
    case = make_case(tmp_path, rows, SUPPORT_2_AFTER_1)
    twin = agree(case, "directed_uniform", seed=3, overrides=BANDS | COMING_AND_GOING)[1]
    outside = [s for s in twin.schools if s.posts0 == 0]
    assert outside and not any(s.programme for s in outside) and twin.turns["nobody_concerned"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 50))
def test_same_users_with_numbers_drawn_often(tmp_path, seed):
    agree_with_drawn_numbers(tmp_path, seed)


def test_other_bands_are_seen(case):
    """The twin for which the practice is for one band more, or for all, does not agree."""
    model = ReformModel(case, rng=SEED, strategy="volunteer_uniform", overrides=BANDS)
    assert run_both(model, twin_of(model, "volunteer_uniform"), 3) == []
    for other in ({"practice.bands": 0.6}, {"practice.for": "all"}):
        further = ReformModel(case, rng=SEED, strategy="volunteer_uniform", overrides=BANDS | other)
        assert run_both(model, twin_of(further, "volunteer_uniform"), 3) != []
