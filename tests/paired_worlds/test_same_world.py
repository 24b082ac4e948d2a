"""Runs that must be the same, bit for bit: another order of rows, a school more elsewhere, threads, steps, copies."""

from __future__ import annotations

import random

import pytest

from diffusion_sim.model import ReformModel

STRATEGIES = (
    *("volunteer_differentiated", "directed_differentiated", "lottery"),
    *("improvement_network", "multi_classroom_leader", "staged"),
)
NEW = {"school_id": "new", "teachers": 2, "poverty": 0.97, "achievement": 3.0}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_order_of_rows_does_not_matter(worlds, differing_arrays, strategy):
    rows = worlds.rows()
    first = worlds.model(strategy, rows).run()
    random.Random(8).shuffle(rows)
    assert rows != worlds.rows()
    assert differing_arrays(first, worlds.model(strategy, rows).run()) == []


def test_a_changed_table_is_read_again(worlds):
    """One scenario, one process, another table in its place: the new schools, nothing kept from the old ones."""
    sizes = []
    for rows in (worlds.rows(), worlds.rows(schools=10)):
        case = worlds.case(rows, name="edited")
        sizes.append((len(rows), ReformModel(case, rng=11, strategy="none").state.schools.size))
    assert all(rows == schools for rows, schools in sizes), sizes


def test_another_seed_is_another_run(worlds, differing_arrays, differing_teachers):
    first, second = worlds.model("lottery").run(), worlds.model("lottery", seed=12).run()
    assert len(differing_arrays(first, second)) > 20
    assert len(differing_teachers(first, second)) > 100


@pytest.mark.parametrize("pool", ["district", "world"])
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("district", ["aaa", "zzz"])
def test_a_school_alone_elsewhere_changes_nobody(worlds, differing_teachers, strategy, pool, district):
    """Two teachers in a school of its own district outside the programme: all others are the same each week."""
    more = NEW | {"district_id": district, "programme": 0}
    overrides = {"money.pool": pool}
    small = worlds.model(strategy, overrides=overrides)
    large = worlds.model(strategy, [*worlds.rows(), more], overrides=overrides)
    assert large.state.teachers.size == small.state.teachers.size + 2
    while small.running:
        assert differing_teachers(small, large) == [], small.week
        small.step()
        large.step()
    assert differing_teachers(small, large) == []
    assert small.state.ledger.tolist() == large.state.ledger.tolist()


def test_a_school_inside_the_programme_does_change_somebody(worlds, differing_teachers):
    """The check above can fail: the same school within the programme moves means and shares of places."""
    more = NEW | {"district_id": "aaa", "programme": 1}
    small = worlds.model("lottery", overrides={"money.pool": "world"}).run()
    large = worlds.model("lottery", [*worlds.rows(), more], overrides={"money.pool": "world"}).run()
    assert differing_teachers(small, large) != []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_threads_do_not_matter(worlds, differing_arrays, strategy):
    one = worlds.model(strategy).run()
    for threads in (2, 3):
        assert differing_arrays(one, worlds.model(strategy, threads=threads).run()) == []


def test_steps_are_a_run(worlds, differing_arrays):
    whole, stepped = worlds.model("directed_uniform").run(), worlds.model("directed_uniform")
    for _ in range(108):
        stepped.step()
    assert not stepped.running
    assert differing_arrays(whole, stepped) == []


@pytest.mark.parametrize("week", [0, 17, 36, 50, 72])
def test_a_copy_goes_on_as_its_original(worlds, differing_arrays, week):
    straight = worlds.model("volunteer_differentiated").run()
    model = worlds.model("volunteer_differentiated")
    for _ in range(week):
        model.step()
    copy = model.copy()
    copy.run()
    assert model.week == week  # the original has not moved
    assert differing_arrays(straight, copy) == []
    assert differing_arrays(straight, model.run()) == []


def test_a_copy_goes_its_own_way(worlds, differing_arrays):
    model = worlds.model("volunteer_uniform")
    for _ in range(40):
        model.step()
    copy = model.copy()
    copy.intervene({"trial.q": 5.0})
    assert model.case["trial.q"] != 5.0
    copy.run()
    assert differing_arrays(worlds.model("volunteer_uniform").run(), model.run()) == []
    assert differing_arrays(model, copy) != []
