"""Least times in stages are drawn together: a draw with a sum of 12 quarters or more is drawn again."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np

from diffusion_sim.patterns.space import factors, points, random_point
from diffusion_sim.scenario import load_scenario
from diffusion_sim.study.plan.drawn_again import TOGETHER, kept_together
from diffusion_sim.study.plan.factors import read_space, settle_factors
from diffusion_sim.study.plan.plan import make_plan
from diffusion_sim.study.plan.read_study import from_mapping


def settled(*paths, **space):
    said = {path: {"range": "plausible"} for path in paths} | space
    return settle_factors(read_space(said, "here"), [load_scenario("mid_size_district")], "here")


FOUR = settled(*TOGETHER)


def test_draws_within_the_limit_stay_as_they_are():
    values = dict(zip(TOGETHER, (4, 1, 2, 4), strict=True)) | {"trial.q": 0.7}
    assert kept_together(FOUR, values, [1, 2]) == values


def test_a_draw_beyond_is_drawn_again_and_nothing_else():
    values = dict(zip(TOGETHER, (4, 1, 3, 4), strict=True)) | {"trial.q": 0.7}
    once = kept_together(FOUR, values, [1, 2])
    assert sum(once[path] for path in TOGETHER) <= 11 and once["trial.q"] == 0.7
    assert kept_together(FOUR, values, [1, 2]) == once
    assert any(kept_together(FOUR, values, [1, n]) != once for n in range(3, 9))


def test_every_draw_that_is_allowed_is_as_likely_as_another():
    """190 of 256 are allowed; 7,600 draws, 40 of each expected, SD 6.3."""
    rng, counts = np.random.default_rng(1), Counter()
    for number in range(7600):
        drawn = dict(zip(TOGETHER, rng.integers(1, 5, 4).tolist(), strict=True))
        counts[tuple(kept_together(FOUR, drawn, [7, number])[path] for path in TOGETHER)] += 1
    allowed = {four for four in itertools.product((1, 2, 3, 4), repeat=4) if sum(four) < 12}
    assert len(allowed) == 190 and set(counts) == allowed
    chi = sum((count - 40) ** 2 / 40 for count in counts.values())
    assert chi < 189 + 4 * np.sqrt(2 * 189)


def test_who_draws_only_some_of_them_or_cannot_keep_the_limit_gets_what_was_drawn():
    high = dict.fromkeys(TOGETHER, 4)
    assert kept_together(settled(*TOGETHER[:3]), high, [1]) == high
    tight = settled(*TOGETHER[:3], **{TOGETHER[3]: {"range": [9, 12]}})
    assert kept_together(tight, high | {TOGETHER[3]: 10}, [1])[TOGETHER[3]] == 10


def test_the_plausible_space_keeps_it():
    assert {factor.name for factor in factors()} >= set(TOGETHER)
    drawn = [*points(40, 3), *(random_point(seed) for seed in range(40))]
    sums = [sum(point[path] for path in TOGETHER) for point in drawn]
    assert max(sums) <= 11 and min(sums) < 8


def test_a_study_keeps_it():
    """Other factors are drawn as if these were not there to be drawn again."""
    said = {"id": "a", "scenarios": ["mid_size_district"], "strategies": ["staged"], "replicates": 1}
    space = {path: {"range": "plausible"} for path in TOGETHER} | {"trial.q": {"range": "plausible"}}
    study = from_mapping({**said, "space": space, "design": {"kind": "latin_hypercube", "points": 60}}, "s.yaml", None)
    found = make_plan(study).points
    assert max(sum(point.values[path] for path in TOGETHER) for point in found) <= 11
    slices = sorted(int((point.values["trial.q"] - 0.6) / 0.01) for point in found)
    assert slices == list(range(60)) and make_plan(study).points == found
