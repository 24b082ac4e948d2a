"""The story of one improvement network: its events add up to the run's flows, and every sentence has its count."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim import rng
from diffusion_sim.analysis.story import network_told as told
from diffusion_sim.analysis.story.follow_cycles import ADAPTED, BORROWED, FAILED, STUDIED, SWITCHED, FollowedCycles
from diffusion_sim.analysis.story.network import LARGEST, Network, _nearest, find_network
from diffusion_sim.analysis.story.words import COLUMNS
from diffusion_sim.dynamics import cycles as rules
from diffusion_sim.errors import StudyError
from diffusion_sim.model import ReformModel
from tests.small_world import write_case

NETWORK = "improvement_network"
SMALL = {"population.schools": 16, "programme.years_support": 3, "programme.years_after": 1, "testing.study_act": 0.6,
         "testing.adapt_below": 0.9}  # fmt: skip
CUT = SMALL | {"testing.network_size": 5}

ROWS = [
    {"district_id": d, "school_id": f"{d}{n}", "teachers": 9 + n, "pupils": 200, "poverty": 0.1 + 0.1 * n,
     "locale": "city" if n % 2 else "rural"}
    for d in ("North", "South")
    for n in range(6)
]  # fmt: skip
NAMED = """\
networks:
  coast: {districts: [North]}
  hills: {districts: [South], rule: {kind: local, measures: own, topology: groups}}
