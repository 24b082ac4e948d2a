"""Habit: schools that do not study go over to another variant all the same."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim import rng
from diffusion_sim.programme import improvement_cycles
from diffusion_sim.state.codes import AWARE, ROUTINE, TRIAL

MENU, HABIT, STUDIES = 0, 98, 93
ALL = np.arange(11)


def follow(model, rule, p, rows=ALL, quarter=5):
    improvement_cycles.follow_habit(model.world, model.state, rows, quarter, rule, p)
    return model.state.schools, model.state.flow_rows


def in_use(model):
    return model.state.variant_number[ALL, model.state.schools.slot]


def test_a_menus_variant_is_drawn_among_those_not_in_use(started):
    model, rule, p = started(habit=1)
    schools, before = model.state.schools, in_use(model).copy()
    draw = rng.uniforms(model.seed, schools.key, 1, HABIT, 5)
    expected = [[n for n in range(8) if n != used][int(7 * u)] for used, u in zip(before, draw, strict=True)]
    schools.borrowed[:] = 1
    follow(model, rule, p)
    assert in_use(model).tolist() == expected and (schools.slot == 1).all()
    assert schools.estimate == pytest.approx(np.full(11, 0.9 + 0.2)) and not schools.borrowed.any()
    fit = improvement_cycles.rules.true_fit(
        model.seed, np.zeros(11, np.uint64), np.array(expected), model.world.context, p
    )
    assert np.array_equal(schools.fit, fit)


def test_own_designs_go_on_to_the_next(started):
    model, rule, p = started(kind="local", habit=1)
    schools, _ = follow(model, rule, p)
    assert (in_use(model) == 1).all() and (schools.designs == 2).all()
    assert (model.state.variant_origin[ALL, schools.slot] == schools.key).all()
    assert schools.estimate == pytest.approx(np.full(11, 0.55 + 0.2))


def test_it_counts_as_a_switch_and_nothing_else(started):
    model, rule, p = started(habit=1)
    _, flows = follow(model, rule, p)
    assert (flows["variant_switches"] == 1).all()
    for name in ("variant_borrowed", "variant_abandonments", "variant_adaptations", "study_acts"):
        assert not flows[name].any()
    assert not model.state.evidence.any()


def test_a_tested_variant_keeps_its_estimate(started, books):
    """A menu of two: the other one is known to be bad, and taken up all the same."""
    model, rule, p = started(menu_size=2, habit=1)
    other = 1 - model.state.variant_number[0, 0]
    books(model, 0, 1, (MENU, other), own=(1, 0.0), read=(1, 0.3))
    schools, _ = follow(model, rule, p, rows=np.array([0]))
    assert schools.slot[0] == 1 and in_use(model)[0] == other
    kept = (0.04 + 0.0196) / (0.04 + 0.0196 + 0.0625 / 2)  # of what two observations of one context, .15, show
    assert schools.estimate[0] == pytest.approx(0.9 + kept * (0.15 - 0.9)) and schools.borrowed[0] == 0


def test_a_menu_of_one_leaves_nothing_to_go_over_to(started):
    model, rule, p = started(menu_size=1, habit=1)
    schools, flows = follow(model, rule, p)
    assert (schools.slot == 0).all() and not flows["variant_switches"].any()


def test_users_begin_anew_and_nobody_is_told(started):
    model, rule, p = started(habit=1)
    t = model.state.teachers
    t.stage[:3] = [AWARE, TRIAL, ROUTINE]
    t.skill[:3], t.uses[:3], t.conviction[:3], t.visible[:3] = 0.5, 30.0, 0.2, 1
    follow(model, rule, p, rows=np.array([0]))
    assert t.uses[:3].tolist() == [30, 0, 0] and t.skill[:3] == pytest.approx([0.5, 0.45, 0.45])
    assert t.conviction[:3].tolist() == [0.2] * 3
    face = model.state.faces[model.state.week % 2]
    assert face[1, :3] == pytest.approx([1, 0.45, 0.2]) and face[2, :3] == pytest.approx([1, 0.45, 0.2])


@pytest.mark.parametrize("habit", [0.0, 0.3, 1.0])
def test_as_many_as_the_draw_says(started, habit):
    model, rule, p = started(habit=habit)
    goes = rng.uniforms(model.seed, model.state.schools.key, 0, HABIT, 5) < habit
    _, flows = follow(model, rule, p)
    assert np.array_equal(flows["variant_switches"], goes.astype(float))
    assert 0 < goes.sum() < 11 or habit in (0, 1)


def test_only_those_that_do_not_study(started):
    """At a quarter's end, with nothing learnt that would make those who study change."""
    model, _, p = started(kind="menu", topology="isolated", habit=1, study_act=0.5, explore=0, drop_below=-2)
    state = model.state
    state.week = 9
    studies = rng.uniforms(model.seed, state.schools.key, 0, STUDIES, 0) < 0.5
    assert 0 < studies.sum() < 11
    improvement_cycles.study(model.world, state, p, 0.0)
    assert np.array_equal(state.flow_rows["study_acts"], studies.astype(float))
    assert np.array_equal(state.flow_rows["variant_switches"], (~studies).astype(float))
    assert np.array_equal(state.schools.claims, (state.schools.estimate > 0.6).astype(np.uint8))
    assert state.schools.claims[~studies].all()
