"""Invitations by name and plans that leave things out."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim import model as model_module
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario
from diffusion_sim.state.codes import NEW_HERE
from diffusion_sim.strategies import Plan

SMALL = {"population.schools": 6}


class InviteAll:
    """Invites everybody; offers places only where told to."""

    def __init__(self, places: int) -> None:
        self.places = places

    def plan(self, view, draw):
        return Plan(
            enrol=np.full(view.programme.size, min(1, self.places)),
            places=self.places,
            invite=np.ones(view.staff().school.size),
        )


class Once:
    """Asks for everything in the first quarter and leaves all out afterwards."""

    def __init__(self, again: bool) -> None:
        self.again = again

    def plan(self, view, draw):
        if view.quarter > 0 and not self.again:
            return Plan()
        size = view.programme.size
        return Plan(enrol=np.ones(size), hours=np.full(size, 6.0), outreach=np.full(size, 0.5), places=size - 1,
                    mix=np.tile([0.5, 0.2, 0.3, 0.0], (size, 1)), priority=view.poverty)  # fmt: skip


@pytest.fixture
def run(monkeypatch):
    case = load_scenario("mid_size_district").override(SMALL)

    def go(strategy):
        monkeypatch.setattr(model_module, "make_strategy", lambda *_: strategy)
        return ReformModel(case, rng=2).run()

    return go


def test_nobody_is_invited_where_nothing_is_paid(run):
    assert run(InviteAll(0)).outcomes["flow_trial_invitation"] == 0.0


def test_invitations_work_in_the_programme_and_end_with_support(run):
    model = run(InviteAll(6))
    flows = model.flows["trial_invitation"]
    assert flows.iloc[model.support_weeks] > 1.0
    assert flows.iloc[-1] == flows.iloc[model.support_weeks]
    assert set(np.unique(model.state.teachers.invited)) <= {0, NEW_HERE}


def test_what_a_plan_leaves_out_stays_as_asked(run):
    once, again = run(Once(False)), run(Once(True))
    assert once.outcomes == pytest.approx(again.outcomes, nan_ok=True, abs=0)
    assert once.outcomes["cost_outreach"] > 0
