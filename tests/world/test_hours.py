"""Hours that reach a teacher: all kinds saturate together, and they recruit."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds

CASE = ds.load_scenario("mid_size_district").override({"population.schools": 8, "programme.years_after": 1})
ONE_KIND = {"learning.w_e": 1, "learning.l_exp": 0}


def run(practice, expertise, **more):
    content = {"strategy.content.practice": practice, "strategy.content.expertise": expertise}
    said = {"strategy.recruitment.kind": "directed", "strategy.content.conditions": 0.1}
    model = ds.ReformModel(CASE, rng=3, overrides={**said, **content, **ONE_KIND, **more})
    return model.run()


@pytest.mark.parametrize("dose", ["hill", "saturating"])
def test_one_kind_of_hours_under_two_names_changes_nothing(dose):
    one, two = run(0.9, 0.0, **{"structure.dose": dose}), run(0.5, 0.4, **{"structure.dose": dose})
    for name in ("reach", "deep_use", "mean_depth", "pupil_gain_sd", "cost_total"):
        assert two.series[name].to_numpy() == pytest.approx(one.series[name].to_numpy(), rel=1e-9, nan_ok=True)
    assert one.outcomes["deep_use"] > 0.05


def test_expertise_at_no_worth_helps_nobody():
    one, two = run(0.9, 0.0), run(0.5, 0.4, **{"learning.w_e": 0})
    assert two.outcomes["deep_use"] < one.outcomes["deep_use"]
    assert two.flows["skill_expertise"].iloc[-1] == 0.0


def test_who_does_not_use_comes_to_know_and_no_further():
    """Nobody ever tries; all are coached on expertise: skill rises to k_know, and what was above stays."""
    off = {name: 0 for name in ("trial.p", "trial.q", "trial.qN", "trial.p_hours", "trial.mu", "initial_use.share")}
    off |= {"turnover.exit": 0, "programme.hours": 40, "learning.l_exp": 3}
    model = ds.ReformModel(
        CASE, rng=3, overrides=off | {
            "strategy.recruitment.kind": "directed", "strategy.content.practice": 0, "strategy.content.expertise": 0.9,
        },
    )  # fmt: skip
    before = model.state.teachers.skill.copy()
    model.run()
    after, k_know = model.state.teachers.skill, 0.28
    low = before < k_know
    assert (after[~low] == before[~low]).all() and model.outcomes["reach"] == 0
    assert (after[low] > before[low]).all() and (after[low] < k_know).all()
    assert model.state.teachers.skill_brought == pytest.approx(after)


def test_hours_recruit_and_readiness_decides_who_owns_it():
    def flows(**more):
        case = CASE.override({"strategy.recruitment.kind": "volunteer", "enrolment.n0": 20, **more})
        return ds.ReformModel(case, rng=3).run(until=108).flows.iloc[-1]

    usual, none = flows(), flows(**{"structure.recruit": "none"})
    assert usual.trial_asked > 20 and none.trial_asked == 0
    assert usual.trial_compliant > 0 and none.trial_compliant == 0
    assert flows(**{"structure.recruited": "owned"}).trial_compliant == 0
    more = flows(**{"programme.hours": 1}).trial_asked
    assert more < 0.2 * usual.trial_asked, "few hours recruit next to nobody"


def test_those_who_stopped_lately_are_seen():
    model = ds.ReformModel(CASE, rng=4, strategy="directed_uniform").run(until=80)
    state = model.state
    stopped = state.teachers.stage == 4
    lately = stopped & (80 - state.teachers.uses < 36)
    assert 0 < lately.sum() < stopped.sum()
    assert (state.faces[80 % 2][: stopped.size, 3] == lately).all()


def test_bad_reports_hold_back():
    def share(**more):
        model = ds.ReformModel(CASE, rng=4, strategy="directed_uniform", overrides=more).run()
        return model.flows["trial_peers"].iloc[-1] + model.flows["retrial"].iloc[-1]

    assert share(**{"trial.b_stopped": 3}) < share(**{"trial.b_stopped": 0})


def test_trust_is_a_target_of_building():
    """All building hours to trust raise it; the conditions only drift."""
    from diffusion_sim.week.schools import part_of

    assert [part_of.py_func(j, -1) for j in range(5)] == [0.2] * 5
    assert [part_of.py_func(j, 4) for j in range(5)] == [0, 0, 0, 0, 1]
    assert np.isclose(sum(part_of.py_func(j, 2) for j in range(5)), 1)
