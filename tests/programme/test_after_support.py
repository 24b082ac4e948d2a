"""After support schools still decide: who is kept, who leaves at what price, who comes back, support from within."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diffusion_sim.programme.standing_support import share_of_standing
from diffusion_sim.state.codes import NEW_HERE
from tests.programme.conftest import Says
from tests.small_world import steps

END = 72  # two years of support
STAY = {"enrolment.e0": 0.0, "programme.mandate_years": 2, "leaders.principal_exit": 0.0}
TRAIN = Says(hours=30.0, mix=(0.5, 0.0, 0.0, 0.5))


def usual(model):
    """Initiatives that a school has besides the practice and what took its place."""
    return model.state.schools.initiatives - model.state.schools.initiatives_usual


def test_who_is_in_at_the_end_is_kept(world):
    model = steps(world({"d": [10, 12]}, Says(hours=10.0), STAY), END)
    schools = model.state.schools
    assert (schools.enrolled == 1).all() and (schools.kept == 0).all() and (usual(model) == 1).all()
    steps(model, 1)
    assert (schools.enrolled == 0).all() and (schools.kept == 1).all() and (schools.once_kept == 1).all()
    assert (usual(model) == 1).all() and (schools.hours == 0).all()
    assert model.outcomes["kept_schools"] == 1.0 and model.outcomes["schools_at_end"] == 2


def test_who_never_took_part_is_not_kept(world):
    class First(Says):
        def plan(self, view, draw):
            return replace(super().plan(view, draw), mandate=np.array([1, 0]))

    model = steps(world({"d": [10, 12]}, First(hours=10.0), STAY), END + 1)
    assert model.state.schools.kept.tolist() == [1, 0] and model.outcomes["schools_at_end"] == 1
    assert usual(model).tolist() == [1, 0]


def test_leaving_has_its_price(world):
    """All leave in the first summer: another initiative has the practice's place for four quarters, and for a year the
    users stop faster; then nothing of it is left."""
    hard = STAY | {"enrolment.e0": 50.0, "schools.initiative_years": 1.0, "stop.leave_stop": 0.5}
    model = steps(world({"d": [20, 20]}, Says(hours=10.0), hard), END + 1)
    schools = model.state.schools
    assert (schools.kept == 0).all() and (schools.left_week == END).all() and (schools.replaced == 4).all()
    assert (usual(model) == 1).all() and model.outcomes["kept_schools"] == 0.0
    assert steps(model, 35).state.schools.replaced.tolist() == [1, 1] and (usual(model) == 1).all()
    assert steps(model, 1).state.schools.replaced.tolist() == [0, 0] and (usual(model) == 0).all()


def test_users_stop_faster_for_a_year(world):
    """The hazard of a year after leaving, by what waits have lost: twice as much with leave_stop 1."""
    runs = {}
    for more in (0.0, 1.0):
        hard = STAY | {"enrolment.e0": 50.0, "stop.leave_stop": more, "stop.d0": 0.01}
        model = steps(world({"d": [40]}, Says(hours=10.0), hard), END)
        before = model.state.teachers.wait.copy()
        stage = model.state.teachers.stage.copy()
        steps(model, 1)
        users = (stage == 3) & (model.state.teachers.stage == 3)
        runs[more] = (before - model.state.teachers.wait)[users]
    assert runs[0.0].size > 3 and runs[1.0] == pytest.approx(2 * runs[0.0], rel=1e-9)


def test_they_come_back_to_somebody(world):
    """After leaving, schools come back where the district has a coach in post, and not where it has trained none."""
    ways = STAY | {"enrolment.e0": 50.0, "enrolment.n0": 50.0, "turnover.exit": 0.01}
    for maker, back in ((TRAIN, True), (Says(hours=30.0), False)):
        model = steps(world({"d": [20, 20]}, maker, ways), END + 1)
        assert (model.state.schools.kept == 0).all() and (model.state.capacity[0] >= 0.5) == back
        entries = model.flows.school_entries.iloc[-1]
        steps(model, 36)
        kept = model.state.schools.kept == 1
        assert kept.all() == back and kept.any() == back
        assert model.flows.school_entries.iloc[-1] - entries == 2 * back
        if back:
            assert (model.state.schools.hours > 0).all(), "the district's own coaches go there again"
            assert (usual(model) == 2).all(), "and the initiative that took its place has not run out"


def test_embedding_and_standing_support_hold_schools(world):
    """What the wait to leave gains in a summer: e0 exp(-(Y + e_E E + e_s s))."""
    sums = {}
    for key, more in {"plain": {"enrolment.e_embedded": 0, "enrolment.e_standing": 0}, "held": {}}.items():
        model = steps(world({"d": [20, 20]}, TRAIN, STAY | {"enrolment.e0": 0.01} | more), END)
        model.state.schools.embedded[:], model.state.schools.standing[:] = (0.6, 0.2), (0.0, 0.8)
        before = model.state.schools.exit_sum.copy()
        sums[key] = steps(model, 1).state.schools.exit_sum - before
    assert (sums["plain"] > 0).all()
    assert sums["held"] / sums["plain"] == pytest.approx(np.exp([-0.6, -0.2 - 0.5 * 0.8]), rel=1e-9)


def test_share_from_within():
    own, planned = np.array([0.0, 10.0, 30.0, 5.0, 0.0]), np.array([40.0, 40.0, 20.0, 0.0, 0.0])
    assert share_of_standing(own, planned).tolist() == [0.0, 0.25, 1.0, 1.0, 0.0]


def test_own_coaching_is_support_from_within(world):
    model = steps(world({"d": [20]}, TRAIN, STAY | {"money.own_budget": 0.05}), END)
    assert model.state.schools.standing[0] == 0.0
    s = steps(model, 1).state.schools[0]
    assert s.standing == pytest.approx(s.hours * s.participants / (model.state.asked.hours[0] * 20)) and s.standing > 0


def test_who_is_new_finds_the_practice_and_is_inducted(world):
    """E = 1: whoever comes is aware at once, and begins by induction; of who was there before nobody does."""
    ways = STAY | {"turnover.exit": 0.5, "trial.p": 0, "trial.q": 0, "trial.qN": 0, "trial.p_hours": 0,
                   "trial.p_ind": 36.0, "initial_use.share": 0.0, "teachers.experienced_ratio": 0}  # fmt: skip
    model = steps(world({"d": [40]}, Says(hours=0.0), ways | {"trial.mu": 0}), 36)
    model.state.schools.embedded[:] = 1.0
    tags = model.state.teachers.tag.copy()
    steps(model, 1)
    new = model.state.teachers.tag != tags
    assert new.sum() > 5 and (model.state.teachers.invited == np.where(new, NEW_HERE, 0)).all()
    assert (model.state.teachers.stage[new] > 0).all()
    for _ in range(20):
        model.state.schools.embedded[:] = 1.0
        steps(model, 1)
    begun = model.state.teachers.spells > 0
    assert begun[new].sum() > 5 and not begun[~new].any()
    assert model.flows.trial_induction.iloc[-1] == pytest.approx(model.state.teachers.spells.sum(), abs=1e-9)


def test_off_nothing_is_embedded(world):
    model = steps(world({"d": [20]}, TRAIN, STAY | {"structure.embedding": "off", "initial_use.share": 1.0}), END + 40)
    assert (model.state.schools.embedded == 0).all() and (model.series.embedding == 0).all()


def test_it_begins_at_rest(world):
    model = world({"d": [20]}, Says(), {"initial_use.share": 1.0})
    assert model.state.schools.embedded[0] == 1.0
    none = world({"d": [20]}, Says(), {"initial_use.share": 0.0})
    assert none.state.schools.embedded[0] == 0.0


def test_an_embedded_condition_does_not_drift(world):
    """Time and the school's part of district support, E 1: they stay where building has brought them; focus drifts."""
    ways = STAY | {"readiness.drift": 1.0, "readiness.focus_crowding": 0.0}
    model = steps(world({"d": [20]}, Says(hours=0.0), ways), 2)
    model.state.schools.conditions[0] = model.state.schools.conditions_start[0] + 0.1
    for _ in range(10):
        model.state.schools.embedded[:] = 1.0
        steps(model, 1)
    moved = model.state.schools.conditions[0] - model.state.schools.conditions_start[0]
    assert moved[[1, 3]] == pytest.approx(0.1, abs=1e-12) and (moved[[0, 2]] < 0.08).all()
