"""Synthetic populations meet their targets. Tolerance = 4.42 standard errors: error rate 1e-5 a two-sided check."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from diffusion_sim.errors import PopulationError
from diffusion_sim.population.keys import district_keys
from diffusion_sim.population.synthetic import PARAMETERS, _district_sizes, logit_spread, split_schools, synthetic

Z = 4.42
DISTRICTS, SCHOOLS = 4134, 31_250


@pytest.fixture(scope="module")
def nation():
    return synthetic(7, districts=DISTRICTS, schools=SCHOOLS)


def pair_correlation(table, values) -> tuple[float, int]:
    """Intraclass correlation from the first two schools of every district that has two, each pair once."""
    district = np.array(table.district_id)
    first = np.flatnonzero(np.r_[True, district[1:] != district[:-1]])
    first = first[(first + 1 < len(district)) & (district[np.minimum(first + 1, len(district) - 1)] == district[first])]
    a, b = values[first], values[first + 1]
    mean, var = np.mean(np.r_[a, b]), np.var(np.r_[a, b])
    return float(np.mean((a - mean) * (b - mean)) / var), first.size


def poverty_icc_is(table, icc: float) -> bool:
    found, pairs = pair_correlation(table, np.log(table.poverty / (1 - table.poverty)))
    return abs(found - icc) < Z * (1 - icc**2) / np.sqrt(pairs)


def test_poverty_clusters_by_district(nation):
    assert poverty_icc_is(nation, 0.6)
    assert nation.poverty.mean() == pytest.approx(PARAMETERS["poverty_mean"][0], abs=1e-9)
    # SD: districts are the units that vary, effective number about D / (1 + cv^2 of schools per district)
    n = np.unique(nation.district_id, return_counts=True)[1]
    effective = n.sum() ** 2 / (n**2).sum()
    assert abs(nation.poverty.std() - 0.25) < Z * 0.25 / np.sqrt(2 * effective)


def test_the_clustering_check_can_fail():
    broken = synthetic(7, districts=DISTRICTS, schools=SCHOOLS, poverty_icc=0.45)
    assert not poverty_icc_is(broken, 0.6)


def test_achievement_follows_poverty(nation):
    found = np.corrcoef(nation.achievement, nation.poverty)[0, 1]
    tolerance = Z * (1 - 0.65**2) / np.sqrt(SCHOOLS)
    assert abs(found + 0.65) < tolerance
    assert abs(nation.achievement.mean()) < 1e-12 and nation.achievement.std() == pytest.approx(1)
    weak = synthetic(7, districts=DISTRICTS, schools=SCHOOLS, achievement_poverty_correlation=-0.6)
    assert abs(np.corrcoef(weak.achievement, weak.poverty)[0, 1] + 0.65) > tolerance  # the check can fail


def test_teachers_per_school(nation):
    # the mean is met before rounding; rounding adds at most uniform(-.5, .5) noise, SD .289
    assert abs(nation.teachers.mean() - 32) < Z * 0.289 / np.sqrt(SCHOOLS)
    assert nation.teachers.min() == 8 and nation.teachers.max() == 90
    assert np.median(nation.teachers) < 29  # right skewed
    high, elementary = nation.teachers[nation.level == 2], nation.teachers[nation.level == 0]
    assert 1.4 < high.mean() / elementary.mean() < 2.1  # 1.92 before the ends are cut
    ratio = nation.pupils / nation.teachers
    assert abs(ratio.mean() - 15.4) < Z * 15.4 * 0.26 / np.sqrt(SCHOOLS) + 0.02  # + whole pupils


def test_district_sizes_follow_the_digest():
    p = {name: float(value) for name, (value, _, _) in PARAMETERS.items()}
    keys = district_keys([f"D{i:05d}" for i in range(13_201)])
    size, score = _district_sizes(3, keys, p)
    for limit, share in ((1000, 6290 / 13_201), (2500, 9475 / 13_201), (10_000, 12_325 / 13_201)):
        assert abs((size < limit).mean() - share) < Z * np.sqrt(share * (1 - share) / 13_201)
    assert size.min() >= 50 and size.max() <= 127_000
    assert abs(score.mean()) < Z / np.sqrt(13_201)


def test_levels_and_locales_have_their_shares(nation):
    for level, share in ((1, 0.16), (2, 0.15), (3, 0.05)):
        assert abs((nation.level == level).mean() - share) < Z * np.sqrt(share * (1 - share) / SCHOOLS)
    first = np.unique(nation.district_id, return_index=True)[1]
    for locale, share in ((0, 0.17), (1, 0.23), (2, 0.17), (3, 0.43)):
        assert abs((nation.locale[first] == locale).mean() - share) < Z * np.sqrt(share * (1 - share) / DISTRICTS)


def test_schools_are_split_by_size():
    assert split_schools(np.array([100.0, 300.0, 600.0]), 10).tolist() == [1, 3, 6]
    assert split_schools(np.array([1.0, 1.0, 998.0]), 10).tolist() == [1, 1, 8]
    assert split_schools(np.array([5.0, 5.0]), 2).tolist() == [1, 1]
    assert split_schools(np.array([5.0, 5.0]), 3).tolist() == [2, 1]
    for total in (4134, 5000, 31_250):
        split = split_schools(np.geomspace(50, 127_000, 4134), total)
        assert split.sum() == total and split.min() >= 1 and (np.diff(split) >= -1).all()


def test_one_district_meets_the_stated_means():
    for seed in range(5):
        table = synthetic(seed, districts=1, schools=40)
        assert abs(table.teachers.sum() - 1280) <= 15
        assert table.poverty.mean() == pytest.approx(0.51, abs=1e-9)
        # within one district: SD about .25 sqrt(1 - .6) = .158 to .19 (the logit bends it)
        assert 0.1 < table.poverty.std() < 0.26


def test_same_seed_same_table_other_seed_other():
    a = synthetic(5, districts=3, schools=20)
    assert a.equals(synthetic(5, districts=3, schools=20))
    assert not a.equals(synthetic(6, districts=3, schools=20))
    fixed = synthetic(5, districts=3, schools=20, population_seed=11)
    assert fixed.equals(synthetic(6, districts=3, schools=20, population_seed=11))
    assert list(zip(a.district_id, a.school_id, strict=True)) == sorted(zip(a.district_id, a.school_id, strict=True))


def test_a_small_world_stays_what_it_was():
    """Purposes and ids are part of published results: these numbers change only with the model's version."""
    table = synthetic(1, districts=2, schools=6)
    assert table.district_id == ["D0001"] * 2 + ["D0002"] * 4
    assert table.school_id == [f"S000{i}" for i in range(1, 7)]
    assert table.teachers.tolist() == [33, 36, 27, 41, 25, 30]
    assert table.pupils.tolist() == [614, 564, 330, 686, 319, 340]
    assert table.level.tolist() == [0, 1, 0, 2, 3, 1] and table.locale.tolist() == [3, 3, 1, 1, 1, 1]
    assert table.poverty.tolist() == pytest.approx([0.8106, 0.6954, 0.5045, 0.3075, 0.2187, 0.5231], abs=5e-5)


