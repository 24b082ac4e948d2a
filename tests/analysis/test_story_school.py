"""The story of one school: persons' events add up to the run's own flows, and every sentence has its count."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.analysis.story import school_year_told as told
from diffusion_sim.analysis.story.follow_school import MONEY, FollowedSchool
from diffusion_sim.analysis.story.why_begun import CAUSES
from diffusion_sim.analysis.story.words import COLUMNS, drawn
from diffusion_sim.errors import StudyError
from diffusion_sim.model import ReformModel
from diffusion_sim.state.codes import FLOWS
from diffusion_sim.study.run.gain_percentile import gain_percentile_median, stayers
from tests.small_world import write_case

SMALL = {"population.schools": 8, "programme.years_support": 2, "programme.years_after": 1}
KINDS = ["none", "directed_uniform", "staged", "improvement_network", "multi_classroom_leader"]
TEAMS = "multi_classroom_leader"


@pytest.fixture(scope="module", params=[*KINDS, "bands"])
def seen(request):
    """Everything seen of each school of a small world, and the same run made in one go."""
    of_bands = request.param == "bands"
    strategy, more = (TEAMS, {"practice.for": "bands"}) if of_bands else (request.param, {})
    model = ReformModel("mid_size_district", rng=3, strategy=strategy, overrides=SMALL | more)
    whole = model.copy().run()
    return [FollowedSchool(model.copy(), s).run() for s in range(8)], whole


def count(one, year, event, **more):
    """Events of a kind in a year for which ``more`` holds."""
    there = [e for e in one.people.happened if e["year"] == year and e["event"] == event]
    return sum(all(e[key] == value for key, value in more.items()) for e in there)


# ---- sums ------------------------------------------------------------------------------------------------------------
def test_persons_add_up_to_the_flows(seen):
    schools, whole = seen
    for s, one in enumerate(schools):
        np.testing.assert_array_equal(one.flows[-1, 0], whole.state.flows[s])
        for row in one.years[1:]:
            year = row["year"]
            assert count(one, year, "hired") == row["hired"] and count(one, year, "moved") == row["moved"]
            assert count(one, year, "left") + count(one, year, "traded") == row["left"]
            assert count(one, year, "moved", user=True) == row["moved_users"]
            gone = count(one, year, "left", user=True) + count(one, year, "traded", user=True)
            assert gone == row["left_users"] and count(one, year, "hired", knew=True) == row["comers"]
            assert count(one, year, "routine") == row["routine"] and count(one, year, "owned") == row["internalised"]
            assert count(one, year, "stopped", owned=True) == row["stop_owned"]
            assert count(one, year, "stopped", owned=False) == row["stop_compliant"]
            assert count(one, year, "began", owned=False) == row["trial_compliant"]
            assert count(one, year, "began", appointed=True) == row["trial_appointed"]
            assert count(one, year, "prepared") == row["leaders_prepared"]
            assert sum(e["spell"] > 1 for e in told.of_year(one, year, "began")) >= row["retrial"]


def test_causes_of_persons_add_up_to_the_causes_of_the_school(seen):
    """Each trial is one, and what persons are credited with is what the school's flows say."""
    began = 0
    for one in seen[0]:
        waited = [e for e in one.people.happened if e["event"] == "began" and not e["appointed"]]
        began += len(waited)
        for event in waited:
            assert sum(event["causes"].values()) == pytest.approx(1.0)
        for row in one.years[1:]:
            for name in CAUSES:
                mine = sum(e["causes"].get(name, 0.0) for e in waited if e["year"] == row["year"])
                assert mine == pytest.approx(row[name], abs=1e-9), name
    assert began > 0


def test_who_is_here_at_a_years_end_is_who_came_less_who_went(seen):
    for one in seen[0]:
        here = {who for who, (year, _) in one.people.came.items() if year == 0}
        for row in one.years[1:]:
            events = [e for e in one.people.happened if e["year"] == row["year"]]
            here |= {e["who"] for e in events if e["event"] in ("hired", "came", "concerned")}
            here -= {e["who"] for e in events if e["event"] in ("left", "moved", "traded", "no longer concerned")}
            there = [r for r in one.people.by_year if r["year"] == row["year"]]
            assert {r["who"] for r in there} == here
            teaching = [r for r in there if r["role"] != "coach"]
            assert len(teaching) == row["teachers"] and sum(r["using"] for r in teaching) == row["users"]


