"""A look before the partnership: who is looked at, what it costs, what the survey then shows."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim import rng
from diffusion_sim.dynamics.money import MEASUREMENT
from diffusion_sim.model import ReformModel
from diffusion_sim.programme import enrolment

SMALL = {"population.schools": 8, "population.districts": 2, "programme.years_support": 2, "programme.years_after": 0}
LOOK = {"strategy.recruitment.look": 1}
SURVEY, COST = 47, 8 * 300  # hours of a look x the price of coaching


def small(overrides=None, seed=5):
    return ReformModel("mid_size_district", rng=seed, overrides=SMALL | (overrides or {}))


class Counted:
    """The strategy of a model, with what it has seen."""

    def __init__(self, maker):
        self.maker, self.views = maker, []

    def plan(self, view, draw):
        self.views.append(view)
        return self.maker.plan(view, draw)


def survey_of(model, sd):
    """Surveyed focus, time, team and trust of year 0 by hand, from the state before week 1."""
    s, seed = model.state.schools, model.seed
    true = [s.conditions[:, 0], s.conditions[:, 1], s.conditions[:, 2], s.trust]
    noise = [rng.normals(seed, s.key, 0, SURVEY, occasion) for occasion in (0, 1, 2, 4)]
    return [np.clip(value + sd * error, 0, 1) for value, error in zip(true, noise, strict=True)]


@pytest.mark.parametrize(("look", "share"), [(0, 1.0), (1, 0.5)])
def test_a_look_halves_the_error_of_the_survey(look, share):
    """The same draws: what is seen moves halfway to the truth."""
    model = small({"strategy.recruitment.look": look})
    expected = survey_of(model, share * model.case["planner.survey_sd"])
    model.step()
    s = model.state.schools
    assert (s.looked == look).all()
    for found, hand in zip([*s.surveyed.T[:3], s.surveyed_trust], expected, strict=True):
        assert found == pytest.approx(hand, abs=1e-15)
    assert len(set(s.surveyed_trust.tolist())) == 8


def test_the_strategy_plans_again_on_what_is_seen_then():
    plain, looks = small(), small(LOOK)
    for model in (plain, looks):
        model.maker = Counted(model.maker)
        model.step()
    assert [len(model.maker.views) for model in (plain, looks)] == [2, 3]  # the year (twice), the quarter
    before, after, quarter = looks.maker.views
    assert np.array_equal(before.surveyed, plain.maker.views[0].surveyed)
    assert (before.surveyed != after.surveyed).any() and np.array_equal(after.surveyed, quarter.surveyed)
    assert (before.surveyed_trust != after.surveyed_trust).sum() >= 7  # one may be 1 both times
    while looks.week < 37:
        looks.step()
    assert len(looks.maker.views) == 3 + 3 + 2, "nobody is looked at twice"


def test_it_is_paid_from_the_years_pot_as_measurement():
    model = small(LOOK)
    model.step()
    s, pots, state = model.state.schools, model.world.pots, model.state
    enrolled = int(s.enrolled.sum())
    assert state.ledger[MEASUREMENT] == pytest.approx(8 * COST + enrolled * model.case["money.price_measurement"])
    whole = pots.posts.sum() * model.case["money.budget_per_teacher"]
    assert state.year_pot.sum() == pytest.approx(whole - state.ledger.sum())
    while model.week < 37:
        model.step()
    quarters = model.state.ledger[MEASUREMENT] - 8 * COST
    assert quarters > 0 and quarters % model.case["money.price_measurement"] == pytest.approx(0)


def asked_to_look(schools=8):
    """A model at its start, whose plan asks for a look everywhere."""
    model = small()
    model.state.asked.look[:] = 1
    model.state.year_pot[:] = 100 * COST
    enrolment.survey_year(model.world, model.state, 0, model.numbers)
    return model, np.zeros(schools, bool)


def look(model, room, barred):
    return enrolment.look_at_schools(model.world, model.state, 0, np.array(room), model.numbers, barred)


def test_looks_are_paid_in_keyed_turn_as_far_as_the_quarters_allowance_goes():
    """Two pots: 2.5 looks in the first, none in the second; then the rest of the first."""
    model, nobody = asked_to_look()
    s, pot, turn = model.state.schools, model.world.pots.pot, model.world.turn
    surveyed = s.surveyed.copy()
    first = [row for row in turn.tolist() if pot[row] == 0]
    assert len(first) >= 3 and (np.diff(rng.uniforms(model.seed, s.key[turn], 0, 49, 0)) > 0).all()
    assert look(model, [2.5 * COST, 0.99 * COST], nobody)
    assert np.flatnonzero(s.looked).tolist() == sorted(first[:2])
    assert model.state.year_pot.tolist() == [98 * COST, 100 * COST] and model.state.ledger[MEASUREMENT] == 2 * COST
    moved = (s.surveyed != surveyed).any(axis=1)
    assert np.flatnonzero(moved).tolist() == sorted(first[:2]), "elsewhere the survey stays as it was"
    assert look(model, [50 * COST, 0], nobody)
    assert np.flatnonzero(s.looked).tolist() == sorted(first)
    assert not look(model, [50 * COST, 0], nobody), "nobody is left there"


def test_nobody_is_looked_at_without_money():
    model, nobody = asked_to_look()
    surveyed, pot = model.state.schools.surveyed.copy(), model.state.year_pot.copy()
    assert not look(model, [0.99 * COST, 0.0], nobody)
    assert not model.state.schools.looked.any() and np.array_equal(model.state.schools.surveyed, surveyed)
    assert np.array_equal(model.state.year_pot, pot) and not model.state.ledger.any()


def test_schools_outside_the_programme_and_suspended_ones_are_left_out():
    model, barred = asked_to_look()
    model.state.schools.programme[2], barred[4] = 0, True
    model.state.asked.look[6] = 0
    assert look(model, [50 * COST, 50 * COST], barred)
    assert np.flatnonzero(model.state.schools.looked == 0).tolist() == [2, 4, 6]


def test_a_look_changes_no_teacher_by_itself():
    """Free of charge and with nobody who plans by the survey, it is the run without."""
    free = {"planner.look_hours": 0}
    looked, plain = small(LOOK | free).run(), small(free).run()
    without = ("asked.look", "schools.looked", "schools.surveyed", "schools.surveyed_trust")
    one, two = looked.state.arrays(), plain.state.arrays()
    assert looked.state.schools.looked.all()
    assert [name for name in one if name not in without
            and not np.array_equal(one[name], two[name], equal_nan=one[name].dtype.kind == "f")] == []  # fmt: skip


def test_saved_models_go_on_alike(tmp_path):
    import diffusion_sim as ds

    whole = small(LOOK | {"strategy.allocation.kind": "readiness_gap"}).run()
    half = small(LOOK | {"strategy.allocation.kind": "readiness_gap"})
    for _ in range(20):
        half.step()
    half.save(tmp_path / "m.npz")
    one, two = ds.load_model(tmp_path / "m.npz").run().state.arrays(), whole.state.arrays()
    assert [n for n in one if not np.array_equal(one[n], two[n], equal_nan=one[n].dtype.kind == "f")] == []
