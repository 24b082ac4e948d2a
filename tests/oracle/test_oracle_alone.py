"""The slow twin by itself: known answers, bookkeeping and rules that can be checked by hand."""

import math
import random
from pathlib import Path

import pytest
import yaml

from .oracle import (
    AWARE,
    UNAWARE,
    BetaScore,
    Draws,
    Oracle,
    entity_key,
    philox,
    poisson,
    unit,
)

DEFAULTS = Path(__file__).parents[2] / "diffusion_sim" / "scenario" / "defaults.yaml"
STRATEGIES = (
    *("none", "volunteer_uniform", "directed_uniform", "volunteer_differentiated", "directed_differentiated"),
    *("equity_first", "lottery", "ready_only"),
    *("volunteer_responsive", "directed_responsive", "directed_need_weighted"),
)


def defaults(**changes):
    sections = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    numbers = {f"{s}.{k}": entry["value"] for s, keys in sections.items() for k, entry in keys.items()}
    for name, value in changes.items():
        dotted = name.replace("__", ".")
        assert dotted in numbers
        numbers[dotted] = value
    return numbers


def world(schools=12, districts=3, posts=10, seed=1):
    """A made-up world: (rows, ties)."""
    rng = random.Random(seed)
    rows = [
        {
            "district_id": f"d{i % districts}",
            "school_id": f"s{i:02d}",
            "teachers": posts,
            "pupils": posts * 15,
            "poverty": rng.random(),
            "achievement": rng.gauss(0, 1),
            "programme": 0 if i == 4 else 1,
            "level": "primary",
            "locale": "city",
        }
        for i in range(schools)
    ]
    places = [(r["district_id"], r["school_id"], p) for r in rows for p in range(posts)]

    def ties(year):
        tie_rng = random.Random(seed * 1000 + year)
        result = {}
        for place in places:
            near = [other for other in places if other[:2] == place[:2] and other != place]
            result[place] = tie_rng.sample(near, 4) + [tie_rng.choice(places)]
        return result

    return rows, ties


def run(strategy, weeks, seed=7, rows_ties=None, **changes):
    rows, ties = rows_ties or world()
    oracle = Oracle(numbers=defaults(**changes), schools=rows, ties=ties, strategy=strategy, seed=seed)
    for _ in range(weeks):
        oracle.step()
    return oracle


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_philox_known_answers(counter, key, answer):
    assert " ".join(f"{word:08x}" for word in philox(counter, key)) == answer


def test_unit_stays_inside():
    assert unit(0, 0) == 2.0**-54
    assert unit(0xFFFFFFFF, 0xFFFFFFFF) == 1 - 2.0**-53


def test_draws_have_their_distributions():
    draws = Draws(2**40 + 3)
    normals = [draws.normal(1, entity_key("d", "s"), tag, 0) for tag in range(4000)]
    waits = [draws.exponential(20, entity_key("d", "s"), tag, 0) for tag in range(4000)]
    assert abs(sum(normals) / 4000) < 0.06
    assert abs(sum(x * x for x in normals) / 4000 - 1) < 0.1
    assert abs(sum(waits) / 4000 - 1) < 0.06


def test_beta_score_and_poisson():
    flat = BetaScore(1, 1)
    assert flat(0.0) == pytest.approx(0.5)
    assert flat(1.0) == pytest.approx(0.8413447460685429)
    assert flat(99) == flat(8.0)
    assert poisson(3, 0.0497) == 0
    assert poisson(3, 0.0499) == 1
    assert poisson(0, 0.999) == 0


