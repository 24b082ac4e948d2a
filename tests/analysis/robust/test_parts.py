"""Pieces of a robust run against what is known of made-up draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from diffusion_sim.analysis.robust import indices
from diffusion_sim.analysis.robust.at_defaults import Line
from diffusion_sim.analysis.robust.conditional_mean import Curve, conditional_mean, crossings
from diffusion_sim.analysis.robust.draws import Apart, apart, by_word, harm_by_draw, own_variance, parts_of, signs
from diffusion_sim.analysis.robust.factors import Factor
from diffusion_sim.analysis.robust.rank_regression import rank_regression
from tests.analysis.robust.made_up import drawn
from tests.analysis.studies_by_hand import rows, study

NOISE = np.random.default_rng(7)


@pytest.mark.parametrize(
    "factor",
    [
        Factor("a.b", np.empty(0), 2.0, 5.0),
        Factor("a.b", np.empty(0), 3.0, 8.0, integer=True),
        Factor("a.b", np.empty(0), 1.0, 2.0, integer=True),
        Factor("a.b", np.empty(0), 0.0, 3.0, words=("w", "x", "y", "z")),
    ],
    ids=["number", "whole", "two", "words"],
)
def test_functions_are_orthonormal_over_the_range(factor):
    found = factor.basis(factor.grid(4000))
    columns = {0: 2, 2: 1, 6: 2, 4: 3}[factor.levels]
    assert found.shape[1] == columns
    assert found.mean(axis=0) == pytest.approx(np.zeros(columns), abs=1e-6)
    assert found.T @ found / len(found) == pytest.approx(np.eye(columns), abs=1e-5)


def test_signs_count_ties_apart_and_rounding_is_a_tie():
    values = {"a": [[0.5, 0.5], [0.1, 0.3], [0.1 + 0.2, 0.7], [0.2, np.nan]],
              "b": [[0.4, 0.4], [0.2, 0.4], [0.3, 0.7], [0.1, 0.5]]}  # fmt: skip
    cells = {(p, arm): {"reach": its[p]} for arm, its in values.items() for p in range(4)}
    found = apart(study(cells)._cells, "a", "b", "reach")
    assert found.draws == pytest.approx([0.1, -0.1, 0.0, 0.1])
    assert (found.draws[2] == 0.0) and np.isnan(found.runs[3, 1])
    assert signs(found.draws) == (4, 2, 1, 1)


def test_shares_of_the_variance_are_those_of_the_draws_truth():
    factors = drawn(3000, 6, 2)
    x, w = factors[0].values - 0.5, factors[6].values
    y = 4.0 * x + 12.0 * (factors[1].values - 0.5) ** 2 + np.array([-1.0, 0.0, 1.0])[w.astype(int)]
    y = y + 6.0 * x * (factors[2].values - 0.5)
    runs = y[:, None] + NOISE.normal(0.0, 1.0, (3000, 2))
    truth = np.array([1.0, 16 / 12 + 144 / 180, 2 / 3, 36 / 144])  # chance, numbers, words, numbers together
    found = parts_of(factors, Apart(runs, runs.mean(axis=1)))
    assert found[:4] == pytest.approx(truth / truth.sum(), abs=0.03)
    assert sum(found[:4]) == pytest.approx(1.0) and 0.0 < found.half < 0.1
    one_by_one = own_variance(factors, y)
    assert one_by_one[:2] == pytest.approx([16 / 12, 144 / 180], rel=0.06) and abs(one_by_one[3:6]).max() < 0.02


def test_what_factors_explain_is_not_inflated_by_their_number():
    """300 factors of which one acts, 100 draws: a regression would explain everything."""
    found = []
    for seed in range(20):
        factors = drawn(100, 300, seed=seed)
        y = np.sqrt(12.0) * (factors[0].values - 0.5) + NOISE.normal(0.0, 1.0, 100)
        found.append(own_variance(factors, y).sum())
    assert np.mean(found) == pytest.approx(1.0, abs=4.0 * np.std(found) / np.sqrt(20)) and np.std(found) > 0.1


def test_nothing_varies():
    found = parts_of(drawn(30, 2), Apart(np.full((30, 2), 0.3), np.full(30, 0.3)))
    assert all(np.isnan(found))


def test_rank_coefficients_with_more_factors_than_draws():
    factors = drawn(80, 200, 1)
    y = 3.0 * factors[4].values - 2.0 * factors[9].values + 0.3 * NOISE.normal(0.0, 1.0, 80)
    found = rank_regression(factors, y)
    assert np.flatnonzero(found.stands_out).tolist() == [4, 9]
    assert found.coefficient[4] == pytest.approx(0.8, abs=0.1) and found.coefficient[9] == pytest.approx(-0.55, abs=0.1)
    assert found.r2 > 0.85 and np.isfinite(found.coefficient).all() and found.coefficient[200] >= 0.0


def test_rank_coefficients_are_those_of_the_regression_where_all_stand_out():
    factors = drawn(500, 3)
    y = np.exp(2.0 * factors[0].values) + factors[1].values - factors[2].values
    found = rank_regression(factors, y)
    ranks = np.column_stack([factor.values.argsort().argsort() for factor in factors]).astype(float)
    ranks = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    own = y.argsort().argsort().astype(float)
    expected = np.linalg.lstsq(ranks, (own - own.mean()) / own.std(), rcond=None)[0]
    assert found.stands_out.all() and found.coefficient == pytest.approx(expected)


def test_rank_coefficients_of_what_does_not_vary():
    factors = drawn(40, 3)
    assert np.isnan(rank_regression(factors, np.full(40, 2.0)).coefficient).all()
    fixed = [*factors[:2], Factor("x.y", np.full(40, 1.0), 1.0, 2.0, integer=True)]
    assert np.isnan(rank_regression(fixed, factors[0].values).coefficient).tolist() == [False, False, True]


def test_crossings():
    x = np.array([0.0, 1.0, 2.0, 3.0])
    assert crossings(x, np.array([1.0, -1.0, -1.0, 3.0])) == [0.5, 2.25]
    assert crossings(x, np.array([1.0, 0.0, -1.0, -1.0])) == [1.0] and crossings(x, np.ones(4)) == []
    assert crossings(x, np.array([1.0, 0.0, 2.0, np.nan])) == []


def test_the_averaged_switch_point_and_what_a_survey_changes():
    factors = drawn(400, 30)
    y = 2.0 * (factors[0].values - 0.7) + factors[1].values - 0.5 + NOISE.normal(0.0, 0.3, 400)
    found = conditional_mean(factors[0], factors[:2], y, 30)
    assert found.switches == [pytest.approx(0.7, abs=0.03)] and found.overall == pytest.approx(-0.4, abs=0.03)
    assert found.reversed == pytest.approx(0.3, abs=0.03)
    assert found.gain == pytest.approx(0.3**2, abs=0.02)  # the mean of 2 (x - .7) above .7
    idle = [conditional_mean(factor, factors[:2], y, 30) for factor in factors[2:]]
    assert sum(curve.reversed for curve in idle) == 0.0, "chance turns no sign"


def test_a_curve_that_turns_twice():
    values = np.linspace(0.0, 1.0, 101)
    curve = Curve(values, (values - 0.2) * (values - 0.6), 0.1)
    assert curve.switches == [pytest.approx(0.2, abs=0.01), pytest.approx(0.6, abs=0.01)]
    assert curve.reversed == pytest.approx(0.39, abs=0.02)


def test_switch_points_at_the_defaults_say_whether_they_are_clear():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert Line(x, np.array([-2.0, -1.0, 1.0, 2.0]), np.full(4, 0.5)).switches == [(2.5, True)]
    assert Line(x, np.array([-2.0, -1.0, 0.3, 0.2]), np.full(4, 0.5)).switches[0][1] is False
    assert Line(x, np.ones(4), np.full(4, 0.5)).switches == []


def test_signs_under_each_word():
    factors = drawn(90, 1, 1)
    y = np.where(factors[1].values == 2, -1.0, 1.0) * (1.0 + factors[0].values)
    table = by_word(factors, y)
    assert table["word"].tolist() == ["a", "b", "c"] and table["draws"].tolist() == [30, 30, 30]
    assert table["below"].tolist() == [0, 0, 30] and (table["high"].iloc[2] < 0.0)


def test_harm_counts_draws_and_not_seeds():
    gains = {("a", 0): [0.1, -0.3], ("a", 1): [0.2, 0.2], ("none", 0): [0.0, 0.0], ("none", 1): [0.1, 0.1]}
    frame = rows({(p, arm): {"pupil_gain_sd": its} for (arm, p), its in gains.items()})
    found = harm_by_draw(frame)
    assert found[["strategy", "worse", "draws"]].to_numpy().tolist() == [["a", 1, 2]]
    failed = frame.assign(status=["ok", "error"] * 4)  # the first seed alone counts: above none in both draws
    assert harm_by_draw(failed)["worse"].tolist() == [0]
    assert harm_by_draw(frame.assign(status="error")).empty and isinstance(found, pd.DataFrame)


def test_pawn_tells_what_acts_from_what_does_not():
    pytest.importorskip("SALib")
    factors = drawn(400, 3)
    found, nothing = indices.pawn(factors, 3.0 * factors[1].values + NOISE.normal(0.0, 0.3, 400))
    assert found[1] > 0.4 > 2.0 * nothing > found[[0, 2]].max()
    assert np.isnan(indices.pawn(factors, np.ones(400))[0]).all()


@pytest.mark.parametrize("n", range(20, 110, 10))
def test_pawn_takes_any_number_of_draws(n):
    pytest.importorskip("SALib")
    factors = drawn(n, 1)
    found, nothing = indices.pawn(factors, factors[0].values)
    assert found[0] > nothing > 0.0
