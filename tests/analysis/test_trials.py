"""Published trials in the model: what can be counted by hand, and one small real run."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.analysis.trials import coaching, contrasts, network, offers, rating, space
from diffusion_sim.analysis.trials.page import kept_first_look, page_of, write_page
from diffusion_sim.analysis.trials.published import TRIALS, published
from diffusion_sim.analysis.trials.run import run_trials
from diffusion_sim.analysis.trials.sections import sections
from diffusion_sim.analysis.trials.tables import draws_with
from diffusion_sim.errors import ScenarioError, StudyError
from diffusion_sim.scenario.ranges_lock import digest
from diffusion_sim.school_year import WEEKS_PER_YEAR

SMALL = {"replicates": 2, "workers": 1, "progress": False}


@pytest.fixture(scope="module")
def found():
    return run_trials(space=2, **SMALL)


@pytest.fixture(scope="module")
def district():
    return ds.load_scenario("mid_size_district")


# ---- the file of published figures -----------------------------------------------------------------------------------


def test_every_figure_has_a_source_and_a_band_around_it():
    for figure in published().figures.values():
        assert figure.source and figure.seen and figure.title and figure.low < figure.high
        if not math.isnan(figure.published):
            assert figure.low <= figure.published <= figure.high


def test_a_band_holds_its_ends_and_nothing_undefined():
    figure = published().figures["practice"]
    assert figure.holds(0.3) and figure.holds(0.65) and not figure.holds(0.29) and not figure.holds(math.nan)
    assert published().figures["network_least_ready_quarter"].holds(-1e9)


# ---- a rating and an effect on its scale -----------------------------------------------------------------------------


def test_a_rating_by_hand():
    """Two users of quality .4 and .6 and two others, teacher_sd/effect = .15/.3 = .5."""
    true = rating.true_rating(np.array([0.4, 0.6, 0.0, 0.0]), np.array([0.0, -1.0, 1.0, -1.0]), 0.15, 0.3)
    assert true == pytest.approx([0.4, 0.1, 0.5, -0.5])
    # variance .140625 + ... around the mean .125: (.275² + .025² + .375² + .625²)/4 = .151875; half of it is noise
    assert rating.rating_sd(true, 0.5) == pytest.approx(math.sqrt(0.151875 / 0.5))
    assert rating.rating_sd(true, 1.0) < rating.rating_sd(true, 0.5)
    assert rating.effect_size(np.array([0.5, 0.3]), np.array([0.1, 0.1]), 0.5) == pytest.approx(0.6)
    assert math.isnan(rating.effect_size(np.zeros(0), np.zeros(0)))
    with pytest.raises(StudyError, match="pupils.effect: found 0"):
        rating.true_rating(true, true, 0.15, 0.0)


def year(ratings, began, offered, pupils=(0, 0, 0, 0)):
    return coaching.Year(
        np.array(ratings, float), np.array(pupils, float), np.array(began, bool), np.array(offered, bool),
        np.where(np.array(offered, bool), 16.0, 0.0),
    )  # fmt: skip


def test_effects_of_the_coin_and_the_coin_turned_over_by_hand():
    """Four teachers; the first two have the offer in heads, the others in tails. The first and the third begin at once
    when they have it; the second begins in tails only, without it."""
    heads = year([1.0, 0.2, 0.0, 0.3], [1, 0, 0, 0], [1, 1, 0, 0], [0.4, 0.1, 0.0, 0.0])
    tails = year([0.4, 0.2, 0.5, 0.5], [0, 1, 1, 0], [0, 0, 1, 1], [0.2, 0.1, 0.1, 0.0])
    everybody = coaching.effects(heads, tails, coaching.ALL, 0.5)
    # with - without: .6, 0, .5, .2 -> mean .325; alone: (1 + .2)/2 - (0 + .3)/2 = .45
    assert everybody["practice"] == pytest.approx(0.325 / 0.5) and everybody["practice_alone"] == pytest.approx(0.9)
    assert everybody["pupils"] == pytest.approx((0.2 + 0.0 + 0.1 + 0.0) / 4)
    assert everybody["teachers"] == 4 and everybody["share"] == 1.0 and everybody["received"] == 16.0
    consented = coaching.effects(heads, tails, coaching.CONSENTED, 0.5)
    assert consented["teachers"] == 2 and consented["share"] == 0.5
    assert consented["practice"] == pytest.approx((0.6 + 0.5) / 2 / 0.5)


# ---- who gets the offer ----------------------------------------------------------------------------------------------


def test_pairs_are_neighbours_of_one_district_by_hand():
    district = np.array([0, 0, 0, 0, 1, 1, 1])
    level = np.array([1, 0, 1, 0, 0, 0, 0])
    poverty = np.array([0.1, 0.9, 0.2, 0.3, 0.7, 0.1, 0.6])
    pairs = offers.matched_pairs(district, level, poverty)
    assert pairs.tolist() == [[3, 1], [0, 2], [5, 6]]  # of the second district's three the poorest is left over


def test_the_coin_names_one_school_of_each_pair():
    keys, pairs = np.arange(1, 401, dtype=np.uint64), np.arange(400).reshape(-1, 2)
    chosen = offers.one_of_each(7, pairs, keys)
    assert (np.sort(chosen, axis=1) == pairs).all() and 70 < (chosen[:, 0] == pairs[:, 0]).sum() < 130
    half = offers.random_half(7, keys)
    assert half.sum() == 200 and (half == offers.random_half(7, keys)).all()
    assert (half != offers.random_half(8, keys)).any()


def test_only_who_has_the_offer_takes_part_and_nobody_is_told(district):
    sc = coaching.coaching_case(district, 3)
    schools = np.array([True, False, True, False, False, True])
    model = offers.run_with(sc, 3, offers.Offered(schools, 16.0)).run(until=1)
    s = model.state.schools
    assert ((s.enrolled == 1) == schools).all() and (s.mandate_weeks == 0).all()
    assert s.hours == pytest.approx(np.where(schools, 16.0, 0.0))  # all that was promised is received


# ---- matched pairs by quarter of readiness ---------------------------------------------------------------------------


def test_matched_pairs_by_quarter_by_hand():
    """Four pairs; school i has readiness i/10, 2i is paired with 2i + 1. An offer adds .1 to the four readiest schools
    and nothing to the others; without it school i gains i/100."""
    ready = np.arange(8) / 10
    pairs = np.array([[0, 1], [3, 2], [4, 5], [7, 6]])
    effect, usual = np.where(np.arange(8) >= 4, 0.1, 0.0), np.arange(8) / 100
    runs = []
    for offered in (pairs[:, 0], pairs[:, 1]):
        has = np.isin(np.arange(8), offered)
        runs.append(network.Ends(usual + effect * has, 0.5 * has))
    rows = {row["group"]: row for row in network.by_readiness(ready, pairs, *runs)}
    assert rows["all"]["schools"] == 8 and rows["readiest quarter"]["schools"] == 2
    assert rows["all"]["pairs"] == pytest.approx(0.05) and rows["all"]["same"] == pytest.approx(0.05)
    # schools 6 and 7 are each other's pair: .1 + .01 and .1 - .01
    assert rows["readiest quarter"]["pairs"] == pytest.approx(0.1)
    assert rows["readiest quarter"]["readiness"] == pytest.approx(0.65)
    assert rows["less ready half"]["same"] == pytest.approx(0.0) and rows["all"]["use"] == pytest.approx(0.5)


def test_a_pair_is_in_the_group_of_its_school_with_the_offer():
    """Two pairs of a ready and an unready school: the pair's difference has what the two differ by anyway."""
    ready, pairs = np.array([0.1, 0.9, 0.2, 0.8]), np.array([[0, 1], [3, 2]])
    usual = np.array([0.0, 0.3, 0.0, 0.3])  # ready schools gain .3 more whoever supports them
    same = network.Ends(usual, np.zeros(4))
    rows = {row["group"]: row for row in network.by_readiness(ready, pairs, same, same)}
    assert rows["readier half"]["pairs"] == pytest.approx(0.3)
    assert rows["less ready half"]["pairs"] == pytest.approx(-0.3)
    assert rows["all"]["pairs"] == pytest.approx(0.0) and rows["readier half"]["same"] == 0.0


