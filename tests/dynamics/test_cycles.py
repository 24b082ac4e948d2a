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


@pytest.mark.parametrize(("measures", "variance", "beta"), [("common", 0.0625, 0.0), ("own", 0.49, 0.16 / 0.49)])
def test_rulers(measures, variance, beta):
    found = rules.ruler(measures, P)
    assert found.variance == pytest.approx(variance) and found.bias == pytest.approx(beta)
    exact = rules.ruler(measures, P._replace(noise_own=0.0, noise_common=0.0))
    assert exact.variance == 1e-12 and exact.bias == pytest.approx(0.16e12 if measures == "own" else 0.0)


def test_reports_of_one_school_are_worth_less_than_as_many_of_several():
    own = rules.ruler("own", P)
    assert rules.report_weight(np.array([0.0, 1.0, 10.0]), own) == pytest.approx([0, 49 / 65, 490 / 209])
    assert rules.report_weight(1e9, own) == pytest.approx(0.49 / 0.16)  # never more than V/bias^2
    assert rules.report_weight(10.0, rules.ruler("common", P)) == 10.0


def evidence(*by_context):
    count, total = np.zeros((1, 8)), np.zeros((1, 8))
    for context, n, mean in by_context:
        count[0, context], total[0, context] = n, n * mean
    return count, total


def estimate(origin, context, *by_context, measures="common", p=P):
    count, total = evidence(*by_context)
    at = np.array([context])
    return float(rules.estimate(np.array([origin], np.uint64), count, total, at, rules.ruler(measures, p), p)[0])


def test_estimate_without_evidence():
    assert estimate(0, 3) == pytest.approx(0.9 + 0.2) and estimate(OWN, 3) == pytest.approx(0.55 + 0.2)


@pytest.mark.parametrize(("n", "measures"), [(1.0, "common"), (2.5, "common"), (4.0, "own")])
def test_estimate_from_one_context(n, measures):
    """There it shrinks by (K + C)/(K + C + V/n); elsewhere by K/(K + C + V/n), what a main effect is of it."""
    k, c, v = 0.09, 0.0196, {"common": 0.0625, "own": 0.49}[measures]
    here, there = (estimate(OWN, context, (2, n, 1.2), measures=measures) for context in (2, 5))
    assert here == pytest.approx(0.55 + (k + c) / (k + c + v / n) * 0.65)
    assert there == pytest.approx(0.55 + k / (k + c + v / n) * 0.65)


@pytest.mark.parametrize("context", [0, 3, 7])
def test_estimate_is_the_best_linear_prediction(context):
    """Against the normal equations: covariance of the contexts' means K + [same](C + V/n), of these with what is asked
    K + [same]C."""
    k, c, v = 0.04, 0.0196, 0.49
    seen = [(0, 1.0, 1.5), (3, 2.2, 0.4), (4, 0.3, 1.0)]
    n, mean = np.array([s[1] for s in seen]), np.array([s[2] for s in seen])
    covariance = k + np.diag(c + v / n)
    wanted = k + c * np.array([s[0] == context for s in seen])
    expected = 0.9 + wanted @ np.linalg.solve(covariance, mean - 0.9)
    assert estimate(0, context, *seen, measures="own") == pytest.approx(expected, rel=1e-12)


def test_estimates_at_the_ends():
    seen = ((1, 2.0, 1.3), (2, 1.0, 0.7))
    flat = P._replace(context_sd=0.0)  # one variant is worth the same everywhere
    pooled = 0.9 + 0.04 / (0.04 + 0.0625 / 3) * (3.3 / 3 - 0.9)
    assert [estimate(0, c, *seen, p=flat) for c in (1, 2, 5)] == pytest.approx([pooled] * 3)
    alike = P._replace(menu_sd=0.0)  # variants do not differ but by context
    assert estimate(0, 5, *seen, p=alike) == pytest.approx(0.9)
    assert estimate(0, 1, *seen, p=alike) == pytest.approx(0.9 + 0.0196 / (0.0196 + 0.03125) * 0.4)
    exact = P._replace(noise_common=0.0)
    assert estimate(0, 1, *seen, p=exact) == pytest.approx(1.3)
    nothing = P._replace(noise_common=0.0, context_sd=0.0)
    assert estimate(0, 5, *seen, p=nothing) == pytest.approx(1.1)
    none = nothing._replace(menu_sd=0.0)
    assert estimate(0, 5, *seen, p=none) == pytest.approx(0.9)


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
