"""The part ``district`` of a strategy: what its words ask of which schools, and words that are refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from diffusion_sim.errors import ScenarioError, StrategyError
from diffusion_sim.scenario import built_in_parts, load_scenario
from diffusion_sim.scenario.words import BUILT_IN
from diffusion_sim.strategies.contract import Plan, checked
from diffusion_sim.strategies.district import district_of
from tests.small_world import CASE

# Six schools, the last outside the programme; the lowest third of five is ceil(5/3) = 2: -2 and -1, and the other -1.
VIEW = SimpleNamespace(
    programme=np.array([1, 1, 1, 1, 1, 0], np.uint8),
    designated=np.array([0, 1, 0, 0, 1, 1], np.uint8),
    achievement=np.array([0.0, -1.0, -2.0, -1.0, 1.0, -3.0]),
)


def asks(kind, **options):
    return {name: value.tolist() for name, value in district_of(VIEW, {"kind": kind, **options}).items()}


def test_each_word_asks_for_its_own():
    assert asks("as_it_is") == {}
    assert asks("align", instrument="evaluation") == {"align": [4, 4, 4, 4, 4, -1]}
    assert asks("align", instrument="standards") == {"align": [0, 0, 0, 0, 0, -1]}
    assert asks("relief", schools="designated") == {"relief": [0, 1, 0, 0, 1, 0]}
    assert asks("relief", schools="low") == {"relief": [0, 1, 1, 1, 0, 0]}
    assert asks("relief", schools="all") == {"relief": [1, 1, 1, 1, 1, 0]}
    assert asks("autonomy") == {"autonomy": [1, 1, 1, 1, 1, 0]}
    assert asks("vision") == {"vision": [0, 1, 0, 0, 1, 0]}


def test_a_vision_is_for_the_lowest_third_where_nobody_in_the_programme_is_named(monkeypatch):
    monkeypatch.setattr(VIEW, "designated", np.array([0, 0, 0, 0, 0, 1], np.uint8))
    assert asks("vision") == {"vision": [0, 1, 1, 1, 0, 0]}
    assert asks("relief", schools="designated") == {"relief": [0] * 6}


def test_built_in_strategies_leave_the_district_as_it_is():
    assert all(built_in_parts(name)["district"] == {"kind": "as_it_is"} for name in BUILT_IN)


@pytest.fixture
def written(tmp_path):
    def make(part: str):
        (tmp_path / "schools.csv").write_text("district_id,school_id,teachers,poverty\na,s,5,0.5\n")
        path = tmp_path / "part.yaml"
        path.write_text(CASE.format(name="part") + f"  district: {part}\n")
        return load_scenario(path)

    return make


def test_words_of_the_part(written):
    assert written("relief")["strategy.district.schools"] == "designated"
    assert written("{kind: align, instrument: materials}")["strategy.district.instrument"] == "materials"
    assert written("vision").override({"strategy.district.kind": "as_it_is"})["strategy.district.kind"] == "as_it_is"
    changed = written("relief").override({"strategy.district.schools": "low"})
    assert changed.section("strategy")["district"] == {"kind": "relief", "schools": "low"}


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("align", "strategy.district.instrument: is missing; align asks for the instrument that is aligned: standards"),
        ("{kind: align, instrument: evalution}", "strategy.district.instrument: found 'evalution' .text.; one of "
                                                 "standards, pacing, .* is allowed; did you mean 'evaluation'"),
        ("{kind: align, instrument: 4}", "strategy.district.instrument: found 4"),
        ("releif", "strategy.district.kind: found 'releif' .text.; one of as_it_is, align, relief, autonomy, vision is "
                   "allowed; did you mean 'relief'"),
        ("{kind: relief, schools: named}", "strategy.district.schools: found 'named' .text.; one of designated, low"),
        ("{kind: vision, schools: all}", "belongs to district relief; 'vision' has no schools"),
        ("3", "strategy.district: found 3"),
    ],
)  # fmt: skip
def test_words_that_are_refused(written, part, text):
    with pytest.raises(ScenarioError, match=text):
        written(part)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("align", 6.0, "align holds 6; -1 to 5 is allowed"),
        ("align", 1.5, "align holds 1.5; a whole number"),
        ("relief", 2.0, "relief holds 2; 0 to 1 is allowed"),
        ("vision", -1.0, "vision holds -1; 0 to 1 is allowed"),
        ("autonomy", 0.5, "autonomy holds 0.5; a whole number"),
    ],
)
def test_plans_that_are_refused(field, value, text):
    with pytest.raises(StrategyError, match=text):
        checked(Plan(**{field: np.full(3, value)}), "mine", 3, 30)
    with pytest.raises(StrategyError, match=rf"{field} has shape \(2,\); \(3,\) is allowed"):
        checked(Plan(**{field: np.zeros(2)}), "mine", 3, 30)