def test_quarters_by_hand():
    assert network.quarters(np.array([0.5, 0.1, 0.9, 0.3])).tolist() == [2, 0, 3, 1]
    assert np.bincount(network.quarters(np.arange(88) * 0.01)).tolist() == [22] * 4


# ---- who looks only --------------------------------------------------------------------------------------------------


def school_year(person, school, user, gain):
    who = np.array([(1, n) for n in person], [("origin", "u8"), ("tag", "i8")])
    return contrasts.SchoolYear(who, np.array(school), np.array(user, float), np.array(gain, float), np.zeros(len(who)))


def test_contrasts_by_hand():
    """Two schools; users gain .1 more than their colleagues, and the school with more users gains .4 more anyway."""
    user, school = np.array([1.0, 1.0, 0.0, 1.0, 0.0, 0.0]), np.array([0, 0, 0, 1, 1, 1])
    gain = 0.1 * user + np.where(school == 0, 0.4, 0.0)
    assert contrasts.slope(user, gain, school) == pytest.approx(0.1)
    assert contrasts.slope(user, gain, np.zeros(6)) == pytest.approx((0.5 + 0.5 + 0.1) / 3 - 0.4 / 3)
    one = school_year(range(6), school, user, gain)
    shares, means, of = contrasts.school_means([one, one])
    assert shares == pytest.approx([2 / 3, 1 / 3] * 2) and of.tolist() == [0, 0, 1, 1]
    assert means == pytest.approx([0.4 + 0.2 / 3, 0.1 / 3] * 2)
    assert contrasts.slope(shares, means, of) == pytest.approx((0.4 + 0.1 / 3) / (1 / 3))
    assert math.isnan(contrasts.slope(np.ones(3), gain[:3], np.zeros(3)))


