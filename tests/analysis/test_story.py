"""A story is made of what was counted, states it, and says nothing that did not happen."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.analysis.story import teachers_told, year_told
from diffusion_sim.analysis.story.district_story import district_row
from diffusion_sim.analysis.story.follow import BY_SCHOOL, COUNTS, LEVELS, SUCCESSION, Followed
from diffusion_sim.analysis.story.schools_told import chosen, school_told
from diffusion_sim.analysis.story.words import COLUMNS, listed, many, part, sentence, shows, times
from diffusion_sim.errors import DiffusionSimError, ScenarioError, StrategyError, StudyError
from diffusion_sim.model import ReformModel
from diffusion_sim.state.codes import FLOWS
from tests.small_world import write_case

SMALL = {"population.schools": 8, "programme.years_support": 2, "programme.years_after": 1}
DISTRICTS = {"population.schools": 12, "population.districts": 3, "programme.years_support": 2,
             "programme.years_after": 1}  # fmt: skip
KINDS = ["none", "directed_uniform", "staged", "improvement_network", "multi_classroom_leader"]


def told(strategy, seed=1, **more):
    return ds.story("mid_size_district", strategy, rng=seed, overrides=SMALL, **more)


@pytest.fixture(scope="module", params=KINDS)
def pair(request):
    """(story, the same run made in one go) of a world of one district."""
    found = told(request.param)
    return found, ReformModel("mid_size_district", rng=1, strategy=request.param, overrides=SMALL).run()


# ---- sums ------------------------------------------------------------------------------------------------------------
def test_flows_of_the_years_are_the_runs(pair):
    found, model = pair
    for year, row in zip(found.years["year"], found.years.to_dict("records"), strict=True):
        now, before = model.flows.loc[36 * year], model.flows.loc[max(0, 36 * (year - 1))]
        assert {name: row[name] for name in FLOWS} == {name: now[name] - before[name] for name in FLOWS}


def test_levels_and_money_of_one_district_are_the_worlds(pair):
    found, model = pair
    for year, row in zip(found.years["year"], found.years.to_dict("records"), strict=True):
        for name in LEVELS:
            world = model.series.loc[36 * year, name]
            np.testing.assert_equal((row[name], row[f"{name}_all"]), (world, world))
    assert found.years["came_in"].sum() == pytest.approx(model.outcomes["cost_pot"], rel=1e-12)
    assert found.years["spent"].sum() == pytest.approx(model.outcomes["cost_total"], rel=1e-9, abs=1e-6)


def test_schools_add_up_to_the_district(pair):
    found, _ = pair
    np.testing.assert_allclose(found.schools[list(FLOWS)].sum(), found.years[list(FLOWS)].sum(), atol=1e-9)
    assert found.schools["hours"].sum() == pytest.approx(found.years["hours"].sum())
    assert list(found.schools["deep_use"]) == sorted(found.schools["deep_use"], reverse=True)


def test_the_same_seed_without_a_programme(pair):
    found, model = pair
    if found.strategy == "none":
        assert found.compared.empty and "nothing to compare it with" in found.text()
        return
    none = ReformModel("mid_size_district", rng=1, strategy="none", overrides=SMALL).run()
    for row in found.compared.to_dict("records"):
        here, there = model.outcomes[row["measure"]], none.outcomes[row["measure"]]
        np.testing.assert_equal((row["story"], row["none"], row["difference"]), (here, there, here - there))


@pytest.mark.parametrize("strategy", ["directed_uniform", "staged", "multi_classroom_leader"])
@pytest.mark.parametrize("unspent", ["returned", "carried"])
def test_districts_add_up_to_the_world(strategy, unspent):
    """Money of pots of their own too, in the quarter in which the rest is given back."""
    overrides = DISTRICTS | {"money.unspent": unspent}

    def model():
        return ReformModel("mid_size_district", rng=2, strategy=strategy, overrides=overrides)

    seen = [Followed(model(), row).run() for row in range(3)]
    whole = model().run()
    years = [pd.DataFrame(one.years) for one in seen]
    together = sum(one[["came_in", "spent", "teachers"]] for one in years)
    for year in range(1, 4):
        at = whole.series.loc[36 * year]
        assert together["came_in"].iloc[: year + 1].sum() == pytest.approx(at["cost_pot"], rel=1e-12)
        assert together["spent"].iloc[: year + 1].sum() == pytest.approx(at["cost_total"], rel=1e-9, abs=1e-6)
    np.testing.assert_allclose(sum(one[list(FLOWS)] for one in years).sum(), whole.flows.iloc[-1], atol=1e-9)
    reach = sum(one["reach"].iloc[-1] * one["teachers"].iloc[-1] for one in years) / together["teachers"].iloc[-1]
    assert reach == pytest.approx(whole.outcomes["reach"])
    shares = [whole.world.basis.weights.pupils[one.rows].sum() for one in seen]
    gain = sum(one["pupil_gain_sd"].iloc[-1] * share for one, share in zip(years, shares, strict=True))
    assert gain == pytest.approx(whole.outcomes["pupil_gain_sd"])


# ---- what happens on dates -------------------------------------------------------------------------------------------
ROWS = [
    {"district_id": d, "school_id": f"{d}{n}", "teachers": 12 + n, "pupils": 200, "poverty": 0.2 + 0.1 * n}
    for d in ("North", "South")
    for n in range(4)
]
EVENTS = """\
events:
- {kind: budget_cut, week: 20, share: 0.5, districts: [North]}
- {kind: leader_leaves, week: 20, districts: [North]}
- {kind: leader_leaves, week: 47, schools: [North1, North2]}
"""


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return write_case(tmp_path_factory.mktemp("dated"), ROWS, "dated", EVENTS)


def test_a_superintendent_who_leaves_and_drops_mandates(case):
    sure = {"leaders.mandate_drop": 1.0, "leaders.superintendent_exit": 0.0, "leaders.principal_exit": 0.0}
    sure |= {"leaders.alignment_kept": 0.0}
    found = ds.story(case, "directed_uniform", overrides=sure)
    assert found.district == "North"
    first, second = found.years.iloc[1], found.years.iloc[2]
    assert (first["mandated"], first["mandates_broken"], first["superintendents"]) == (4, 4, 1)
    assert first["broken_with_superintendent"] == 4 and second["principals_left"] == 2
    assert second["focus_after"] < second["focus_before"] and np.isnan(first["focus_before"])
    text = " ".join(found.text().split())
    assert "4 schools were mandated and 4 mandates were broken." in text
    assert re.search(r"The superintendent left: support went from 0\.\d\d to \d\.\d\d", text)
    assert "in the same week 4 mandates were broken." in text
    assert "Dated events: budget cut after week 20, share 0.5; leader leaves after week 20." in text
    assert "2 principals left; in their schools, on average, focus went from" in text
    other = ds.story(case, "directed_uniform", overrides=sure, district="South")
    assert other.years["superintendents"].sum() == 0 and "The superintendent left" not in other.text()
    assert "Dated events" not in other.text()


def test_a_cut_takes_from_the_districts_own_pot(case):
    stay = {"leaders.superintendent_exit": 0.0}
    seen = [ds.story(case, "directed_uniform", overrides=stay, district=name).years for name in ("North", "South")]
    whole = ReformModel(case, rng=1, strategy="directed_uniform", overrides=stay).run()
    for year in range(1, 4):
        at, rows = whole.series.loc[36 * year], slice(0, year + 1)
        assert sum(one["came_in"].iloc[rows].sum() for one in seen) == pytest.approx(at["cost_pot"], rel=1e-12)
        assert sum(one["spent"].iloc[rows].sum() for one in seen) == pytest.approx(at["cost_total"], rel=1e-9)
    assert seen[0]["came_in"].iloc[1] < seen[1]["came_in"].iloc[1]


LOST = """\
events:
- {kind: lost_time, week: 0, weeks: 36, share: 0.25}
"""


def test_hours_are_those_that_are_paid_less_lost_time(tmp_path):
    """Practice alone, nothing through leaders: what coaching cost is its price x hours, of teachers and of building."""
    rows = [row for row in ROWS if row["district_id"] == "North"]
    sc = write_case(tmp_path, rows, "lost", LOST)
    years = ds.story(sc, "directed_uniform").years
    series = ReformModel(sc, rng=1, strategy="directed_uniform").run().series
    for year, share in ((1, 0.75), (2, 1.0)):
        paid = series.loc[36 * year, "cost_coaching"] - series.loc[36 * (year - 1), "cost_coaching"]
        hours = years["hours"].iloc[year] + years["hours_building"].iloc[year]
        assert hours > 0 and hours * sc["money.price_coaching"] == pytest.approx(share * paid, rel=1e-9)


def test_one_pot_for_all_is_called_so():
    found = ds.story("mid_size_district", "directed_uniform", overrides=DISTRICTS | {"money.pool": "world"})
    assert "came into the one pot of all districts" in " ".join(found.text().split())


def test_mandates_that_end_as_promised():
    found = told("directed_uniform").years
    assert found["mandated"].tolist() == [0, 8, 0, 0]
    ended, broken = found["mandates_ended"].sum(), found["mandates_broken"].sum()
    assert ended + broken + found["mandates_in_force"].iloc[-1] == 8


# ---- staged, networks, teams -----------------------------------------------------------------------------------------
def test_gates_are_those_of_the_memo():
    model = ReformModel("mid_size_district", rng=5, strategy="staged", overrides=SMALL)
    stage, met = 1, []
    while model.running:
        model.run(until=model.week + 1)
        now = int(model.state.memo[0, 0])
        if now != stage:
            met.append((model.week // 36 + 1, model.week % 36 // 9 + 1, now))
        stage = now
    found = told("staged", seed=5)
    moved = found.gates[found.gates["verdict"] != 2]
    assert met and list(zip(moved["year"], moved["quarter"], moved["stage"], strict=True)) == met
    text = " ".join(found.text().split())
    for year, quarter, stage in met:
        assert f"At the beginning of quarter {quarter} the gate said adopt: stage {stage} (" in text, year
    assert "appointed to it" in text and "invited by name" in text
    assert (found.gates["year"] > 2).any(), "a district on its own has gates, too"
    assert len(re.findall(r"The year ended in stage \d of 5", text)) == 3


def test_only_a_staged_strategy_has_stages(pair):
    found, _ = pair
    staged = found.strategy == "staged"
    assert found.years["stage"].notna().any() == staged and ("stage" in found.text()) == staged
    assert ("variant" in found.text()) == (found.strategy == "improvement_network")
    assert ("had a leader" in found.text()) == (found.strategy == "multi_classroom_leader")


def test_variants_of_a_network_are_its_flows():
    found = ds.story("mid_size_district", "improvement_network", rng=3,
                     overrides=SMALL | {"testing.study_act": 1.0, "programme.years_support": 3})  # fmt: skip
    text = " ".join(found.text().split())
    taken = found.years["variant_switches"]
    assert taken.sum() > 0 and found.years["tests_begun"].sum() > 0
    for n in taken[taken > 0]:
        assert f"nother variant was taken up {times(n)}" in text
    for n in found.years["study_acts"][found.years["study_acts"] > 0]:
        assert f"esults were studied and acted on {times(n)}" in text


def test_teams_are_counted_from_who_leads():
    found = told("multi_classroom_leader", seed=2)
    model = ReformModel("mid_size_district", rng=2, strategy="multi_classroom_leader", overrides=SMALL).run(until=36)
    leads = float((model.state.teachers.leader == np.arange(model.state.teachers.size)).sum())
    assert leads > 0 and found.years["teams"].iloc[1] == leads
    assert found.years["structures_begun"].sum() >= found.years["structures_ended"].sum()
    assert f"{many(leads, 'team')} had a leader" in " ".join(found.text().split())


# ---- sentences -------------------------------------------------------------------------------------------------------
def nothing(phase="support"):
    """A year in which nothing happened."""
    names = [*COUNTS, *BY_SCHOOL, *FLOWS, "enrolled", "mandates_in_force", "invited", "teams", "coaches", "traded"]
    levels = {name + end: 0.0 for name in LEVELS for end in ("", "_all")}
    means = {f"{name}_{when}": np.nan for name in SUCCESSION for when in ("before", "after")}
    district = {"relieved_schools": 0.0, "relieved": 0.0, "autonomy_added": 0.0, "aligned": -1.0}
    one = {"year": 1, "phase": phase, "stage": np.nan, "teachers": 9.0}
    return dict.fromkeys(names, 0.0) | levels | means | district | one


THEMES = [
    year_told.money_and_hours, year_told.schools, lambda row: year_told.stages(row, []), year_told.came_and_went,
    year_told.structures, year_told.district, teachers_told.teachers, teachers_told.skill, teachers_told.variants,
]  # fmt: skip


def all_said(row):
    return " ".join(text for theme in THEMES for text in theme(row))


@pytest.mark.parametrize("phase", ["support", "after"])
def test_where_nothing_happened_nothing_is_said(phase):
    assert all_said(nothing(phase)) == ""
    assert year_told.events([]) == []


NOT_TOLD = {"mandates_in_force", "enrolled", "superintendents_left", "structure_quarters_paid", "moved_users",
            "left_users", "comers", "broken_with_superintendent", "retrial", "trial_compliant", "variant_borrowed",
            "variant_abandonments"}  # fmt: skip


ALONE = [*COUNTS, *BY_SCHOOL, *FLOWS, "invited", "teams", "coaches", "traded"]


@pytest.mark.parametrize("name", [name for name in ALONE if name not in NOT_TOLD])
def test_each_count_has_its_sentence_and_no_other(name):
    """One event of one kind: one sentence that states it. Counts within a sentence of another count are left out."""
    said = all_said(nothing() | {name: 1.0})
    assert said.count(".") >= 1 and re.search(r"\b1(\.0)?\b|once|\$1|The superintendent", said), said
    assert re.search(r"(?<![\d.])0\b", said.replace("from 0 to 1", "")) is None, said


def test_what_the_district_changed_is_told():
    said = all_said(nothing() | {"align_quarters": 4, "aligned": 4, "vision_quarters": 2, "relieved_schools": 3,
        "relieved": 0.375, "autonomy_added": 0.05})
    assert said == (
        "The district aligned evaluation in 4 quarters and it put those first who would be left out in 2 quarters. At "
        "the year's end 3 schools were relieved of 37.5 % of pressure and teachers' autonomy was wider by 0.05."
    )


def test_causes_add_up_and_those_that_show_as_0_are_left_out():
    row = nothing() | {"trial_peers": 1.97, "trial_norm": 0.03, "trial_compliant": 1.0, "trial_new_way": 1.0}
    said = all_said(row)
    assert "Teachers tried it 3 times: 2.0 after colleagues' example and 1.0 by new way." in said
    assert "Of these trials 2 began as owned use and 1 as compliant use." in said and "usual" not in said


def test_no_story_tells_of_nothing(pair):
    text = " ".join(pair[0].text().split())
    assert not re.findall(r"(?<![\d.])0 (?:teacher|school|mandate|principal|user|person|were|began|who|left)", text)
    assert not re.search(r"[ :,]0\.0 (?!%)", text.replace("from 0.0", ""))


def test_a_story_says_what_it_is(pair):
    text = pair[0].text()
    flat = " ".join(text.split())
    assert "One run of seed 1; another seed tells another story." in flat
    assert text.splitlines()[-3:] == [
        "Teachers are simulated; nothing here rates a person.",
        "These are comparisons under stated assumptions, not forecasts.",
        "Equity is between schools.",
    ]
    assert max(map(len, text.splitlines())) <= COLUMNS
    titles = [section.title for section in pair[0].sections]
    assert titles[1:4] == ["Year 1 of support", "Year 2 of support", "Year 3, 1 after support"]
    assert titles[-2:] == ["Three schools", "The same seed without a programme"]


def test_all_districts_fit_a_terminal_too():
    found = ds.story("mid_size_district", "staged", rng=10**15, overrides=DISTRICTS, district="D0002")
    assert max(map(len, found.text().splitlines())) <= COLUMNS and "in brackets all districts" in found.text()


# ---- schools ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("size", "rows"), [(1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (4, [0, 1, 3]), (5, [0, 2, 4])], ids=str
)
def test_most_middle_and_least(size, rows):
    table = pd.DataFrame({"school_id": [str(n) for n in range(size)]})
    assert [row["school_id"] for _, row in chosen(table)] == [str(n) for n in rows]


def test_a_school_is_told_with_its_reasons():
    table = told("directed_uniform").schools
    mean = {name: 0.5 for name in ("readiness_start", "readiness", "leadership", "hours_per_teacher")}
    row = table.iloc[0].to_dict()
    said = " ".join(school_told(row, mean))
    assert f"Readiness was {row['readiness_start']:.2f} (0.50) at the start" in said
    assert "It entered the programme in year 1" in said and "It was mandated in year 1" in said
    gone = row | {"entered": [], "stayed": False, "mandated": [], "ended": [], "broken": [], "programme": False,
                  "left_programme": [], "hours_per_teacher": 0.0, "hours_building": 0.0, "reach": 0.0}  # fmt: skip
    said = " ".join(school_told(gone | {name: 0.0 for name in FLOWS}, mean))
    assert said.endswith("It could not take part in the programme.") and "nobody used the practice" in said


# ---- the same, refused, written --------------------------------------------------------------------------------------
def test_the_same_seed_tells_the_same_story():
    one, two, other = told("staged", seed=7), told("staged", seed=7), told("staged", seed=8)
    pd.testing.assert_frame_equal(one.years, two.years, check_exact=True)
    pd.testing.assert_frame_equal(one.schools, two.schools, check_exact=True)
    assert one.text() == two.text() != other.text()


@pytest.mark.parametrize(
    ("said", "error", "text"),
    [
        ({"district": "D001"}, StudyError, "district: no district 'D001' among the 1 .* did you mean 'D0001'"),
        ({"district": ""}, StudyError, "district: no district '' among the 1 of this population; for example 'D0001'"),
        ({"district": 4}, StudyError, "district: found 4; the id of one district"),
        ({"strategy": "stagd"}, StrategyError, "did you mean 'staged'"),
        ({"strategy": ["staged"]}, StrategyError, "the id of one strategy"),
        ({"rng": None}, StudyError, "rng: found None"),
        ({"rng": -1}, ScenarioError, "rng: found -1"),
        ({"case": "michgan"}, ScenarioError, "michigan"),
        ({"overrides": {"trial.qq": 1}}, ScenarioError, "trial.q"),
        ({"overrides": 3}, ScenarioError, "overrides: found 3"),
    ],
    ids=str,
)
def test_bad_input_is_one_sentence(said, error, text):
    given = {"case": "mid_size_district", "overrides": SMALL} | said
    with pytest.raises(error, match=text) as caught:
        ds.story(given.pop("case"), **given)
    assert isinstance(caught.value, DiffusionSimError) and "\n" not in str(caught.value)


def test_the_first_district_that_can_take_part(tmp_path):
    rows = [row | {"programme": row["district_id"] == "South"} for row in ROWS]
    sc = write_case(tmp_path, rows, "outside", "")
    assert district_row(ReformModel(sc, rng=1), None) == 1
    found = ds.story(sc, "directed_uniform", district="North")
    assert "Of its schools 0 can take part." in " ".join(found.text().split())
    assert found.years[["came_in", "spent", "hours"]].to_numpy().sum() == 0.0
    assert "It could not take part in the programme." in " ".join(found.text().split())


def test_a_page_and_a_folder(tmp_path):
    found = told("none")
    assert found.save(tmp_path / "new" / "page.md") == ["page.md"]
    page = (tmp_path / "new" / "page.md").read_text("utf-8")
    assert page.startswith("# A mid-size district: what happened in district D0001\n\nMade by `diffusion-sim story ")
    assert page.endswith("Equity is between schools.\n") and "| year 1 |" in page
    assert found.save(tmp_path / "folder") == ["story.md", "years.csv"]
    kept = pd.read_csv(tmp_path / "folder" / "years.csv")
    pd.testing.assert_frame_equal(kept, found.years, check_dtype=False, rtol=1e-12)
    (tmp_path / "mine.md").write_text("# Mine\n")
    with pytest.raises(ds.errors.StoreError, match="no page of a story"):
        found.save(tmp_path / "mine.md")
    assert (tmp_path / "mine.md").read_text() == "# Mine\n"


def test_words():
    assert [times(n) for n in (1, 2, 3, 1234)] == ["once", "twice", "3 times", "1,234 times"]
    assert many(1, "school") == "1 school" and many(2, "school was", "schools were") == "2 schools were"
    assert listed(["a"]) == "a" and listed(["a", "b", "c"]) == "a, b and c"
    assert sentence(["", "a", "b"]) == ["A and b."] and sentence(["", ""]) == []
    assert shows(0.05) and part(0.05) != "0.0" and not shows(0.049)


def test_who_is_new_is_not_invited():
    """A strategy that invites nobody tells of no invitations, whoever comes into a school."""
    found = told("volunteer_uniform", seed=5)
    assert (found.years["invited"] == 0).all() and "invited by name" not in found.text()
    assert found.years["hired"].sum() > 0
