"""Switches: each sets numbers that exist, does something, and everything on is the plain scenario."""

from __future__ import annotations

import pytest

import diffusion_sim as ds
from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import references
from diffusion_sim.scenario.mechanisms import mechanisms
from diffusion_sim.scenario.numbers import defaults

SMALL = {"population.schools": 12}


@pytest.mark.parametrize("key", mechanisms())
def test_a_switch_sets_numbers_that_exist_and_lie_within_their_bounds(key):
    sc = ds.load_scenario("mid_size_district").override({f"mechanisms.{key}": False})
    for path, value in mechanisms()[key].off.items():
        section, name = path.split(".")
        assert name in defaults()[section]
        assert sc.in_force[path] == value != sc[path]
    assert mechanisms()[key].source in {*references(), "assumption"}


def test_with_everything_on_the_plain_scenario_runs():
    sc = ds.load_scenario("mid_size_district")
    assert sc.in_force is sc


@pytest.mark.parametrize("key", ["peers", "compliance", "teacher_turnover", "poverty_gradients"])
def test_a_switch_is_the_same_as_its_numbers_by_hand(key):
    switched = ds.ReformModel("mid_size_district", rng=3, strategy="directed_uniform",
                              overrides={**SMALL, f"mechanisms.{key}": False}).run()  # fmt: skip
    by_hand = ds.ReformModel("mid_size_district", rng=3, strategy="directed_uniform",
                             overrides={**SMALL, **mechanisms()[key].off}).run()  # fmt: skip
    plain = ds.ReformModel("mid_size_district", rng=3, strategy="directed_uniform", overrides=SMALL).run()
    assert switched.series.equals(by_hand.series)
    assert not switched.series.equals(plain.series)


def test_a_switch_turned_within_a_run_and_back():
    m = ds.ReformModel("mid_size_district", rng=3, strategy="directed_uniform", overrides=SMALL)
    m.intervene({"mechanisms.peers": False})
    assert m.params.trial.q == 0
    m.intervene({"mechanisms.peers": True})
    assert m.params.trial.q == ds.load_scenario("mid_size_district")["trial.q"]


def test_a_switch_that_shapes_the_start_is_refused_within_a_run():
    m = ds.ReformModel("mid_size_district", rng=3, overrides=SMALL)
    with pytest.raises(ScenarioError, match="poverty_gradients also switches schools.readiness_poverty, which only"):
        m.intervene({"mechanisms.poverty_gradients": False})


def test_wrong_words_are_refused():
    sc = ds.load_scenario("mid_size_district")
    with pytest.raises(ScenarioError, match="true or false is allowed"):
        sc.override({"mechanisms.peers": 0})
    with pytest.raises(ScenarioError, match="did you mean 'mechanisms.peers'"):
        sc.override({"mechanisms.pers": False})