def test_levels_are_those_of_the_schools(seen):
    schools, whole = seen
    frame = whole.schools_frame()
    for s, one in enumerate(schools):
        for name in ("reach", "deep_use", "mean_depth", "pupil_gain_sd"):
            np.testing.assert_equal(one.years[-1][name], frame[name][s])
            assert one.years[-1][f"{name}_all"] == pytest.approx(whole.outcomes[name], rel=1e-12, nan_ok=True)


def test_money_of_all_schools_is_the_ledgers(seen):
    schools, whole = seen
    totals = {name: sum(row[name] for one in schools for row in one.years) for name in MONEY}
    support = sum(row["supplements"] for one in schools for row in one.years[:3])
    assert support == pytest.approx(whole.outcomes["cost_supplements"], abs=1e-6)
    assert totals["transition"] == pytest.approx(whole.outcomes["cost_transition"], abs=1e-6)
    assert totals["freed"] == pytest.approx(-whole.outcomes["cost_freed"], abs=1e-6)
    if whole.strategy == TEAMS:
        assert totals["transition"] > 0 and totals["freed"] > 0


def test_own_coaches_are_told_and_paid(tmp_path):
    strategies = "strategies:\n  coached:\n    recruitment: {kind: volunteer}\n    staffing: {kind: coach}\n"
    rows = [{"district_id": "D", "school_id": f"S{n}", "teachers": 40, "pupils": 600, "poverty": 0.4} for n in range(4)]
    sc = write_case(tmp_path, rows, "coached", strategies)
    schools = [FollowedSchool(ReformModel(sc, rng=1, strategy="coached"), s).run() for s in range(4)]
    coaches = sum(e["event"] == "coaches" for one in schools for e in one.people.happened)
    assert coaches > 0 and sum(row["own_coaches_pay"] for one in schools for row in one.years) > 0
    one = next(one for one in schools if one.years[1]["own_coaches_pay"] > 0)
    said = " ".join(told.structure(one.years[1], one.years[0]) + told.leaders(one, 1))
    assert "for the pay of its own coaches were paid" in said
    assert re.search(r"From this year on T\d+ coaches \(prior growth", said)


# ---- teams -----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def school():
    return ds.story("mid_size_district", TEAMS, rng=2, school="S0001", overrides=SMALL)


def test_teams_and_leaders_are_those_of_the_state(school):
    model = ReformModel("mid_size_district", rng=2, strategy=TEAMS, overrides=SMALL).run(until=1)
    rows = model.teachers_frame().query("school_id == 'S0001'")
    leaders = rows[rows["role"] == "team leader"]
    first = school.teams[school.teams["year"] == 1]
    assert len(leaders) == len(first) > 0
    called = school.persons.set_index("person")["teacher_id"]
    assert set(called[first["leader"]]) == set(leaders["teacher_id"])
    assert first["members"].map(len).sum() == len(rows) - len(leaders)
    named = school.happened.query("event == 'leads' and year == 1")
    assert list(named["person"]) == list(first["leader"]) and (named["skill"] < 1).all()
    start = school.by_year.query("year == 0").set_index("person")["skill"]
    np.testing.assert_array_equal(named["skill"], start[named["person"]])


def test_a_team_school_is_told(school):
    text = " ".join(school.text().split())
    assert "Another staffing began." in text and "for the transition" in text and "leads a team (prior growth" in text
    assert re.search(r"Teams: T\d+ leads T\d+(, T\d+)* and T\d+;", text)
    assert "who lead used the practice at a mean quality of" in text and "hours in all." in text
    titles = [section.title for section in school.sections]
    assert titles[4:7] == ["Leaders", "Teams", "Person by person"]
    assert titles[-3:] == ["Their pupils, and the same persons without the programme", "What stayed after support",
                           "The same seed without a programme"]  # fmt: skip
    assert max(map(len, school.text().splitlines())) <= COLUMNS


