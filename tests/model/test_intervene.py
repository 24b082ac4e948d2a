"""Changing numbers within a run: from the next week on, logged, and refused where it makes no sense."""

from __future__ import annotations

import pytest

from diffusion_sim.errors import ScenarioError


def steps(model, count):
    for _ in range(count):
        model.step()
    return model


def test_nothing_before_and_something_after(small, differing):
    plain, changed = steps(small(), 20), steps(small(), 20)
    changed.intervene({"trial.q": 0.0})
    assert changed.series.equals(plain.series), "the past stays as it was"
    steps(plain, 10), steps(changed, 10)
    assert changed.series.iloc[:21].equals(plain.series.iloc[:21])
    assert changed.flows["trial_peers"].iloc[30] == changed.flows["trial_peers"].iloc[20]
    assert plain.flows["trial_peers"].iloc[30] > plain.flows["trial_peers"].iloc[20]


def test_the_first_week_after_differs(small):
    plain, changed = steps(small(), 20), steps(small(), 20)
    changed.intervene({"stop.d0": 50.0})
    steps(plain, 1), steps(changed, 1)
    assert changed.flows["stop_owned"].iloc[21] > plain.flows["stop_owned"].iloc[21]
    assert changed.flows["stop_owned"].iloc[20] == plain.flows["stop_owned"].iloc[20]


def test_an_intervention_at_the_start_is_an_override(small, differing):
    early = small()
    early.intervene({"trial.q": 1.3, "stop.d0": 0.2})
    assert differing(early.run(), small(overrides={"trial.q": 1.3, "stop.d0": 0.2}).run()) == []


def test_the_same_value_changes_nothing(small, differing):
    model = steps(small(), 20)
    model.intervene({"trial.q": model.case["trial.q"]})
    assert differing(model.run(), small().run()) == []


@pytest.mark.parametrize("change", [{"turnover.exit": 0.6}, {"districts.regime": 0.0}, {"money.budget_per_teacher": 0}])
def test_numbers_held_in_columns_or_rules_act_too(small, differing, change):
    model = steps(small(), 5)
    model.intervene(change)
    assert differing(model.run(), small().run()) != []


def test_it_is_logged(small):
    model = steps(small(), 3)
    model.intervene({"trial.q": 0.5})
    steps(model, 2)
    model.intervene({"stop.d0": 0.3, "trial.q": 0.6}, week=5)
    assert model.interventions == [
        {"week": 3, "change": {"trial.q": 0.5}},
        {"week": 5, "change": {"stop.d0": 0.3, "trial.q": 0.6}},
    ]
    assert model.case["trial.q"] == 0.6 and small().interventions == []


def test_a_branch_leaves_its_origin_alone(small, differing):
    model = steps(small(), 10)
    branch = model.copy()
    branch.intervene({"trial.q": 0.0})
    assert model.interventions == [] and model.case["trial.q"] > 0
    assert differing(model.run(), small().run()) == []
    assert differing(model, branch.run()) != []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"trial.qq": 1}, "no such path"),
        ({"trial": 1}, "whole section"),
        ({"trial.q": "much"}, "trial.q"),
        ({"trial.q": -1}, "trial.q"),
        ({"population.schools": 7}, "settled when the run is laid out"),
        ({"network.out_degree": 2}, "settled"),
        ({"initial_use.share": 0.5}, "settled"),
        ({"programme.years_support": 2}, "settled"),
        ({"money.pool": "world"}, "settled"),
        ({"strategy.recruitment.kind": "none"}, "settled"),
        ({"title": "x"}, "cannot be overridden"),
    ],
)
def test_what_is_refused(small, differing, change, text):
    model = steps(small(), 2)
    with pytest.raises(ScenarioError, match=text):
        model.intervene(change)
    assert model.interventions == [] and differing(model, steps(small(), 2)) == []


@pytest.mark.parametrize("week", [0, 3, -1, 2.5, "2"])
def test_another_week_is_refused(small, week):
    model = steps(small(), 2)
    with pytest.raises(ScenarioError, match="the present week, 2, is allowed"):
        model.intervene({"trial.q": 0.5}, week=week)


def test_one_wrong_path_and_nothing_is_done(small):
    model = steps(small(), 2)
    before = model.case["trial.q"]
    with pytest.raises(ScenarioError):
        model.intervene({"trial.q": 0.1, "trial.qq": 1})
    assert model.case["trial.q"] == before