@pytest.mark.parametrize(
    ("keywords", "part"),
    [
        ({"districts": 5, "schools": 4}, "at least one school"),
        ({"districts": 0, "schools": 4}, "population.districts"),
        ({"districts": 1, "schools": 4.5}, "population.schools"),
        ({"districts": 1, "schools": 4, "povrty_mean": 0.5}, "'poverty_mean'"),
        ({"districts": 1, "schools": 4, "poverty_mean": 51}, "population.poverty_mean: found 51"),
        ({"districts": 1, "schools": 4, "poverty_mean": float("nan")}, "population.poverty_mean"),
        ({"districts": 1, "schools": 4, "poverty_mean": 0.05, "poverty_sd": 0.25}, "cannot spread"),
        ({"districts": 1, "schools": 4, "teachers_mean": 200}, "teachers_largest"),
        ({"districts": 1, "schools": 4, "share_city": 0.9}, "together above 1"),
        ({"districts": 1, "schools": 4, "population_seed": -1}, "population_seed"),
    ],
)
def test_bad_numbers(keywords, part):
    with pytest.raises(PopulationError) as caught:
        synthetic(1, **keywords)
    assert part in str(caught.value)


@pytest.mark.parametrize(("mean", "sd"), [(0.51, 0.25), (0.2, 0.1), (0.8, 0.35)])
def test_logit_spread_reaches_its_sd(mean, sd):
    x = np.random.default_rng(1).standard_normal(100_000) * logit_spread(mean, sd)
    middle = min(np.linspace(-20, 20, 801), key=lambda m: abs(float(np.mean(1 / (1 + np.exp(-(m + x))))) - mean))
    share = 1 / (1 + np.exp(-(middle + x)))
    assert share.mean() == pytest.approx(mean, abs=0.01)
    assert share.std() == pytest.approx(sd, abs=0.006)  # SE of the SD about .001, grid of the mean adds the rest


def test_a_million_teachers_in_time():
    synthetic(1, districts=1, schools=2)  # compile
    start = time.perf_counter()
    table = synthetic(2, districts=DISTRICTS, schools=SCHOOLS)
    assert time.perf_counter() - start < 1.5
    assert table.teachers.sum() > 990_000


def test_defaults_are_the_scenario_numbers():
    import yaml

    path = Path(__file__).parents[2] / "diffusion_sim" / "scenario" / "defaults.yaml"
    if not path.exists():
        pytest.skip("no scenario/defaults.yaml in this tree")
    numbers = yaml.safe_load(path.read_text(encoding="utf-8"))["population"]
    for name, (value, low, high) in PARAMETERS.items():
        assert numbers[name]["value"] == value and numbers[name]["bounds"] == [low, high], name