def test_hours_of_leaders_by_hand(school):
    """Led persons x hours a year, all the year through, in a school that is paid in all quarters."""
    first = school.years.iloc[1]
    led = school.teams.query("year == 1")["members"].map(len).sum()
    assert first["structure_quarters_paid"] == 4
    assert first["hours_from_leaders"] == pytest.approx(led * school.case["staffing.leader_hours"])


def test_preparation_by_hand(school):
    """Each who leads for the first time is prepared once: hours x (coaching + what released time of leaders costs)."""
    sc, events = school.case, school.happened
    hour = sc["money.price_coaching"] + sc["money.released_leaders"] * sc["money.price_released_time"]
    once = events[events["event"] == "prepared"]
    assert len(once) > 0 and once["person"].is_unique
    told_of = events[events["event"].str.contains("prepared")]
    assert set(events.query("event == 'leads'")["person"]) == set(told_of["person"])
    spent, hours = school.years["preparation"].sum(), school.years["hours_preparing"].sum()
    assert hours == pytest.approx(len(once) * sc["staffing.prep_hours"]) and spent == pytest.approx(hours * hour)
    assert f"Prepared to lead, {sc['staffing.prep_hours'] * sum(once['year'] == 1):.0f} hours in all: " in " ".join(
        school.text().split()
    )


def test_who_leads_and_could_not_be_paid_for_is_not_prepared():
    rare = SMALL | {"staffing.prep_hours": 1000, "money.price_coaching": 3000}
    schools = ds.story("mid_size_district", TEAMS, rng=2, school="S0001", overrides=rare).happened
    assert "not prepared" in set(schools["event"]) and "prepared" not in set(schools["event"])


# ---- pupils ----------------------------------------------------------------------------------------------------------
def test_ranks_are_the_measure_of_the_same_persons():
    """In a world of one school its led members are all there are: the rank at the end is the measure."""
    one = {"population.schools": 1, "programme.years_support": 2, "programme.years_after": 1}
    for seed in range(1, 6):
        arm = ReformModel("mid_size_district", rng=seed, strategy=TEAMS, overrides=one).run()
        if (arm.state.teachers.leader >= 0).any():
            break
    none = ReformModel("mid_size_district", rng=seed, strategy="none", overrides=one).run()
    found = ds.story("mid_size_district", TEAMS, rng=seed, school="S0001", overrides=one).pupils
    last = found.query("year == 3 and whose == 'led'").iloc[0]
    assert last["percentile"] == gain_percentile_median(stayers(arm), stayers(none))


def test_pupils_of_all_who_teach_are_the_schools(school):
    """Where everybody can be compared the mean over persons is what the school's pupils gained in the year."""
    whole = school.pupils.query("whose == 'all' and compared == teachers")
    gains = school.years["pupil_gain_sd"].diff()
    assert len(whole) > 0
    np.testing.assert_allclose(whole["gain"], gains[whole["year"]], rtol=1e-9)
    np.testing.assert_allclose(school.pupils["difference"], school.pupils["gain"] - school.pupils["none"], atol=1e-12)


def test_without_a_programme_nothing_is_compared():
    found = ds.story("mid_size_district", "none", school="S0002", overrides=SMALL)
    assert found.pupils.empty and found.compared.empty and "nothing to compare it with" in found.text()
    assert "Teams" not in found.text() and found.years["transition"].sum() == 0


# ---- sentences -------------------------------------------------------------------------------------------------------
def paid(**more):
    names = [*MONEY, "structure_quarters", "structure_quarters_paid", "staffing"]
    return dict.fromkeys(names, 0.0) | more


