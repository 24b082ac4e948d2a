"""Rules of improvement cycles by hand, from the equations of docs/model.md."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim import rng
from diffusion_sim.dynamics import cycles as rules
from diffusion_sim.dynamics import params
from diffusion_sim.scenario.numbers import defaults

VALUES = {f"{name}.{key}": number.value for name, block in defaults().items() for key, number in block.items()}
P = params.cycles(VALUES.__getitem__)
OWN = np.uint64(77)  # some school's key: the origin of its own designs


@pytest.mark.parametrize(
    ("study_act", "engaged", "expected"), [(0.15, 0.0, 0.15), (0.15, 1.0, 0.3), (0.15, 0.5, 0.225), (0.7, 1.0, 1.0)]
)
def test_engaged_district_staff_raise_study_and_act(study_act, engaged, expected):
    assert rules.study_probability(study_act, P._replace(district_engaged=engaged)) == pytest.approx(expected)


def test_price():
    assert rules.cycle_price("own", False, P) == (300, 0)
    assert rules.cycle_price("common", True, P) == (1200, 3000)
    assert rules.cycle_price("common", False, P._replace(district_engaged=0.5)) == (1600, 0)


def test_ties_are_strong_where_time_is_not_split():
    assert rules.tie_strength(1, P) == 12 / 16
    assert rules.tie_strength(3, P) == 4 / 8
    assert rules.tie_strength(np.array([23]), P)[0] == pytest.approx((12 / 23) / (12 / 23 + 4))


def test_estimate():
    origin = np.array([0, OWN, 0, OWN], np.uint64)
    count, total = np.array([0, 0, 1.0, 2.5]), np.array([0, 0, 0.4, 3.0])
    expected = [0.9 + 0.2, 0.55 + 0.2, (4 * 0.9 + 0.4) / 5, (4 * 0.55 + 3.0) / 6.5]
    assert rules.estimate(origin, count, total, P) == pytest.approx(expected)


def test_adapting_goes_part_of_the_way():
    assert rules.adapted(0.65, P) == pytest.approx(0.65 + 0.15 * 0.6)
    assert rules.adapted(1.25, P) == 1.25
    assert rules.adapted(1.35, P) < 1.35  # beyond the limit nothing is gained


def test_true_fit_is_keyed_by_variant_and_context():
    origin = np.array([0, 0, OWN, OWN], np.uint64)
    number, context = np.array([3, 3, 0, 2]), np.array([1, 6, 1, 1])
    found = rules.true_fit(5, origin, number, context, P)

    def normal(key, tag, purpose, occasion):
        return rng.normal.py_func(np.uint64(5), np.uint64(key), tag, purpose, occasion)

    expected = [
        0.9 + 0.2 * normal(0, 3, 90, 0) + 0.14 * normal(0, 3, 91, 1),
        0.9 + 0.2 * normal(0, 3, 90, 0) + 0.14 * normal(0, 3, 91, 6),
        0.55 + 0.3 * normal(77, 0, 90, 0) + 0.14 * normal(77, 0, 91, 1),
        0.55 + 0.3 * normal(77, 2, 90, 0) + 0.14 * normal(77, 2, 91, 1),
    ]
    assert found == pytest.approx(expected, rel=1e-12)
    wild = rules.true_fit(5, origin, number, context, P._replace(menu_sd=1000.0, local_sd=1000.0))
    assert set(np.abs(wild)) <= {2.0, 3.0}  # clipped to the bounds of a fit


def test_true_fits_have_the_stated_spread():
    """20,000 own designs: mean and SD within 5 standard errors of N(.55, sqrt(.3^2 + .14^2)); 1 in 10^6 fails."""
    keys = np.arange(1, 20_001, dtype=np.uint64)
    fit = rules.true_fit(1, keys, np.zeros(keys.size, int), np.zeros(keys.size, int), P)
    sd = np.hypot(0.3, 0.14)
    assert fit.mean() == pytest.approx(0.55, abs=5 * sd / np.sqrt(keys.size))
    assert fit.std() == pytest.approx(sd, abs=5 * sd / np.sqrt(2 * keys.size))
