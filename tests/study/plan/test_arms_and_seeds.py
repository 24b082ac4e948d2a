"""Seeds and arms: deterministic, and mistakes are said before anything runs."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.errors import StrategyError, StudyError
from diffusion_sim.study.plan import arms_and_seeds


def test_seeds_are_those_of_seedsequence_and_do_not_depend_on_how_many():
    many = arms_and_seeds.seeds_of(7, 500)
    assert many == np.random.SeedSequence(7).generate_state(500, np.uint32).tolist()
    for n in (1, 2, 50):
        assert arms_and_seeds.seeds_of(7, n) == many[:n]
    assert arms_and_seeds.seeds_of(8, 3) != many[:3]


def test_a_seed_that_comes_again_is_left_out(monkeypatch):
    class Sequence:
        def __init__(self, rng):
            pass

        def generate_state(self, n, kind):
            return np.array([5, 9, 5, 5, 2, 9, 4, 1, 0, 8, 7, 6], kind)[:n]

    monkeypatch.setattr(np.random, "SeedSequence", Sequence)
    assert arms_and_seeds.seeds_of(1, 4) == [5, 9, 2, 4]
    assert arms_and_seeds.seeds_of(1, 2) == [5, 9]


def test_arms(small):
    assert arms_and_seeds.arms_of(small, None, "none", False) == list(small.compare)
    assert arms_and_seeds.arms_of(small, ["lottery"], "none", False) == ["none", "lottery"]
    assert arms_and_seeds.arms_of(small, ("lottery", "none"), "lottery", False) == ["lottery", "none"]


@pytest.mark.parametrize(
    ("strategies", "baseline", "error", "says"),
    [
        (["directed_unifrom"], "none", StrategyError, "did you mean 'directed_uniform'"),
        (["lottery"], "nome", StrategyError, "did you mean 'none'"),
        (["lottery", "lottery"], "none", StudyError, "'lottery' is named more than once"),
        ("lottery", "none", StudyError, "a list of strategy ids is allowed"),
        (7, "none", StudyError, "a list of strategy ids is allowed"),
        ([], "none", StudyError, "the list is empty"),
        ([None], "none", StudyError, "found None"),
    ],
)
def test_arms_that_cannot_be(small, strategies, baseline, error, says):
    with pytest.raises(error, match=says):
        arms_and_seeds.arms_of(small, strategies, baseline, False)


@pytest.mark.parametrize("value", [0, -1, 1.5, "two", True, None, 11])
def test_whole_numbers(value):
    with pytest.raises(StudyError, match="runs: found .*; a whole number from 1 to 10 is allowed"):
        arms_and_seeds.whole(value, "runs", 1, 10)
    assert arms_and_seeds.whole(np.int64(10), "runs", 1, 10) == 10


def test_measures():
    known = ["reach", "deep_use"]
    assert arms_and_seeds.checked_measures(None, known) is None
    assert arms_and_seeds.checked_measures(("reach",), known) == ["reach"]
    for bad, says in ((["reech"], "did you mean 'reach'"), ("reach", "a list"), ([], "empty"), ([3], "unknown")):
        with pytest.raises(StudyError, match=says):
            arms_and_seeds.checked_measures(bad, known)
