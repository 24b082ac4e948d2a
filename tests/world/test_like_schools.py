"""Like schools by hand, initiatives that come and go, and the scale of peers' force."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim import rng
from diffusion_sim.errors import RuleError
from diffusion_sim.state.tables import SCHOOL, rows, set_bounds
from diffusion_sim.world.like_schools import kinds_of, like_use, visible_share
from diffusion_sim.world.numbers import numbers_of

CASE = ds.load_scenario("mid_size_district")
P = numbers_of(CASE).enrolment._replace(like_norm=0.5, like_district=0.75)


def n(u):
    return u**3 / (u**3 + 0.125)


def schools(district, level, poverty, programme=None):
    programme = programme or [1] * len(district)
    table = rows(SCHOOL, len(district), district=district, level=level, poverty=poverty, programme=programme)
    set_bounds(table, [4] * len(district))
    return table


def test_like_use_by_hand():
    """Two districts; poverty thirds of six programme schools: .1 .2 | .3 .4 | .5 .6."""
    table = schools([0, 0, 0, 1, 1, 1, 1], [0, 0, 1, 0, 0, 1, 0], [0.1, 0.5, 0.3, 0.2, 0.6, 0.4, 0.15], [1] * 6 + [0])
    use = np.array([0.5, 1.0, 0.0, 0.25, 0.75, 0.5, 1.0])
    found = like_use(table, kinds_of(table), use, P)
    # school 0: in the district 1 and 2; elsewhere of level 0 and the lowest third: 3 (6 is outside the programme)
    assert found[0] == pytest.approx(0.75 * (n(1.0) + n(0.0)) / 2 + 0.25 * n(0.25))
    # school 2: level 1, middle third: 5 elsewhere
    assert found[2] == pytest.approx(0.75 * (n(0.5) + n(1.0)) / 2 + 0.25 * n(0.5))
    # the school outside sees all programme schools of its district, and 0 of its kind elsewhere
    assert found[6] == pytest.approx(0.75 * (n(0.25) + n(0.75) + n(0.5)) / 3 + 0.25 * n(0.5))


def test_alone_in_the_district_and_of_its_kind():
    table = schools([0, 1], [0, 1], [0.1, 0.9])
    assert like_use(table, kinds_of(table), np.array([1.0, 1.0]), P).tolist() == [0.0, 0.0]


def test_kinds_are_levels_and_thirds():
    table = schools([0] * 6, [0, 0, 0, 2, 2, 2], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert kinds_of(table).tolist() == [0, 0, 1, 7, 8, 8]


def test_visible_share_counts_posts_that_teach():
    table = schools([0, 0], [0, 0], [0.1, 0.2])
    table.teaching[1] = 2  # two of its four posts do not teach
    assert visible_share(table, np.array([1.0, 0, 0, 0, 1, 0, 0, 0])).tolist() == [0.25, 0.5]


def test_like_schools_act_by_their_change_alone():
    model = ds.ReformModel(CASE, rng=3, strategy="directed_uniform")
    start = model.state.schools.like_start.copy()
    assert (model.state.schools.like == start).all() and start.max() > 0
    model.run(until=60)
    assert (model.state.schools.like_start == start).all() and (model.state.schools.like > start).all()
    off = ds.ReformModel(CASE, rng=3, strategy="directed_uniform", overrides={"structure.like": "off"}).run(until=60)
    assert not off.state.schools.like.any() and not off.state.schools.like_start.any()


# ---- initiatives -----------------------------------------------------------------------------------------------------
def poisson(u, mean):
    """Smallest n with CDF(n) >= u."""
    from scipy.stats import poisson as law

    return int(law.ppf(u, mean))


def test_initiatives_are_those_begun_within_their_years():
    years, mean = 2.5, 4.0
    case = CASE.override({"schools.initiatives": mean, "schools.initiative_years": years})
    model = ds.ReformModel(case, rng=5, strategy="none")
    keys, district = model.state.schools.key, model.state.districts.key[0]
    for quarter in (0, 1, 7):
        model.run(until=max(model.week, 9 * quarter + 1))
        for s in range(0, 40, 7):
            begun = [
                poisson(rng.uniform(5, keys[s], 0, rng.INITIATIVES, q + 1000), 0.8 * mean / 10)
                + poisson(rng.uniform(5, district, 0, rng.DISTRICT_INITIATIVES, q + 1000), 0.2 * mean / 10)
                for q in range(quarter - 9, quarter + 1)
            ]
            assert model.state.schools.initiatives[s] == sum(begun)


def test_initiatives_keep_their_law():
    """Over 400 schools and 8 quarters that share no initiative, mean and variance are those of one Poisson law."""
    alone = {"population.schools": 400, "population.districts": 400}
    case = CASE.override(alone | {"schools.initiative_years": 0.25})
    model, found = ds.ReformModel(case, rng=6, strategy="none"), []
    for quarter in range(8):
        model.run(until=9 * quarter + 1)
        found.append(model.state.schools.initiatives.copy())
    assert np.mean(found) == pytest.approx(3.0, abs=4 * np.sqrt(3 / 3200))
    assert np.var(found) == pytest.approx(3.0, abs=0.4)


def test_more_initiatives_leave_less_focus():
    """At the mean number the drawn focus stands; one more crowds it."""
    means = []
    for number in (1, 3, 6):
        case = CASE.override({"schools.initiatives": number, "population.schools": 300})
        schools_ = ds.ReformModel(case, rng=4, strategy="none").state.schools
        many = schools_.initiatives > number
        means.append(schools_.conditions[many, 0].mean() - schools_.conditions[~many, 0].mean())
        drawn = schools_.conditions_start[:, 0] * (1 + 0.2 * number) / (1 + 0.2 * schools_.initiatives)
        assert schools_.conditions[:, 0] == pytest.approx(np.minimum(1, drawn))
    assert max(means) < -0.02


# ---- peers by number -------------------------------------------------------------------------------------------------
def test_threshold_leaves_the_mean_force_at_the_start():
    model = ds.ReformModel(CASE, rng=2, strategy="none", overrides={"structure.exposure": "threshold"})
    state = model.state
    scale = state.schools.peer_scale
    assert (scale == scale[0]).all() and scale[0] > 0
    shown, net = state.faces[0][:, 0], state.network
    force = enough = 0.0
    for i in range(state.teachers.size):
        seen = sum(shown[j] for j in net.target[net.first[i] : net.first[i] + net.degree[i]])
        force += seen / net.degree[i] if net.degree[i] else 0.0
        enough += seen >= 2
    assert scale[0] * enough == pytest.approx(force)


def test_own_peer_force_is_not_silently_left_out():
    with pytest.raises(RuleError, match="structure.exposure is threshold"):
        ds.ReformModel(
            CASE, rng=1, rules={"peer_force": lambda exposure, p: 0.1}, overrides={"structure.exposure": "threshold"}
        )
