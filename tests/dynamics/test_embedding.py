"""How a practice becomes part of a school: the equation by hand, its fixed point, and what new leaders leave."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_sim.dynamics.embedding import EmbeddingParams, embedded_at_rest, embedding_change
from diffusion_sim.dynamics.leaders import kept_by
from diffusion_sim.dynamics.stop import StopParams, after_leaving

P = EmbeddingParams(0.5, 0.5)
SHARE = st.floats(0.0, 1.0)
change, at_rest = embedding_change.py_func, embedded_at_rest.py_func


def test_by_hand():
    # u .8, C .5, E .4, s .6: .5 (.64 x .5 x .6 - .2 x .7 x .4) = .5 (.192 - .056)
    assert change(0.4, 0.8, 0.5, 0.6, P) == pytest.approx(0.068)
    # .32 / (.32 + .2 x .7)
    assert at_rest(0.8, 0.5, 0.6, P) == pytest.approx(0.32 / 0.46)


def test_nobody_embeds_nothing_and_all_who_use_lose_nothing():
    assert at_rest(0.0, 0.9, 1.0, P) == 0.0 and change(0.0, 0.0, 0.9, 0.0, P) == 0.0
    assert change(0.7, 0.0, 0.9, 0.0, P) == pytest.approx(-0.35)
    assert at_rest(1.0, 0.1, 0.0, P) == 1.0 and change(1.0, 1.0, 0.1, 0.0, P) == 0.0
    assert at_rest(0.05, 0.5, 0.0, P) < 0.002, "a minority embeds nothing"


@given(use=SHARE, coherence=SHARE, standing=SHARE)
def test_the_fixed_point_stands_still(use, coherence, standing):
    rest = at_rest(use, coherence, standing, P)
    assert 0.0 <= rest <= 1.0
    assert change(rest, use, coherence, standing, P) == pytest.approx(0.0, abs=1e-12)
    assert change(0.5 * rest, use, coherence, standing, P) >= -1e-12, "from below it rises"


@given(use=SHARE, coherence=SHARE, standing=SHARE, embedded=SHARE)
def test_a_week_leaves_it_a_share(use, coherence, standing, embedded):
    week = embedded + change(embedded, use, coherence, standing, EmbeddingParams(36.0, 1.0)) / 36
    assert -1e-12 <= week <= 1.0 + 1e-12


def test_two_to_four_years():
    """At full use and C = .6, from nothing: a time constant of 1/(.45 x .6) years."""
    p, embedded = EmbeddingParams(0.45, 0.5), 0.0
    for _ in range(round(36 / (0.45 * 0.6))):
        embedded += change(embedded, 1.0, 0.6, 0.0, p) / 36
    assert embedded == pytest.approx(1 - np.exp(-1), abs=0.005)


def test_what_a_new_leader_leaves():
    assert kept_by.py_func(0.7, 0.0) == pytest.approx(0.7) and kept_by.py_func(0.7, 1.0) == 1.0
    assert kept_by.py_func(0.7, 0.5) == pytest.approx(0.85)


def test_a_year_after_leaving():
    p = StopParams(*[0.0] * (len(StopParams._fields) - 1), leave_stop=1.5)
    factors = [after_leaving.py_func(weeks, p) for weeks in (0, 1, 36, 37)]
    assert factors == [1.0, 2.5, 2.5, 1.0]