def test_the_true_effect_by_hand():
    """Persons 0 and 1 use with the programme; 1 would use without it, too; 2 is not there without it."""
    mine = school_year([0, 1, 2], [0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5])
    none = school_year([0, 1, 3], [0, 0, 0], [0, 1, 0], [0.3, 0.1, 0.0])
    assert contrasts.true_effect([mine], [none]) == pytest.approx(0.2)
    assert math.isnan(contrasts.true_effect([none], [none]))


def test_a_persons_years_add_up_to_what_the_model_keeps(district):
    sc = contrasts.contrasts_case(district.override({"population.schools": 4}))
    years = contrasts.school_years(sc, 5, "volunteer_uniform")
    model = ds.ReformModel(sc, rng=5, strategy="volunteer_uniform").run()
    t = model.state.teachers
    kept = {(int(o), int(n)): g for o, n, g in zip(t.origin, t.tag, t.gain, strict=True)}
    general = {(int(o), int(n)): e for o, n, e in zip(t.origin, t.tag, t.effectiveness, strict=True)}
    first = years[0]
    assert first.general.std() > 0.1
    teacher_sd = model.params.pupils.teacher_sd
    sums: dict = {}
    for one in years:
        for who, gain in zip(one.person.tolist(), one.gain.tolist(), strict=True):
            sums.setdefault(who, []).append(gain)
    stayed = [who for who, gains in sums.items() if len(gains) == 3]
    assert model.week == 3 * WEEKS_PER_YEAR and len(stayed) > 40
    for who in stayed:
        assert sum(sums[who]) - 3 * teacher_sd * general[who] == pytest.approx(kept[who], abs=1e-12)
    assert first.gain.mean() == pytest.approx(_gain_after_a_year(sc), abs=1e-12)


def _gain_after_a_year(sc) -> float:
    """The mean over all teachers, from schools' own sums."""
    s = ds.ReformModel(sc, rng=5, strategy="volunteer_uniform").run(until=WEEKS_PER_YEAR).state.schools
    return float(np.average(s.gain, weights=s.teaching))


# ---- figures and draws -----------------------------------------------------------------------------------------------


def test_figures_by_hand():
    rows = [
        {"schools": schools, "hours": hours, "who": who, "practice": practice, "pupils": practice / 4}
        for who in coaching.WHO
        for schools, hours, practice in ((3, 16.0, 0.6), (3, 40.0, 0.9), (40, 16.0, 0.2), (3, 16.0, 0.4))
    ]
    groups = [{"group": name, "pairs": 0.1, "use": 0.3} for name in network.GROUPS]
    found = space.figures_of(rows, groups, 36.0)
    assert found["practice_small/all"] == pytest.approx(0.5) and found["practice/all"] == pytest.approx(0.35)
    assert found["practice_by_size/all"] == pytest.approx(0.4) and found["practice_by_hours/all"] == pytest.approx(1.8)
    assert found["pupils/consented"] == pytest.approx(0.0875)
    assert found["network_readiest_quarter"] == pytest.approx(3.6) and found["network_use"] == pytest.approx(0.3)
    assert math.isnan(space.ratio(1.0, 0.0)) and math.isnan(space.ratio(1.0, -0.1))


def test_draws_lie_in_the_ranges_and_leave_out_what_trials_state(district):
    points = space.draw_points(district, 20, 1, {"trial.q": 0.9, **published().states})
    paths = set(points[0].values)
    assert len(paths) > 150 and "trial.q" not in paths and "coaches.lag" not in paths
    assert not any(path.startswith(("population.", "programme.")) for path in paths)
    for path in paths:
        low, high = district.number(path).range
        assert all(low <= point.values[path] <= high for point in points), path
    for name, said in (("reliability", published().reliability), ("load", published().load)):
        drawn = sorted(getattr(point, name) for point in points)
        low, high = said["range"]
        slices = np.floor((np.array(drawn) - low) / (high - low) * 20)
        assert slices.tolist() == list(range(20))  # a Latin hypercube: one in each slice
    assert points == space.draw_points(district, 20, 1, {"trial.q": 0.9, **published().states})