def test_row_order_does_not_matter_and_runs_repeat():
    rows, ties = world()
    first = run("lottery", 80)
    second = run("lottery", 80, rows_ties=(rows[::-1], ties))
    assert first.snapshot() == second.snapshot()
    assert first.school_state() == second.school_state()
    assert first.ledger == second.ledger


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_money_adds_up(strategy):
    oracle = run(strategy, 180)
    programme_posts = sum(school.posts for school in oracle.programme)
    pots = 3 * oracle.n["money.budget_per_teacher"] * programme_posts
    spent = sum(amount for column, amount in oracle.ledger.items() if column != "own")
    assert spent + oracle.unspent == pytest.approx(pots)
    assert (spent == 0) == (strategy == "none")
    with pytest.raises(RuntimeError):
        oracle.step()


def test_spend_rule_stretch_uses_more_but_not_beyond_its_limits():
    for pool in ("district", "world"):
        rich = {"money__pool": pool, "money__budget_per_teacher": 12_000}  # more than the offered hours cost
        rich |= {"money__unspent": "returned", "coaches__lag": 0}
        offer = run("directed_differentiated", 36, **rich)
        stretch = run("directed_differentiated", 36, **rich, money__spend="stretch")
        assert stretch.unspent < offer.unspent
        assert stretch.unspent > -1e-6
        hours = [state["hours"] for state in stretch.school_state().values() if state["enrolled"]]
        assert max(hours) <= stretch.n["programme.hours_max"]


def test_a_mandate_makes_aware_and_runs_out():
    oracle = run("directed_uniform", 1, leaders__superintendent_exit=0)
    outside = ("d1", "s04")
    for state in oracle.snapshot().values():
        assert state["school"] == outside or state["stage"] != UNAWARE
    assert not oracle.school_state()[outside]["enrolled"]
    for _ in range(106):
        oracle.step()
    assert all(s.mandate_weeks == 1 for s in oracle.programme)
    oracle.step()
    assert all(s.mandate_weeks == 0 and s.mandate_spent and s.enrolled for s in oracle.programme)
    oracle.step()
    assert not any(s.enrolled for s in oracle.schools)


def test_one_try_by_hand():
    """Bass nested: with the covariates' weights at 0 the sum of hazard is (p + q x) dt."""
    weights = {f"trial__b_{name}": 0 for name in "zvCRTP"}
    row = {"district_id": "d", "school_id": "s", "teachers": 2, "pupils": 30, "poverty": 0.5, "achievement": 0.0}
    row |= {"programme": 1, "level": "primary", "locale": "city", "initial_use": 0.0}
    oracle = Oracle(
        numbers=defaults(aware__a_0=50, trial__p=0.05, **weights),
        schools=[row],
        ties=lambda year: {("d", "s", 0): [("d", "s", 1)]},
        strategy="none",
        seed=3,
    )
    teacher = oracle.schools[0].teachers[0]
    while teacher.stage == UNAWARE:
        oracle.step()
    assert teacher.stage == AWARE
    assert teacher.try_wait.sum == 0
    oracle.step()
    assert teacher.try_wait.sum == pytest.approx(0.05 / 36)


def test_summer_keeps_every_post_filled_by_one_person():
    oracle = run("volunteer_uniform", 150, turnover__exit=0.5, turnover__stay_in_district=0.9)
    teachers = [t for school in oracle.schools for t in school.teachers]
    assert len({t.id for t in teachers}) == len(teachers) == 120
    assert any(t.moves for t in teachers)
    for school in oracle.schools:
        assert all(t.school is school and t.post == post for post, t in enumerate(school.teachers))


def test_nothing_leaves_its_range():
    oracle = run("directed_differentiated", 180)
    assert len(oracle.users()) > 0
    for state in oracle.snapshot().values():
        assert 0 <= state["skill"] <= 1
        assert 0 <= state["skill_brought"] <= 1
        assert -1 <= state["conviction"] <= 1
    for state in oracle.school_state().values():
        assert all(0 <= value <= 1 for value in (state["norm"], state["trust"], state["principal"]))
        assert math.isfinite(state["gain"])
    trials = sum(value for name, value in oracle.flows.items() if name.startswith("trial_"))
    assert trials == pytest.approx(round(trials))
