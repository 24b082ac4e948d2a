"""When a cell has enough replicates: the rule by hand, and what its intervals cover at the moment of stopping."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from diffusion_sim.study.run import stopping_rule
from diffusion_sim.study.run.stopping_rule import decided, first_decided, prefixes

STUDIES = 2000


def wanted(half_width, at_least=30):
    return SimpleNamespace(half_width=half_width, at_least=at_least)


def test_half_widths_and_skewness_of_prefixes():
    values = np.random.default_rng(3).lognormal(size=40) + 1e6
    half, skewness = prefixes(values)
    for n in (2, 3, 17, 40):
        by_hand = stats.t.ppf(0.975, n - 1) * values[:n].std(ddof=1) / np.sqrt(n)
        assert half[n - 1] == pytest.approx(by_hand, rel=1e-6)
        assert skewness[n - 1] == pytest.approx(stats.skew(values[:n]), rel=1e-5, abs=1e-6)
    assert np.isnan(half[0]) and skewness[0] == np.inf


def test_the_first_narrow_run_of_replicates_decides():
    rng = np.random.default_rng(5)
    values = rng.normal(0.02, 0.05, 400)
    n = decided(values, wanted(0.01))
    half, skewness = prefixes(values)
    narrow = (half <= 0.01) & (np.arange(1, 401) >= 28 + 25 * skewness**2)
    by_hand = next(i for i in range(29, 400) if narrow[i - 19 : i + 1].all()) + 1
    assert n == by_hand and 80 < n < 140


def test_only_the_prefix_counts():
    values = np.random.default_rng(7).normal(0.0, 1.0, 1000)
    n = decided(values, wanted(0.2))
    assert n is not None
    assert decided(values[: n - 1], wanted(0.2)) is None
    assert decided(values[:n], wanted(0.2)) == n
    changed = values.copy()
    changed[n:] = 1e9
    assert decided(changed, wanted(0.2)) == n


def test_no_look_before_at_least():
    values = np.random.default_rng(9).normal(0.0, 1e-9, 300)
    assert decided(values[:29], wanted(1.0)) is None
    assert 30 <= decided(values, wanted(1.0)) <= 60
    assert decided(values, wanted(1.0, at_least=200)) == 200


def test_undefined_replicates_are_run_but_not_counted():
    values = np.random.default_rng(11).normal(0.0, 1.0, 500)
    n = decided(values, wanted(0.25))
    holes = np.insert(values, [0, 3, 10, 10], np.nan)
    assert decided(holes, wanted(0.25)) == n + 4
    assert decided([np.nan] * 100, wanted(1.0)) is None
    assert decided([], wanted(1.0)) is None


def test_differences_without_spread_or_with_rare_events_decide_nothing_yet():
    assert decided([0.5] * 500, wanted(0.1)) is None
    rare = np.zeros(200)
    rare[50] = 0.01
    assert decided(rare, wanted(0.1)) is None


# ---- coverage at the stopping time -----------------------------------------------------------------------------------


def skewed(rng, size):
    """Shifted lognormal, mean 0, sd 1, skewness 1.75."""
    sigma = 0.5
    drawn = np.exp(sigma * rng.standard_normal(size)) - np.exp(sigma**2 / 2)
    return drawn / np.sqrt((np.exp(sigma**2) - 1) * np.exp(sigma**2))


def rare(rng, size):
    """In 1 of 10 seeds the strategies differ, in the others not at all; mean 0, sd 1, skewness 2.7."""
    return ((rng.random(size) < 0.1) - 0.1) / 0.3


NORMAL = {"normal": lambda rng, size: rng.standard_normal(size)}
DIFFERENCES = NORMAL | {"skewed": skewed, "rare": rare}


def coverage(draw, replicates, rule, most):
    """(share of studies whose 95 % t interval at the stopping time holds the true mean 0, mean of n)."""
    half_width = 1.96 / np.sqrt(replicates)
    drawn = draw(np.random.default_rng(20), (STUDIES, most))
    n = rule(drawn, half_width)
    assert (n > 0).all()
    half, _ = prefixes(drawn)
    study = np.arange(STUDIES)
    mean = np.cumsum(drawn, axis=1)[study, n - 1] / n
    return np.mean(np.abs(mean) <= half[study, n - 1]), n.mean()


def the_rule(values, half_width):
    return first_decided(values, half_width, 30)


@pytest.mark.parametrize("name", DIFFERENCES)
@pytest.mark.parametrize("replicates", [40, 200])
def test_coverage_in_2000_simulated_studies(name, replicates):
    """Nominal 95 %; the standard error of a share of 2,000 is 0.5 points, and the seed is fixed."""
    found, took = coverage(DIFFERENCES[name], replicates, the_rule, 900)
    assert 0.93 <= found <= 0.975
    assert replicates <= took <= 1.3 * replicates + (25 if name == "normal" else 200)


def too_early(values, half_width):
    """A rule that looks from two replicates on, once."""
    half, _ = prefixes(values)
    return (half <= half_width).argmax(axis=1) + 1


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_broken_rule_is_found(name):
    found, _ = coverage(DIFFERENCES[name], 40, too_early, 900)
    assert found < 0.92


def test_rare_events_need_the_rule_on_skewness(monkeypatch):
    monkeypatch.setattr(stopping_rule, "PER_SKEWNESS", 1e-9)
    found, _ = coverage(rare, 200, the_rule, 900)
    assert found < 0.93