# ---- a small real run ------------------------------------------------------------------------------------------------


def test_a_small_run_has_every_trial(found):
    assert found.digest == digest() and found.replicates == 2
    assert len(found.coaching) == 2 * 5 * 2 * 2 and len(found.network) == 2 * len(network.GROUPS) * 3
    assert len(found.contrasts) == len(contrasts.KINDS) and len(found.draws) == 2
    consented = found.coaching[found.coaching["who"] == "consented"]
    assert consented["share"].between(0, 0.9).all()
    assert (found.coaching["received"].round(9) == found.coaching["hours"]).all()
    key = {"schools": 3, "hours": 16.0, "who": "all"}
    assert found.of("ceiling", "practice", hours=16.0) > found.of("coaching", "practice", **key) > 0
    assert found.most("use") == 1.0 and found.most("pupils") > found.of("coaching", "pupils", **key)
    less, readier, whole = (
        found.of("achievement_network", "same", to_leaders=0.0, group=name)
        for name in ("less ready half", "readier half", "all")
    )
    assert (less + readier) / 2 == pytest.approx(whole)


def test_draws_inside_are_counted_from_the_draws(found):
    for row in found.figures.to_dict("records"):
        key = f"{row['figure']}/{row['who']}" if row["who"] else row["figure"]
        inside = [row["low"] <= value <= row["high"] for value in found.draws[key]]
        assert row["draws_inside"] == sum(inside) and row["draws"] == 2


def test_draws_with_several_figures_by_hand():
    draws = pd.DataFrame({"practice/all": [0.5, 0.5, 0.1], "pupils/all": [0.18, 0.01, 0.18]})
    assert [row["pupils/all"] for row in draws_with(draws, ("practice", "pupils"), "all")] == [0.18]


def test_the_same_run_again_gives_the_same_bits(found):
    again = run_trials(["coaching", "contrasts"], **SMALL)
    assert again.coaching.equals(found.coaching) and again.contrasts.equals(found.contrasts)
    assert again.network.empty and again.draws.empty and len(sections(again)) == 3


@pytest.mark.slow
def test_workers_change_nothing(found):
    again = run_trials(space=2, **SMALL | {"workers": 2})
    for name in ("coaching", "network", "ceiling", "contrasts", "figures", "draws"):
        assert getattr(again, name).equals(getattr(found, name)), name


def test_a_page_keeps_its_first_look(found, tmp_path):
    path = tmp_path / "trials.md"
    write_page(found, path, "diffusion-sim trials")
    first = path.read_text(encoding="utf-8")
    assert found.digest in first and "from memory" in first and "of 2 draws from our own ranges" in first
    look = kept_first_look(first)
    assert look and kept_first_look("# Trials\n") is None
    path.write_text(first.replace(look, look.replace("Scenario", "Szenario")), encoding="utf-8")
    write_page(found, path, "diffusion-sim trials")
    again = path.read_text(encoding="utf-8")
    assert "Szenario" in again and again.count(found.digest) == 2
    assert page_of(found, "x") == page_of(found, "x")


def test_tables_are_written(found, tmp_path):
    names = found.save(tmp_path)
    assert names == [f"{n}.csv" for n in ("coaching", "network", "ceiling", "contrasts", "figures", "draws")]
    assert all((tmp_path / name).stat().st_size > 100 for name in names)


# ---- what cannot be run ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ({"trials": ["coching"]}, StudyError, "did you mean 'coaching'"),
        ({"trials": []}, StudyError, "none named"),
        ({"trials": "coaching"}, StudyError, "a list of names of trials"),
        ({"space": 1}, StudyError, "space: found 1; 0, for none, or a whole number from 2"),
        ({"space": 2.5}, StudyError, "space: found 2.5"),
        ({"replicates": 1}, StudyError, "replicates: found 1"),
        ({"overrides": {"programme.hours": 4}}, StudyError, "programme.hours is stated by the trials themselves"),
        ({"overrides": {"pupils.load": 0.1}}, StudyError, "pupils.load is stated"),
        ({"overrides": {"pupils.efect": 0.1}}, ScenarioError, "did you mean 'pupils.effect'"),
        ({"overrides": {"pupils.effect": 0}}, StudyError, "pupils.effect: found 0"),
        ({"overrides": [1]}, StudyError, "a mapping of dotted path to value"),
        ({"rng": -1}, StudyError, "rng: found -1"),
    ],
)
def test_what_cannot_be_run_is_said(said, error, words):
    with pytest.raises(error, match=words):
        ds.run_trials(**SMALL | said)


def test_there_are_four_trials():
    assert TRIALS == ("coaching", "achievement_network", "ceiling", "contrasts")
