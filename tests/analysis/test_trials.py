"""Published trials in the model: what can be counted by hand, and one small real run."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.analysis.trials import coaching, contrasts, network, offers, rating, space
from diffusion_sim.analysis.trials.page import check_page, kept_first_look, page_of, write_page
from diffusion_sim.analysis.trials.published import TRIALS, published
from diffusion_sim.analysis.trials.run import run_trials
from diffusion_sim.analysis.trials.sections import sections
from diffusion_sim.analysis.trials.tables import draws_with
from diffusion_sim.errors import ScenarioError, StoreError, StudyError
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
        assert figure.describes or math.isfinite(figure.low) and math.isfinite(figure.high), figure.id
        if not math.isnan(figure.published):
            assert figure.low <= figure.published <= figure.high


def test_a_band_holds_its_ends_and_nothing_undefined():
    figure = published().figures["practice"]
    assert figure.holds(0.3) and figure.holds(0.65) and not figure.holds(0.29) and not figure.holds(math.nan)
    least = published().figures["network_least_ready_quarter"]
    assert least.holds(-4.0) and not least.holds(-4.1) and not least.holds(0.1)


def test_what_cannot_fail_has_no_verdict_and_a_second_reading_says_so():
    figures = published().figures
    assert [name for name, one in figures.items() if one.describes] == ["network_use"]
    assert {one.second_of for one in figures.values()} == {"", "network_readiest_quarter"}
    assert published().load["argued_from"] in figures


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
        *(np.where(np.array(offered, bool), amount, 0.0) for amount in (16.0, 12.0, 64.0)),
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
    assert everybody["learning"] == 12.0 and everybody["building"] == 64.0
    begin = coaching.effects(heads, tails, coaching.BEGIN, 0.5)
    assert begin["teachers"] == 2 and begin["share"] == 0.5
    assert begin["practice"] == pytest.approx((0.6 + 0.5) / 2 / 0.5)


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


def test_the_parts_of_a_naive_contrast_by_hand():
    """One school; persons 0 and 1 use with the programme, 1 without it, too; 2 and 3 never. General effectiveness .1 of
    users and .04 of the others; practice gives .2 and .4, all else .05 in common and .03 to non-users besides."""
    general = np.array([0.1, 0.1, 0.04, 0.04])
    mine = school_year(range(4), [0] * 4, [1, 1, 0, 0], general + 0.05 + np.array([0.2, 0.4, 0.03, 0.03]))
    mine = mine._replace(general=general)
    none = school_year(range(4), [0] * 4, [0, 1, 0, 0], general + np.array([0.0, 0.4, 0.0, 0.0]))
    rows = {row["contrast"]: row for row in contrasts.contrasts_of([mine], [none])}
    within = rows["within school and year"]
    assert rows[contrasts.TRUE]["gain"] == pytest.approx(0.25)
    assert within["gain"] == pytest.approx(0.06 + 0.3 - 0.03) and within["general"] == pytest.approx(0.06)
    # with both users .27 in practice, without the second .17; of that .25 is the true effect
    assert within["also_without"] == pytest.approx(0.1) and within["rest"] == pytest.approx(0.17 - 0.25)
    for kind in contrasts.NAIVE:
        if math.isfinite(rows[kind]["gain"]):
            off = rows[kind]["gain"] - rows[contrasts.TRUE]["gain"]
            assert sum(rows[kind][part] for part in contrasts.PARTS) == pytest.approx(off)


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
        for schools, hours, practice in ((3, 16.0, 0.6), (3, 40.0, 0.9), (40, 16.0, 0.2), (3, 16.0, 0.4), (3, 4.0, 0.3))
    ]
    groups = [
        {"form": form, "loaded": loaded, "group": name, "pairs": 0.1 + 0.2 * loaded, "same": 0.5, "use": 0.3}
        for name in network.GROUPS
        for form, loaded in (("teachers", True), ("teachers", False), ("leaders", True))
    ]
    found = space.figures_of(rows, groups, 36.0)
    assert found["practice_small/all"] == pytest.approx(0.5) and found["practice/all"] == pytest.approx(0.35)
    assert found["practice_by_size/all"] == pytest.approx(0.4) and found["practice_by_hours/all"] == pytest.approx(3.0)
    assert found["pupils/begin"] == pytest.approx(0.0875)
    assert found["pupils_per_practice/all"] == pytest.approx(0.25)
    assert found["network_readiest_quarter/teachers"] == pytest.approx(0.3 * 36)
    assert found["network_readiest_quarter/teachers/load 0"] == pytest.approx(3.6)
    assert found["network_use/leaders"] == pytest.approx(0.3) and "network_use/leaders/load 0" not in found
    same = space.figures_of([], groups, 36.0, "same")
    assert same["network_all/leaders"] == 0.5 and not any("practice" in name for name in same)
    assert math.isnan(space.ratio(1.0, 0.0)) and math.isnan(space.ratio(1.0, -0.1))


def test_draws_lie_in_the_ranges_and_leave_out_what_trials_state(district):
    points = space.draw_points(district, 20, 1, {"trial.q": 0.9})
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
    assert points == space.draw_points(district, 20, 1, {"trial.q": 0.9})


# ---- a small real run ------------------------------------------------------------------------------------------------


def test_a_small_run_has_every_trial(found):
    assert found.digest == digest() and found.replicates == 2
    assert len(found.coaching) == 2 * 5 * 2 * 2 and len(found.network) == 2 * 2 * len(network.GROUPS) * 3
    assert len(found.contrasts) == len(contrasts.KINDS) * (1 + len(contrasts.PARTS)) and len(found.draws) == 2
    begin = found.coaching[found.coaching["who"] == "begin"]
    assert begin["share"].between(0, 0.9).all()
    assert (found.coaching["received"].round(9) == found.coaching["hours"]).all()
    key = {"schools": 3, "hours": 16.0, "who": "all"}
    assert found.of("ceiling", "practice", hours=16.0) > found.of("coaching", "practice", **key) > 0
    assert found.most("use") == 1.0 and found.most("pupils") > found.of("coaching", "pupils", **key)
    less, readier, whole = (
        found.of("achievement_network", "same", form="teachers", load=0.1, group=name)
        for name in ("less ready half", "readier half", "all")
    )
    assert (less + readier) / 2 == pytest.approx(whole)


def test_draws_inside_are_counted_from_the_draws(found):
    for row in found.figures.to_dict("records"):
        key = f"{row['figure']}/{row['who']}"
        if row["figure"] == "network_use":
            assert row["inside"] is None and math.isnan(row["draws_inside"])
            continue
        for end, name in (("", "draws_inside"), ("/load 0", "draws_inside_no_load")):
            if f"{key}{end}" in found.draws:
                inside = [row["low"] <= value <= row["high"] for value in found.draws[f"{key}{end}"]]
                assert row[name] == sum(inside) and row["draws"] == 2
        assert row["figure"].startswith("network") == math.isfinite(row["model_no_load"])
        rough = found.draws[f"chance.{key}"]
        if "ratio" not in row["unit"] and "/" not in row["unit"]:
            assert row["chance_sd"] == pytest.approx(math.sqrt((rough * rough).mean()))


def test_a_run_draws_nothing_that_its_trials_state_nor_units_nor_what_they_do_not_use(found):
    drawn = {name.removeprefix("p.") for name in found.draws.columns if name.startswith("p.")}
    assert drawn.isdisjoint(published().states) and "pupils.months_per_sd" not in drawn
    assert not any(path.startswith(("staffing.", "testing.", "population.", "programme.")) for path in drawn)
    assert {"pupils.load", "stop.d0", "trial.q"} <= drawn  # the ceiling states the first two, the coaching trial not
    assert f"over {len(drawn)} numbers" in " ".join(sections(found)[0].after)


def test_what_is_not_drawn_changes_nothing(district):
    idle = {path: n for path, n in district.numbers.items() if path.startswith(("staffing.", "testing.")) and n.range}
    ends = {path: n.range[0 if n.value == n.range[1] else 1] for path, n in idle.items() if not n.choices}
    assert len(ends) > 5
    case = coaching.coaching_case(district, 3)
    usual, other = (coaching.run_coaching(sc, 3, (16.0,), 0.5) for sc in (case, case.override(ends)))
    assert usual == other
    few = network.network_case(district, 0.1).override({"population.districts": 1, "population.schools": 8})
    for form in network.FORMS:
        assert network.run_network(few, 3, 16.0, form) == network.run_network(few.override(ends), 3, 16.0, form)


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


def outline(text):
    """Headings and heads of tables of a page, without its first look."""
    lines = text.replace(kept_first_look(text) or "", "").splitlines()
    heads = [line for line, after in itertools.pairwise(lines) if after.startswith("| ---")]
    return [line for line in lines if line.startswith("#") or line in heads]


def test_the_page_of_the_docs_is_what_the_code_makes(found):
    page = (Path(__file__).parents[2] / "docs" / "trials.md").read_text(encoding="utf-8")
    mine = outline(page_of(found, "diffusion-sim trials"))
    assert outline(page) == mine and sum(line.startswith("|") for line in mine) == 5


def test_a_page_says_what_its_figures_rest_on(found):
    (figures, coached, *_), words = sections(found), published().figures
    said = " ".join(figures.before + figures.after)
    assert "by design" in said and "second reading" in said and "nearer to the article" in said
    assert "The band of pupils is wide (" in said
    of = {(cells[0], cells[1]): cells for cells in figures.rows}
    readier = of[words["network_ready_half"].title + " (a second reading of the same figure)", "hours to leaders"]
    assert readier[2].startswith("4 to 7 (") and readier[9] != "-" and readier[11].endswith("of 2")
    use = of[words["network_use"].title, "hours to teachers"]
    assert use[6] == "a description, no verdict" and use[7] == "-"
    assert of[words["network_all"].title, "hours to teachers"][2] == "null, size not found (seen)"
    usual = found.coaching[found.coaching["hours"] == 16.0].iloc[0]
    assert usual["learning"] < 16.0 and usual["building"] > 0.0
    assert f"16 hours are {usual['learning']:.1f} hours of practice and expertise" in coached.before[0]
    assert "upper bound" in " ".join(coached.before)


def test_what_a_page_must_not_be_written_over(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("# Mine\n", encoding="utf-8")
    with pytest.raises(StoreError, match="no page of trials"):
        check_page(readme, [])
    page = Path(__file__).parents[2] / "docs" / "trials.md"
    check_page(page, [])
    check_page(tmp_path / "new.md", ["coaching"])
    with pytest.raises(StoreError, match=r"would be lost \(achievement_network, ceiling, contrasts\)"):
        check_page(page, ["coaching"])


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
        ({"overrides": {"stop.d0": 0.9}, "trials": ["ceiling"]}, StudyError, "stop.d0 is stated by the ceiling itself"),
        ({"space": 50, "trials": ["coaching"]}, StudyError, "draws need achievement_network, ceiling, too"),
        ({"rng": -1}, StudyError, "rng: found -1"),
    ],
)
def test_what_cannot_be_run_is_said(said, error, words):
    with pytest.raises(error, match=words):
        ds.run_trials(**SMALL | said)


def test_there_are_four_trials():
    assert TRIALS == ("coaching", "achievement_network", "ceiling", "contrasts")
