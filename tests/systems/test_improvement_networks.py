"""Nine improvement networks: what is counted, what a lever changes, what the answer says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from diffusion_sim.cli import call
from diffusion_sim.errors import ScenarioError
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario
from diffusion_sim.state.codes import FLOWS, OTHER, OWN_COUNT, READ_COUNT, TAKEN_UP
from diffusion_sim.systems import network_arms as arms
from diffusion_sim.systems.improvement_networks import QUESTION, STATEMENTS, check, reckon, run
from diffusion_sim.systems.networks_counted import SHOWN, counted, flows, in_half

NINE = [f"net_{number}" for number in range(1, 10)]


@pytest.fixture(scope="module")
def sc():
    return load_scenario("improvement_networks")


@pytest.fixture(scope="module")
def small(sc):
    """Two networks of four schools in one district; teachers few."""
    few = sc.override({"population.schools": 8, "population.districts": 1, "population.teachers_mean": 10,
                       "strategy.testing.kind": "menu"})  # fmt: skip
    ids = [f"S{number:04d}" for number in range(1, 9)]
    return arms.with_members(few, {"a": ids[:4], "b": ids[4:]})


def test_nine_networks_seven_like_most_and_two_like_the_effective(sc):
    networks = sc.section("networks")
    assert list(networks) == NINE
    members = [school for one in networks.values() for school in one["schools"]]
    assert len(members) == len(set(members)) == sc["population.schools"] == 216
    assert {len(one["schools"]) for one in networks.values()} == {24}
    for name, one in networks.items():
        way = arms.TWO if name in NINE[7:] else arms.MOST
        rule = {"kind": way.kind, "measures": way.measures, "topology": way.topology, "study_act": way.study_act}
        assert one["rule"] == rule, name


# ---- counting --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("schools", "tests", "so"),
    [("1100", "1111", True), ("1000", "1111", False), ("1000", "1100", True), ("0111", "1000", False),
     ("1111", "0000", False)],
)  # fmt: skip
def test_half_of_the_testing_schools(schools, tests, so):
    bits = [np.array([digit == "1" for digit in word]) for word in (schools, tests)]
    assert in_half(*bits) is so


@pytest.fixture
def by_hand(small):
    """A model whose schools are set by hand: network a in rows 0 to 3, b in rows 4 to 7."""
    model = ReformModel(small, rng=1)
    model.step()
    s, state = model.state.schools, model.state
    assert model.world.hubs.tolist() == [0] * 4 + [1] * 4
    s.slot[:] = [0, 0, 0, 0, 0, 0, 0, -1]
    s.claims[:] = [1, 1, 0, 0, 1, 0, 0, 1]
    s.fit[:] = [0.7, 0.7, 0.5, 0.9, 0.5, 0.6, 0.61, 2.0]
    s.fit_start[:] = [0.6, 0.7, 0.6, 0.6, 0.5, 0.5, 0.5, 0.0]
    s.estimate[:] = [1.0, 1.0, 0.2, 0.4, 0.8, 0.2, 0.2, 9.0]
    s.borrowed[:] = [1, 0, 0, 0, 0, 0, 0, 1]
    s.network[:] = [0] * 4 + [4] * 4
    s.spread[:] = [0, OTHER, TAKEN_UP, OTHER, TAKEN_UP, OTHER, OTHER, OTHER]
    state.evidence[:] = 0.0
    state.evidence[0, 0, OWN_COUNT] = 1.0  # row 0 has tested what it uses, row 4 has read of it
    state.evidence[4, 0, READ_COUNT.start] = 0.5
    s.users[:] = 0
    s.users[2] = int(np.ceil(0.3 * s.teaching[2]))
    s.users[4] = int(np.ceil(0.3 * s.teaching[4])) - 1
    return model


def test_claimed_and_true_are_counted_by_schools(by_hand):
    """a: two of four claim, three are worth more than .6, two are better than at first. b: of three that test, one
    claims and one is worth more than .6 (.6 itself is not), two are better than at first."""
    a, b = counted(by_hand)
    assert [one["network"] for one in (a, b)] == ["a", "b"] and [one["tests"] for one in (a, b)] == [4, 3]
    assert (a["claims"], a["claiming"], a["works"], a["working"], a["improved"]) == (True, 2, True, 3, 2)
    assert (b["claims"], b["claiming"], b["works"], b["working"], b["improved"]) == (False, 1, False, 1, 2)
    assert (a["borrowed"], b["borrowed"]) == (1, 0), "who does not test counts nowhere"
    assert a["fit"] == pytest.approx(0.7) and a["fit_start"] == pytest.approx(0.625)
    assert a["held"] == pytest.approx(0.65) and b["held"] == pytest.approx(0.4)


def test_claims_without_any_test(by_hand):
    """Row 0 has tested, row 1 knows of nothing; row 4 has read of it."""
    a, b = counted(by_hand)
    assert (a["untested"], b["untested"]) == (1, 0)


def test_a_network_has_scaled_where_enough_teachers_use_what_is_better(by_hand):
    """One other of three, with .3 of its teachers; in b one teacher is missing."""
    a, b = counted(by_hand)
    assert (a["others"], a["taken"], a["taken_up"], a["scaled"]) == (3, 1, 1, True)
    assert (b["others"], b["taken"], b["taken_up"], b["scaled"]) == (4, 1, 0, False)
    by_hand.state.schools.spread[0] = by_hand.state.schools.spread[1] = OTHER
    assert counted(by_hand)[0]["scaled"] is False, "one of four others is less than .3"


def test_what_has_happened_is_counted_by_network(by_hand):
    by_hand.state.flows[:, FLOWS.index("study_acts")] = [1, 0, 2, 0, 0, 0, 0, 5]
    assert [one["study_acts"] for one in counted(by_hand)] == [3, 5]


def test_flows_are_means_over_networks_and_seeds():
    """Two seeds of two networks: one and two scale, 1.5 of nine on average."""
    rows = [
        {"strategy": "a", "seed": seed, "scaled": scaled, **dict.fromkeys(SHOWN.values(), value)}
        for seed, scaled, value in ((1, True, 1.0), (1, False, 2.0), (2, True, 3.0), (2, True, np.nan))
    ]
    found = flows(pd.DataFrame([*rows, {**rows[0], "strategy": "b"}])).set_index("arm")
    assert found.loc["a", "scaled_of_nine"] == 1.5 and found.loc["a", "fit_now"] == 2.0
    assert found.loc["b", "scaled_of_nine"] == 1.0 and list(found.columns) == ["scaled_of_nine", *SHOWN]


# ---- levers ----------------------------------------------------------------------------------------------------------
def test_a_lever_changes_what_it_says_and_nothing_else():
    ways = arms.ways()
    fields = arms.Way._fields
    for lever, (field, there, gone) in arms.LEVERS.items():
        for base, arm in ((arms.MOST, arms.added(lever)), (arms.TWO, arms.taken(lever))):
            changed = [name for name in fields if getattr(ways[arm], name) != getattr(base, name)]
            assert changed == [field], arm
        assert getattr(ways[arms.added(lever)], field) == there
        assert getattr(ways[arms.taken(lever)], field) == (there if lever == arms.LATER else gone)
    assert ways[arms.BOTH] == arms.MOST._replace(kind="menu", measures="common")
    assert {ways[arm].topology for arm in (arms.NO_HUB, arms.NO_GROUPS)} == {"groups", "hub"}


def test_dealt_alike_and_mixed():
    """Kinds 7 7 1 1 4 4 for three networks of two: alike each has one kind; mixed none has one twice."""
    kinds = np.array([7, 7, 1, 1, 4, 4])
    assert arms.dealt([2, 2, 2], kinds, arms.ALIKE) == [[2, 3], [4, 5], [0, 1]]
    assert arms.dealt([2, 2, 2], kinds, arms.MIXED) == [[2, 5], [0, 3], [1, 4]]


def test_dealt_keeps_sizes_and_everybody():
    kinds = np.arange(12) % 4
    for how in (arms.ALIKE, arms.MIXED):
        found = arms.dealt([6, 4, 2], kinds, how)
        assert [len(one) for one in found] == [6, 4, 2] and sorted(sum(found, [])) == list(range(12))
    assert [len({*kinds[one]}) for one in found] == [4, 4, 2], "mixed"


def test_other_members_change_nothing_else(sc):
    """The same schools, people and chances; and a rule that the user set for a network does not stay behind."""
    set_by_user = sc.override({"networks.net_9.rule.topology": "pairs_hub", "testing.explore": 0.1})
    other = arms.with_members(set_by_user, {"a": ["S0001", "S0002"], "b": ["S0003"]})
    assert other.numbers == set_by_user.numbers and dict(other.overrides) == {"testing.explore": 0.1}
    assert other.section("networks") == {"a": {"schools": ["S0001", "S0002"]}, "b": {"schools": ["S0003"]}}
    one, two = (ReformModel(case, rng=5) for case in (set_by_user, other))
    assert np.array_equal(one.world.context, two.world.context)
    assert np.array_equal(one.state.teachers.skill, two.state.teachers.skill)


def test_the_rules_of_an_arm_are_in_force(small):
    """What the arms say is what networks then go by."""
    for arm, way in arms.ways().items():
        model = ReformModel(small.override(arms.said_of(way)), rng=1)
        model.run(until=10)
        rule = model.networks_frame().iloc[0]
        assert (rule["kind"], rule["measures"], rule["topology"]) == (way.kind, way.measures, way.topology), arm
        assert model.numbers.cycles.district_engaged == way.engaged


# ---- the answer ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def one_seed(sc):
    """A seed of the question where schools have few teachers."""
    return run(sc.override({"population.teachers_mean": 10}), 3)


def test_a_seed_has_every_arm_and_nine_networks_in_each(one_seed):
    by_table = {name: [row for row in one_seed if row["table"] == name] for name in ("runs", "arms", "networks")}
    assert [row["strategy"] for row in by_table["runs"]] == ["none", "as_they_are", "typical", "effective"]
    assert [row["strategy"] for row in by_table["arms"]] == ["none", "as_they_are", *arms.ways()]
    for arm in ("as_they_are", *arms.ways()):
        assert [row["network"] for row in by_table["networks"] if row["strategy"] == arm] == NINE


def test_networks_that_scaled_are_those_of_the_measure(one_seed):
    for arm in (row for row in one_seed if row["table"] == "arms" and row["strategy"] != "none"):
        its = [row for row in one_seed if row["table"] == "networks" and row["strategy"] == arm["strategy"]]
        assert sum(row["scaled"] for row in its) == pytest.approx(9 * arm["networks_scaled"]), arm["strategy"]
        tests = sum(row["tests"] for row in its)
        assert sum(row["claiming"] for row in its) == pytest.approx(tests * arm["claimed_success"])
        assert sum(row["improved"] for row in its) == pytest.approx(tests * arm["true_improvement"])
        assert sum(row["members"] for row in its) == 216


def test_alike_members_are_of_fewer_kinds_than_mixed_ones(one_seed):
    kinds = {
        arm: np.mean([r["kinds"] for r in one_seed if r["table"] == "networks" and r["strategy"] == arm])
        for arm in ("typical", "typical_with_mixed_members", "effective", "effective_without_mixed_members")
    }
    assert kinds["typical"] == kinds["effective_without_mixed_members"] <= 2
    assert kinds["effective"] == kinds["typical_with_mixed_members"] > 2 * kinds["typical"]


def test_quantities_are_differences_to_the_arm_without_the_lever():
    """Three networks scale with the effective rule and one without a menu; one like most, two with a menu."""
    rows = []
    for arm in ("as_they_are", *arms.ways()):
        scaled = {"effective": 3, "effective_without_menu": 1, "typical": 1, "typical_with_menu": 2,
                  "effective_with_district_staff": 5, "as_they_are": 2}.get(arm, 3)  # fmt: skip
        for number in range(9):
            rows.append({
                "table": "networks", "strategy": arm, "kind": "menu" if number < 2 else "local", "tests": 4,
                "scaled": number < scaled, "claims": number < 8, "works": number < 4, "fit": 1.0, "held": 1.0,
                "fit_new_area": 0.5, "fit_anywhere": 0.5, "claiming": 3, "untested": 1, "working": 2, "improved": 1,
            })  # fmt: skip
    found = reckon(rows)
    assert (found["as_they_are.scaled"], found["as_they_are.claimed"]) == (2, 8)
    assert found["as_they_are.claimed_too_many"] == 6 and found["as_they_are.works"] == 4
    assert (found["as_they_are.scaled_menu"], found["as_they_are.scaled_local"]) == (2, 0)
    assert (found["add.menu.scaled"], found["drop.menu.scaled"]) == (1, 2)
    assert found["drop.district_staff.scaled"] == 2, "what the effective ones do not have is added"
    assert found["effective_more"] == 2 and found["add.best.scaled"] == 2
    assert found["as_they_are.claiming"] == 0.75 and found["as_they_are.untested"] == 0.25
    assert {statement.key for statement in STATEMENTS} <= set(found)


@pytest.mark.slow
def test_the_answer_is_five_lines():
    from diffusion_sim.systems.answer import answer

    found = answer("improvement_networks", replicates=2, workers=1, overrides={"population.teachers_mean": 10})
    assert len(found.lines) == 5 and len(found.cost) == len(found.harm) == 3
    assert "Of 9 networks" in found.lines[0]


# ---- what cannot be asked --------------------------------------------------------------------------------------------
def test_a_strategy_that_tests_nothing(sc):
    with pytest.raises(ScenarioError, match=r"strategy\.testing\.kind: found 'none', by which nobody tests"):
        check(sc.override({"strategy.testing.kind": "none"}))


def test_members_that_are_not_in_a_smaller_world(sc):
    with pytest.raises(ScenarioError, match=r"networks\.net_4\.schools: no school 'S0101' among the 100 schools"):
        check(sc.override({"population.schools": 100}))


def test_one_network_has_nothing_to_decide_between(sc):
    with pytest.raises(ScenarioError, match="networks: two at least are needed"):
        check(arms.with_members(sc, {"a": ["S0001", "S0002"]}))


@pytest.mark.parametrize(
    ("members", "text"),
    [("schools: []", "networks.net_1.schools: is empty: a network without members"),
     ("rule: local", "networks.net_1: has no members")],
)  # fmt: skip
def test_a_network_without_members_in_a_file(tmp_path, members, text):
    from diffusion_sim.scenario import scenario_folder

    said = (scenario_folder() / "improvement_networks.yaml").read_text("utf-8")
    start, end = said.index("  net_1:"), said.index("  net_2:")
    file = tmp_path / "mine.yaml"
    file.write_text(f"{said[:start]}  net_1: {{{members}}}\n{said[end:]}", "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    assert text in str(caught.value)


@pytest.mark.parametrize("said", ["networks.net_1.schools=[]", "networks.net_1={}", "networks={}"])
def test_a_network_without_members_from_the_command_line(said, capsys):
    """One line, whatever is written; members are the scenario's."""
    assert call(["answer", "improvement_networks", "--set", said]) == 2
    told = capsys.readouterr().err.strip()
    assert "networks" in told and "cannot be overridden" in told and "Traceback" not in told


def test_the_question_is_the_scenarios(sc):
    assert QUESTION.id == sc.id and QUESTION.replicates >= 2
    assert all(path in sc for path in QUESTION.stated)


def test_the_scenario_says_what_the_article_does(sc):
    """How many networks, how many work like those that scaled, over which time: the list of what is cited."""
    folder = Path(__file__).resolve().parents[2] / "experiments" / "improvement_networks"
    cited = pd.read_csv(folder / "cited.csv").set_index("key")["value"]
    networks = sc.section("networks")
    assert len(networks) == cited["networks"]
    assert sum(one["rule"]["kind"] == "menu" for one in networks.values()) == cited["scaled"]
    assert sc["programme.years_support"] == cited["followed"]
