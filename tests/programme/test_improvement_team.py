"""What those named make of the practice, as a planner sees it; leaders who learn from it; half a mandate; verdicts."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.model import ReformModel
from diffusion_sim.programme import improvement_team, planner_view
from diffusion_sim.state.codes import AWARE, DISCONTINUED, TRIAL
from diffusion_sim.strategies import Plan

SMALL = {"population.schools": 8, "population.districts": 2, "planner.gate_sd": 0.0}
PAYOFF, WILLING = 130, 131


@pytest.fixture
def model():
    """Before week 1. Of the first school eight teachers are named: two users, two who stopped, one who never tried, and
    three who do not count: not named, a coach, in a school that is not enrolled."""
    made = ReformModel("mid_size_district", rng=3, strategy="none", overrides=SMALL)
    s, t = made.state, made.state.teachers
    s.schools.enrolled[0], s.schools.enrolled_week[0] = 1, 1
    rows = np.flatnonzero(t.school == 0)[:8]
    t.stage[rows] = [TRIAL, TRIAL, DISCONTINUED, DISCONTINUED, AWARE, TRIAL, TRIAL, AWARE]
    t.ever[rows] = [1, 1, 1, 1, 0, 1, 1, 0]
    t.owned[rows] = 1
    t.skill[rows], t.payoff_noise[rows] = 0.5, [0.2, -1.0, 9, 9, 9, 9, 9, 9]
    t.conviction[rows] = [0.3, -0.1, -0.4, 0.6, 0.9, 0.9, 0.9, 0.9]
    s.named[rows] = [1, 2, 1, 1, 1, 0, 1, 0]
    t.leader[rows[6]] = -2
    s.named[np.flatnonzero(t.school == 1)[0]] = 1
    s.schools.conditions[0, 1] = 0.5
    return made


def by_hand(model):
    """Users gain fit x k - burden x (1 - k) x (1.5 - time) + noise: .5 - .375 + .5 x (.2 or -1); -.4 and 0 of those who
    stopped."""
    p, s = model.params.experience, model.state.schools[0]
    user = s.fit * 0.5 - p.burden * model.state.districts.complexity[s.district] * 0.5 * 1.0
    return (2 * user + p.noise * (0.2 - 1.0) - 0.4 + 0.0) / 4


def response(model):
    s = model.state
    return planner_view.make_view(
        model.world, s.teachers, s.schools, s.districts, s.network, s.week, model.numbers, s.memo, s.named
    ).response()


def test_all_who_were_named_count_and_nobody_else(model):
    found = response(model)
    assert found.named.tolist() == [5] + [0] * 7 and found.used.tolist() == [4] + [0] * 7
    assert found.willing[0] == 1 / 5 and found.payoff[0] == pytest.approx(by_hand(model), rel=1e-14)
    assert np.isnan(found.willing[1:]).all() and np.isnan(found.payoff[1:]).all()
    with pytest.raises(ValueError, match="read-only"):
        found.payoff[0] = 1.0


def test_errors_are_those_of_the_evidence(model):
    from diffusion_sim import rng

    model.intervene({"planner.gate_sd": 0.1})
    found, key = response(model), model.state.schools.key
    error = [0.1 * rng.normals(model.seed, key, 0, purpose, 0)[0] for purpose in (PAYOFF, WILLING)]
    assert found.payoff[0] == pytest.approx(by_hand(model) + error[0])
    assert found.willing[0] == pytest.approx(0.2 + error[1])


def test_who_comes_into_a_post_was_not_named(model):
    run = model.copy()
    run.state.named[:] = 1
    run.run(until=37)
    left = run.flows.left.iloc[-1] + run.flows.moved.iloc[-1]
    assert (run.state.named == 0).sum() == left > 20


@pytest.mark.parametrize("eta", [0.0, 0.45, 0.9])
def test_leaders_move_to_what_the_team_finds(model, eta):
    """A quarter of eta of the way to 1/2 + S2/2, the principal of a school on the team and its superintendent."""
    model.intervene({"leaders.eta_lead": eta})
    s = model.state
    s.schools.on_team[[0, 1, 7]] = 1  # the last two are not enrolled
    aim = min(1.0, max(0.0, 0.5 + by_hand(model) / 2))
    principals, heads = s.schools.principal.copy(), s.districts.superintendent.copy()
    improvement_team.leaders_learn(model.world, s, model.numbers)
    d, step = s.schools.district[0], eta / 4
    assert s.schools.principal[0] == pytest.approx(principals[0] + step * (aim - principals[0]), rel=1e-14)
    assert s.districts.superintendent[d] == pytest.approx(heads[d] + step * (aim - heads[d]), rel=1e-14)
    assert (s.schools.principal[0] == principals[0]) == (eta == 0)
    assert np.array_equal(s.schools.principal[1:], principals[1:])
    others = np.arange(heads.size) != d
    assert np.array_equal(s.districts.superintendent[others], heads[others]) and others.any()


def test_leaders_of_a_team_that_has_not_tried_do_not_move(model):
    s = model.state
    s.schools.on_team[0] = 1
    s.teachers.ever[s.named > 0] = 0
    before = s.schools.principal.copy(), s.districts.superintendent.copy()
    improvement_team.leaders_learn(model.world, s, model.numbers)
    assert np.array_equal(s.schools.principal, before[0]) and np.array_equal(s.districts.superintendent, before[1])


def test_leaders_of_other_strategies_do_not_move():
    for name in ("staged_first", "directed_uniform"):
        runs = [
            ReformModel("mid_size_district", rng=3, strategy=name, overrides=SMALL | {"leaders.eta_lead": eta}).run()
            for eta in (0.0, 0.9)
        ]
        assert np.array_equal(*(run.state.series for run in runs), equal_nan=True)


def test_verdicts_are_counted_once_a_district(model):
    s = model.state
    verdict = np.where(s.schools.district == 0, 1.0, 3.0)
    improvement_team.note(s, Plan(verdict=verdict))
    improvement_team.note(s, Plan(verdict=np.where(s.schools.district == 0, 2.0, 0.0)))
    improvement_team.note(s, Plan())
    counts = [s.schools[name].sum() for name in improvement_team.VERDICTS]
    assert counts == [1, 1, 1] and (s.schools.adopted > 0).sum() == 1


class Tells:
    """Every school is told to take part, with a share of the usual force."""

    def __init__(self, share):
        self.share = share

    def plan(self, view, draw):
        size = view.programme.size
        return Plan(mandate=np.full(size, self.share), hours=np.zeros(size), mix=np.tile([1.0, 0, 0, 0], (size, 1)))


def test_half_a_mandate_is_half_its_hazard():
    """Of who waits to try: what the mandate adds to the week's hazard."""
    grown = {}
    for share in (0.0, 0.5, 1.0):
        run = ReformModel("mid_size_district", rng=3, strategy="none", overrides=SMALL)
        run.maker = Tells(share)
        run.step()  # all have heard in the mandate's first week
        t = run.state.teachers
        stage, wait = t.stage.copy(), t.wait.copy()
        told = run.state.schools.mandate_weeks > 0
        assert told.all() == (share > 0) and (run.state.schools.mandate_eased[told] == 1 - share).all()
        grown[share] = run, stage, wait
    runs = {}
    for eased in (0.0, 0.5, 1.0):
        run = grown[1.0][0].copy()
        run.state.schools.mandate_eased = eased
        before, stage = run.state.teachers.wait.copy(), run.state.teachers.stage.copy()
        run.step()
        stays = (stage == AWARE) & (run.state.teachers.stage == AWARE)
        runs[eased] = before - run.state.teachers.wait, stays
    all_stay = runs[0.0][1] & runs[0.5][1] & runs[1.0][1]
    full, half, none = (runs[eased][0][all_stay] for eased in (0.0, 0.5, 1.0))
    assert all_stay.sum() > 50 and (full > none).all()
    assert half == pytest.approx((full + none) / 2, rel=1e-12)
