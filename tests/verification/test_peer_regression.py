"""benchmarks/peer_regression.py: exposure and slopes that can be counted by hand."""

from __future__ import annotations

import importlib
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from diffusion_sim.state.tables import Network

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
if not BENCHMARKS.is_dir():
    pytest.skip("not a checkout of the repository", allow_module_level=True)
sys.path.insert(0, str(BENCHMARKS))
peer = importlib.import_module("peer_regression")
page = importlib.import_module("peer_regression_page")
sys.path.pop(0)


def test_exposure_is_the_mean_use_of_those_whom_one_asks():
    """Teacher 0 asks 1 and 2, teacher 1 nobody, teacher 2 asks 0; rooms of 3, 2 and 2 places."""
    network = Network(
        first=np.array([0, 3, 5, 7]),
        degree=np.array([2, 0, 1], np.int32),
        target=np.array([1, 2, -1, -1, -1, 0, -1], np.int32),
        within=np.array([2, 0, 1], np.int32),
        leader=np.zeros(3, np.uint8),
    )
    found = peer.exposure(network, np.array([0.4, 0.2, 1.0]))
    assert found[0] == 0.6 and math.isnan(found[1]) and found[2] == 0.4


def test_a_slope_and_its_error_counted_by_hand():
    """y = 0, 1, 2, 5 at x = 0, 1, 0, 1 in two groups: within them y - mean = -.5, .5, -1.5, 1.5 and x - mean = -.5,
    .5, -.5, .5, so b = 2 / 1 = 2. Left over: .5, -.5, -.5, .5; scores of the groups (clusters) -.5 and .5, so the
    variance is (.25 + .25) x 2 / 1 = 1. The further outcome x has the slope 1."""
    x = np.array([0.0, 1.0, 0.0, 1.0])
    y = np.column_stack([[0.0, 1.0, 2.0, 5.0], x])
    groups = np.array([0, 0, 1, 1])
    assert peer.regress(y, x[:, None], groups, groups) == peer.Fit(2.0, 1.0, (1.0,))


def test_a_control_takes_what_is_its_own():
    """u = .5 exposure + 2 own exactly, exposure and own correlated: the slope is .5, and nothing is left over."""
    exposure, own = np.array([0.0, 0.2, 0.4, 1.0, 0.3]), np.array([0.0, 0.5, 0.1, 1.0, 0.9])
    later = (0.5 * exposure + 2 * own)[:, None]
    fit = peer.regress(later, np.column_stack([exposure, own]), np.zeros(5, int), np.arange(5))
    assert fit.b == pytest.approx(0.5) and fit.se == pytest.approx(0, abs=1e-12)
    alone = peer.regress(later, exposure[:, None], np.zeros(5, int), np.arange(5))
    assert alone.b > 1.5


def test_beta_is_standardised():
    """One year, one school, later = .5 exposure: beta = .5 SD of exposure / SD of later = 1."""
    rows = pd.DataFrame({"school": [0, 0, 1, 1], "year": 0, "worth": [0.1, 0.2, 0.4, 0.3]})
    rows = rows.assign(use_own=[0.0, 1, 0, 1], use_exposure=[0.0, 0.2, 0.6, 1.0], use_later=[0.0, 0.1, 0.3, 0.5])
    assert peer.estimate(rows, "use", "years")["beta"] == pytest.approx(1)


@pytest.fixture(scope="module")
def panels():
    """With influence and without it, a volunteers' programme in six small schools."""
    small = {"population.schools": 6, "population.teachers_mean": 12}
    case = peer.ds.load_scenario(peer.CASE).override(small)
    patch = pytest.MonkeyPatch()
    patch.setattr(peer, "CASE", case)
    yield [peer.panel(1, "volunteer_uniform", influence) for influence in (True, False)]
    patch.undo()


def test_the_parts_add_up(panels):
    """For every teacher, and for every coefficient."""
    rows = panels[0]
    assert set(rows["year"]) == {0, 1, 2, 3, 4} and rows["quality_exposure"].between(0, 1).all()
    for kind in page.USES:
        parts = rows[[f"{kind}_{part}" for part in page.PARTS]]
        np.testing.assert_allclose(parts.sum(axis=1), rows[f"{kind}_later"], atol=1e-12)
        assert (rows[f"{kind}_ties"] != 0).any()
        for form in page.FORMS:
            found = peer.estimate(rows, kind, form)
            assert found["beta"] == pytest.approx(sum(found[part] for part in page.PARTS), abs=1e-12)


def test_without_influence_there_are_no_parts(panels):
    assert not [name for name in panels[1] if name.endswith(page.PARTS)]
    assert len(panels[1]) > 100 and "quality_later" in panels[1]


def test_nobody_leaves_between_autumn_and_spring():
    model = peer.ds.ReformModel(peer.CASE, rng=1, overrides={"population.schools": 6}).run(37)
    tags, ties = model.state.teachers.tag.copy(), model.state.network.target.copy()
    model.run(72)
    assert (model.state.teachers.tag == tags).all() and (model.state.network.target == ties).all()
    model.run(73)
    assert (model.state.teachers.tag != tags).any() and (model.state.network.target != ties).any()


def test_an_expectation_can_fail():
    rows = [{"strategy": "none", "influence": True, "kind": "quality", "form": "years", "beta": b} for b in (0.1, 0.3)]
    expected = page.Expected("Some.", ("none",), True, "years", "beta", 0.0, 0.25)
    assert page.came_out(expected, pd.DataFrame(rows)).endswith("Found: .20 (none). **As expected.**")
    assert "Not as expected" in page.came_out(expected._replace(high=0.15), pd.DataFrame(rows))


def test_numbers_have_no_leading_zero():
    assert [page.number(x) for x in (0.104, -0.001, -0.25, 1.0, 10.05)] == [".10", ".00", "-.25", "1.00", "10.05"]