"""


@pytest.fixture(scope="module", params=["one", "cut"])
def seen(request):
    """Everything seen of the cycles of a small world, and the same run made in one go."""
    overrides = CUT if request.param == "cut" else SMALL
    model = ReformModel("mid_size_district", rng=2, strategy=NETWORK, overrides=overrides)
    return FollowedCycles(model.copy()).run(), model.run()


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """The stories of two named networks, which are all schools, and the run."""
    more = {"testing.study_act": 0.6, "programme.years_support": 3}
    sc = write_case(tmp_path_factory.mktemp("named"), ROWS, "named", NAMED).override(more)
    stories = {name: ds.story(sc, NETWORK, rng=1, network=name) for name in ("coast", "hills")}
    return stories, ReformModel(sc, rng=1, strategy=NETWORK).run()


# ---- sums ------------------------------------------------------------------------------------------------------------
def test_events_are_the_flows(seen):
    followed, whole = seen
    flows = whole.flows.iloc[-1]
    events = [(one["event"], one.get("how")) for one in followed.events]
    kinds = [kind for kind, _ in events]
    assert kinds.count(STUDIED) == flows["study_acts"] > 0 and kinds.count(SWITCHED) == flows["variant_switches"] > 0
    assert kinds.count(ADAPTED) == flows["variant_adaptations"] > 0
    assert events.count((SWITCHED, BORROWED)) == flows["variant_borrowed"] > 0
    assert events.count((SWITCHED, FAILED)) == flows["variant_abandonments"]
    assert sum(q.hub.sum() for q in followed.quarters) == pytest.approx(whole.outcomes["cost_hub"], rel=1e-12)


def test_what_a_test_showed_by_hand(seen):
    """Fit of the variant, as designed or as adapted so far, + noise of this school and quarter."""
    followed, model = seen
    p, schools, context = model.numbers.cycles, model.world.schools, model.world.context
    adapted = {}  # school -> fit of the variant in use, where it was adapted
    checked = 0
    for event in followed.events:
        row, variant = event["row"], event["variant"]
        if event["event"] == ADAPTED:
            adapted[row] = event["fit"]
        elif event["event"] == SWITCHED:
            adapted.pop(row, None)
        elif event["event"] == STUDIED:
            origin, number = np.array([variant[0]], np.uint64), np.array([variant[1]], np.int32)
            fit = adapted.get(row, rules.true_fit(model.seed, origin, number, context[[row]], p)[0])
            noise = rng.normals(model.seed, schools.key[[row]], 0, rng.OBSERVATION, event["of"])[0]
            assert event["showed"] == pytest.approx(fit + p.noise_common * noise, abs=1e-9)
            checked += 1
    assert checked > 5


def test_two_named_networks_add_up_to_the_world(named):
    stories, whole = named
    flows, out = whole.flows.iloc[-1], whole.outcomes
    total = sum(story.years.drop(columns=["phase"]).sum() for story in stories.values())
    last = sum(story.years.drop(columns=["phase"]).iloc[-1] for story in stories.values())
    assert total["study_acts"] == flows["study_acts"] > 0 and total["switches"] == flows["variant_switches"]
    assert total["adaptations"] == flows["variant_adaptations"] and total["cost_hub"] == pytest.approx(out["cost_hub"])
    assert total["by_borrowing"] == flows["variant_borrowed"] and total["failed"] == flows["variant_abandonments"]
    ways = ("by_evidence", "by_borrowing", "untested", "failed", "by_habit")
    assert sum(total[way] for way in ways) == total["switches"]
    assert last["tested"] == out["testing_schools"]
    assert last["claimed"] == pytest.approx(out["claimed_success"] * last["tested"])
    assert last["improved"] == pytest.approx(out["true_improvement"] * last["tested"])
    for story in stories.values():
        by_year = story.happened.groupby(["year", "event"]).size().unstack(fill_value=0)
        assert (by_year[STUDIED] == story.years.set_index("year")["study_acts"][by_year.index]).all()
        uses = story.variants[story.variants["year"] == story.years["year"].iloc[-1]]
        assert len(uses) == story.years["tested"].iloc[-1] and uses["fit"].mean() == pytest.approx(
            story.years["fit"].iloc[-1]
        )


def test_how_networks_fare_is_what_the_frame_says(named, seen):
    stories, whole = named
    frame = whole.networks_frame().set_index("network")
    for name, story in stories.items():
        last = story.years.iloc[-1]
        for column in ("others", "taken_up", "scaled", "fit_new_area"):
            np.testing.assert_equal(float(last[column]), float(frame.loc[name, column]))
        assert last["judged"] == frame.loc[name, "schools"]
    followed, whole = seen
    for number, row in enumerate(whole.networks_frame().itertuples(), 1):
        network = find_network(followed, str(number))
        assert network.name == row.network == f"number {number}"
        assert len(network.by_quarter[max(followed.judged)]) == row.schools


def test_what_would_be_recommended_is_what_new_areas_would_get(named):
    """A network whose schools stand in all contexts of the world: the mean of what it recommends is fit_new_area."""
    story = named[0]["coast"]
    last = story.recommended[story.recommended["year"] == story.years["year"].iloc[-1]]
    assert len(last) == 4 and (last["fit"] <= last["best_fit"] + 1e-12).all()
    assert last["fit"].mean() == pytest.approx(story.years["fit_new_area"].iloc[-1])


def test_rules_and_prices_of_a_network_are_its_own(named):
    coast, hills = (" ".join(named[0][name].text().split()) for name in ("coast", "hills"))
    assert "tests variants of a menu with common measures; small groups read each other's results, and a hub" in coast
    assert "for measurement and $3,000 for the hub." in coast
    assert "tests designs of its own with own measures, which err by a bias of each school's own (SD 0.40)" in hills
    assert "for the hub" not in hills and named[0]["hills"].years["cost_hub"].sum() == 0
    assert "menu/" in coast and "menu/" not in hills and re.search(r"South\d/\d", hills)


# ---- which network ---------------------------------------------------------------------------------------------------
def test_a_network_cut_by_size_is_traced_by_those_it_shares():
    """Quarter 1 cuts 0-2 | 3-5; quarter 0 had 0-1 | 2-4: from {0, 1, 2} back to {0, 1}, from {3, 4, 5} to {2, 3, 4}."""
    before = np.array([0, 0, 2, 2, 2, -1])
    assert _nearest(before, {0, 1, 2}) == {0, 1} and _nearest(before, {3, 4, 5}) == {2, 3, 4}
    assert _nearest(before, {5}) == set() and _nearest(before, {1, 2}) == {0, 1}  # the first of equals


def quarters(*testing):
    """Quarters in which the rows given had a cycle."""
    there = [np.isin(np.arange(6), rows) for rows in testing]
    return [SimpleNamespace(number=n, testing=mask) for n, mask in enumerate(there)]


def test_who_belongs_to_a_network_at_a_years_end():
    """School 1 had its last cycle in another network; 2 has left; 3 is named and never had any."""
    there = quarters([0, 1, 2], [0, 1], [0, 1], [0, 1], [0], [], [], [])
    seen = SimpleNamespace(quarters=there, ends={0: 0, 1: 0, 2: 0})
    network = Network(seen, "n", {0: [0, 1, 2], 1: [0], 2: [0], 3: [0], 4: [0]})
    assert network.at_end(1) == [0, 2] == network.rows and network.ever == [0, 1, 2]
    assert network.in_year(1) == [0, 1, 2] and network.in_year(2) == [0]
    assert Network(seen, "n", {0: [0]}, [0, 3]).rows == [0, 3]


def test_the_largest(named):
    stories, whole = named
    found = ds.story(whole.case, NETWORK, rng=1, network=LARGEST)
    tested = {name: (story.members["cycles"] > 0).sum() for name, story in stories.items()}
    assert found.network == max(tested, key=tested.get)
    pd.testing.assert_frame_equal(found.years, stories[found.network].years)


# ---- sentences -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"tested": 0, "claimed": 0, "improved": 0, "both": 0}, ""),
        ({"tested": 4, "claimed": 3, "improved": 2, "both": 1},
         "3 of 4 schools claimed success and in 2 what they used was truly better than what they began with (1 of "
         "those that claimed it). On average they held it to be worth 1.10, and it was worth 0.90."),
        ({"tested": 1, "claimed": 0, "improved": 0, "both": 0},
         "None of 1 school claimed success and in none what they used was truly better than what they began with. On "
         "average they held it to be worth 1.10, and it was worth 0.90."),
    ],
    ids=str,
)  # fmt: skip
def test_claims(row, said):
    assert " ".join(told.claims(row | {"held": 1.1, "fit": 0.9})) == said


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((0, 0, 0), "Every school had found what is recommended to it itself."),
        ((5, 0, 0), "Of 5 schools that had not found it themselves none had taken it up: the network has not scaled."),
        ((3, 1, 1), "Of 3 schools that had not found it themselves 1 had taken it up, truly better and in use by .3 of "
                    "its teachers: the network has scaled."),
    ],
    ids=str,
)  # fmt: skip
def test_who_has_taken_it_up(row, said):
    assert told._taken_up(dict(zip(("others", "taken_up", "scaled"), row, strict=True))) == [said]


def test_a_story_says_what_happened(named):
    story = named[0]["coast"]
    text = " ".join(story.text().split())
    assert story.sections[0].title == "A small world of several districts: what happened in improvement network coast"
    for row in story.years.to_dict("records"):
        if row["cycles"]:
            assert f"had {row['cycles']:.0f} cycles of a quarter, which cost" in text
    for one in story.happened[story.happened["event"] == SWITCHED].itertuples():
        assert f"{one.school} from {one.given_up} ({one.fit_before:.2f}) to {one.variant} ({one.fit:.2f})" in text
    assert "rural, less poor half" in text and "What spread, and what it would recommend" in text
    assert max(map(len, story.text().splitlines())) <= COLUMNS
    assert not re.findall(r"(?<![\d.])0 (?:school|variant|cycle|teacher)", text)


def test_years_in_which_nothing_is_tested_are_short(seen):
    followed, model = seen
    story = ds.story(model.case.override({"programme.years_after": 2}), NETWORK, rng=2, network=LARGEST)
    year = next(section for section in story.sections if section.title == "Year 5, 2 after support")
    assert year.paragraphs[0] == "Nothing was tested, and every school kept the variant that it used."
    assert len(year.paragraphs) == 2


# ---- a page, refusals ------------------------------------------------------------------------------------------------
def test_a_page_and_its_tables(named, tmp_path):
    story = named[0]["hills"]
    assert story.save(tmp_path) == ["story.md", *(f"{name}.csv" for name in story.SAVED)]
    page = (tmp_path / "story.md").read_text("utf-8")
    assert "--network hills" in page and "\n## Variants, school by school\n" in page
    assert len(pd.read_csv(tmp_path / "happened.csv")) == len(story.happened)


@pytest.mark.parametrize(
    ("strategy", "said", "text"),
    [
        (NETWORK, {"network": "larges"}, "network: no network 'larges'; did you mean 'largest'.* is allowed"),
        (NETWORK, {"network": "coast"}, "network: no network 'coast'; nothing names a network here; a name, a number"),
        (NETWORK, {"network": "9"}, "network: no network number 9 in this run; 1 is there"),
        (NETWORK, {"network": 1}, "network: found 1; the id of one network"),
        (NETWORK, {"network": "1", "school": "S0001"}, "school and network: found both; a story is of one of them"),
        ("directed_uniform", {"network": "1"}, "network: strategy 'directed_uniform' tests nothing, so that no"),
        (None, {"network": "1"}, "tests nothing, so that no network has a cycle"),
    ],
    ids=str,
)
def test_bad_input_is_one_sentence(strategy, said, text):
    with pytest.raises(StudyError, match=text) as caught:
        ds.story("mid_size_district", strategy, rng=2, overrides=SMALL, **said)
    assert "\n" not in str(caught.value)


def test_names_that_are_near(named):
    case = named[1].case
    with pytest.raises(StudyError, match="no network 'cost'; did you mean 'coast'"):
        ds.story(case, NETWORK, network="cost")
    with pytest.raises(StudyError, match="no network number 1 in this run; none is there, and by name coast and hills"):
        ds.story(case, NETWORK, network="1")


def test_where_no_cycle_could_be_paid():
    with pytest.raises(StudyError, match="no school had an improvement cycle in this run"):
        ds.story("mid_size_district", NETWORK, network=LARGEST, overrides=SMALL | {"money.budget_per_teacher": 0})