@pytest.mark.parametrize(
    ("row", "before", "said"),
    [
        (paid(), paid(), ""),
        (paid(transition=100, supplements=50, freed=60, staffing=2, structure_quarters=4, structure_quarters_paid=4),
         paid(), "Another staffing began. $100 for the transition and $50 for supplements of leaders were paid; traded "
         "posts freed $60; net that is $90."),
        (paid(supplements=50, freed=60, staffing=2), paid(staffing=2),
         "$50 for supplements of leaders was paid; traded posts freed $60; net that is $10 more freed than spent."),
        (paid(supplements=60, freed=60, staffing=2), paid(staffing=2),
         "$60 for supplements of leaders was paid; traded posts freed $60; the two are equal."),
        (paid(freed=60, staffing=2, structure_quarters=4, structure_quarters_paid=3), paid(staffing=2),
         "Traded posts freed $60. In 1 quarter the staffing could not be paid and in 3 quarters it was paid."),
        (paid(), paid(staffing=2), "Its staffing is the usual one again."),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_staffing_costs(row, before, said):
    assert " ".join(told.structure(row, before)) == said


def began(**more):
    return {"year": 1, "week": 3, "event": "began", "spell": 1, "owned": True, "appointed": False, "causes": {}} | more


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (began(causes={"trial_peers": 0.7, "trial_norm": 0.27, "trial_like": 0.03}), "colleagues 0.7, usual here 0.3"),
        (began(causes={"trial_mandate": 0.98, "trial_like": 0.02}, owned=False), "mandate, in compliance"),
        (began(appointed=True, spell=2), "appointed, for the second time"),
        (began(causes={"trial_new_way": 1.0}, spell=12), "new way, for the 12th time"),
        (began(), "together with others of that week"),
    ],
    ids=str,
)
def test_why_somebody_began(event, said):
    assert told.why_begun(event) == said


def test_tables_that_are_too_wide_go_on_below():
    columns = ["who", *(f"year {n}" for n in range(12))]
    rows = [["S0001/T10.1", *(f"rout .{n:02d}=" for n in range(12))]]
    lines = drawn(columns, rows)
    assert max(map(len, lines)) <= COLUMNS and lines.count("") == 1
    assert [line.split()[0] for line in lines if "rout" in line] == ["S0001/T10.1"] * 2
    assert sum(line.count("rout") for line in lines) == 12


def test_no_story_of_a_school_tells_of_nothing(seen):
    model = seen[1]
    text = " ".join(ds.story(model.case, model.strategy, rng=3, school="S0001").text().split())
    assert not re.findall(r"(?<![\d.])0 (?:teacher|person|were|began|hours|quarter)", text)
    assert not re.search(r"[ :,]0\.0 (?!%)", text.replace("from 0.0", ""))


# ---- a page, refusals ------------------------------------------------------------------------------------------------
def test_a_page_and_its_tables(school, tmp_path):
    assert school.save(tmp_path) == ["story.md", *(f"{name}.csv" for name in school.SAVED)]
    page = (tmp_path / "story.md").read_text("utf-8")
    assert page.startswith("# A mid-size district: what happened in school S0001\n")
    assert "--school S0001" in page and "| S" not in page.split("## Person by person")[0]
    kept = pd.read_csv(tmp_path / "happened.csv")
    assert len(kept) == len(school.happened) and set(kept["event"]) == set(school.happened["event"])
    assert school.save(tmp_path / "one.md") == ["one.md"]
    assert FLOWS[0] in pd.read_csv(tmp_path / "years.csv")


TWICE = [{"district_id": d, "school_id": "1", "teachers": 12, "pupils": 200, "poverty": 0.3} for d in ("A", "B")]


def test_a_school_whose_id_is_there_twice(tmp_path):
    sc = write_case(tmp_path, TWICE, "twice")
    found = ds.story(sc, "volunteer_uniform", school="B/1")
    assert (found.district, found.school) == ("B", "1") and found.asked_for == {"school": "B/1"}
    with pytest.raises(StudyError, match=r"school: '1' is the id of 2 schools; write district/school, .* 'A/1'"):
        ds.story(sc, "volunteer_uniform", school="1")


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"school": "S02"}, "school: no school 'S02' among the 8 schools of this population; did you mean 'S0002'"),
        ({"school": 2}, "school: found 2; the id of one school"),
        ({"school": "S0002", "district": "D0001"}, "district and school: found both; a story is of one of them"),
    ],
    ids=str,
)
def test_bad_input_is_one_sentence(said, text):
    with pytest.raises(StudyError, match=text) as caught:
        ds.story("mid_size_district", TEAMS, overrides=SMALL, **said)
    assert "\n" not in str(caught.value)
