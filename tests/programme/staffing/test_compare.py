"""multi_classroom_leader beside other strategies, from compare to the percentile of team teachers' gains."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.study.run.gain_percentile import Stayers, gain_percentile_median, stayers

SMALL = {"population.schools": 10, "population.teachers_mean": 24}


def people(names, gains, in_team=()):
    person = np.array([(ord(n), 0) for n in names], [("origin", "u8"), ("tag", "i8")])
    return Stayers(person, np.array(gains, float), np.isin(list(names), list(in_team)))


def test_percentile_by_hand():
    """a to e in both runs; x left in none, y in the arm. b gains 25: two of five below, one equal; c 99: all below."""
    none = people("abcdey", [10, 20, 25, 40, 30, -99])
    arm = people("abcdex", [0, 25, 99, 0, 0, 99], in_team="bcx")
    assert gain_percentile_median(arm, none) == pytest.approx((100 * 2.5 / 5 + 100) / 2)
    assert np.isnan(gain_percentile_median(people("ab", [1, 2]), none))


def test_stayers_are_those_who_were_there():
    model = ds.ReformModel("mid_size_district", rng=3, strategy="multi_classroom_leader", overrides=SMALL).run()
    found = stayers(model)
    first = ds.ReformModel("mid_size_district", rng=3, strategy="none", overrides=SMALL)
    start = set(zip(first.state.teachers.origin.tolist(), first.state.teachers.tag.tolist(), strict=True))
    now = set(zip(model.state.teachers.origin.tolist(), model.state.teachers.tag.tolist(), strict=True))
    there = set(map(tuple, found.person.tolist()))
    gone = {(o, t) for o, t, leader in zip(*(model.state.teachers[c].tolist() for c in ("origin", "tag", "leader")),
                                           strict=True) if leader == -3}  # fmt: skip
    assert there == (start & now) - gone and 0 < found.in_team.sum() < len(there)


def test_gains_of_teachers_add_up_to_their_schools():
    """Without turnover and traded posts a school's gain is the mean of its teachers' gains."""
    overrides = SMALL | {"turnover.exit": 0}
    model = ds.ReformModel("mid_size_district", rng=3, strategy="directed_uniform", overrides=overrides).run()
    t, s = model.state.teachers, model.state.schools
    whole = t.gain + 0.15 * t.effectiveness * model.week / 36
    assert np.bincount(t.school, weights=whole) / s.posts == pytest.approx(s.gain, rel=1e-9)


@pytest.fixture(scope="module")
def compared():
    arms = ["none", "volunteer_uniform", "multi_classroom_leader"]
    return ds.compare("mid_size_district", arms, replicates=3, workers=1, overrides=SMALL, progress=False)


def test_compare(compared):
    means = compared.table.pivot(index="measure", columns="strategy", values="mean")
    assert means.loc["teachers", "multi_classroom_leader"] < means.loc["teachers", "none"]
    assert means.loc["cost_supplements", "multi_classroom_leader"] > 0 == means.loc["cost_supplements", "none"]
    assert means.loc["gain_percentile_median", "multi_classroom_leader"] > 50
    assert np.isnan(means.loc["gain_percentile_median", "volunteer_uniform"])
    assert "gain_percentile_median" not in set(compared.differences.measure)


def test_its_runs_can_be_run_again(compared):
    row = compared.runs[compared.runs.strategy == "multi_classroom_leader"].iloc[-1]
    again = ds.ReformModel("mid_size_district", rng=int(row.seed), strategy=row.strategy, overrides=SMALL).run()
    for name, value in again.outcomes.items():
        assert value == row[name] or np.isnan(value) and np.isnan(row[name]), name


def test_without_teams_the_percentile_is_not_shown():
    c = ds.compare("mid_size_district", ["none", "lottery"], replicates=2, workers=1, overrides=SMALL, progress=False)
    assert "gain_percentile_median" not in set(c.table.measure)


def test_michigan_has_schools_too_small_for_teams():
    model = ds.ReformModel("michigan", rng=1, strategy="multi_classroom_leader")
    for _ in range(2):
        model.step()
    s = model.state.schools
    assert (s.posts < 3).any() and (s.staffing[s.posts < 3] == 0).all()
    assert (s.staffing == 2).sum() > 100 and (s.teaching > 0).all()
    assert model.outcomes["teachers"] == s.teaching.sum() < s.posts.sum()
