"""Every row of the source table is measured, or listed with the reason; every row says all that it must."""

from __future__ import annotations

import pytest

from diffusion_sim.errors import StudyError
from diffusion_sim.patterns.catalogue import NOT_MEASURED, chosen, rows
from diffusion_sim.patterns.record import CERTAINTIES, HOWS, PARTS, Condition
from diffusion_sim.patterns.space import factors, points, random_point
from diffusion_sim.patterns.worlds import SIZE, WORLDS, base, scenario_of
from diffusion_sim.scenario.mechanisms import mechanisms
from diffusion_sim.strategies import make_strategy

# The ids of the table of patterns that the second edition was designed with.
SOURCE = (
    *(f"A{n}" for n in range(1, 15)), "B4", "B12",
    *(f"C{n}" for n in (1, 4, 5, 6, 7, 9, 12, 15, 17, 18, 19, 21, 23, 24, 26, 27, 29, 30, 35)),
)  # fmt: skip
FOR_CALIBRATION = {"B4", "C6", "C7"}
ROWS = list(rows().values())


def test_every_row_of_the_source_is_here():
    listed = [one.id for one in NOT_MEASURED]
    assert sorted([*rows(), *listed]) == sorted(SOURCE)
    assert set(listed) == {"B12", "C18", "C19", "C29"}
    assert all(len(one.reason) > 30 for one in NOT_MEASURED)
    assert all("an input" in one.reason for one in NOT_MEASURED if one.id in ("B12", "C19"))
    assert {row.id for row in ROWS if row.use == "C"} == FOR_CALIBRATION


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_says_all_that_it_must(row):
    for text in (row.title, row.statement, row.source, row.measure):
        assert len(text) >= 4 and text == " ".join(text.split())
    assert row.certainty in CERTAINTIES and row.use in ("C", "H")
    assert row.mechanism in mechanisms(), "its switch is there"
    assert row.world in WORLDS
    for reading in (row.literal, row.sharper or row.literal):
        assert any(not one.shown_only for one in reading), "something is asked for"
        words = [one.words for one in reading]
        assert len(set(words)) == len(words)
        for one in reading:
            assert one.how in HOWS and len(one.value.split()) == PARTS[one.how] and one.low <= one.high


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_can_be_run(row):
    for arm in row.arms.values():
        sc = scenario_of(arm.world or row.world, arm.overrides, {}, row.mechanism)
        make_strategy(arm.strategy, sc)
        assert sc[f"mechanisms.{row.mechanism}"] is False


def test_no_part_is_missing():
    assert {row.id: row.lacks for row in ROWS if row.lacks} == {}


def test_worlds_have_the_sizes_that_rows_ask_for():
    size = {name: tuple(said[path] for path in SIZE[:2]) for name, (_, said) in WORLDS.items()}
    assert size == {"four": (4, 60), "many_districts": (48, 720), "network": (1, 24), "mixed": (12, 48),
                    "alike": (12, 48), "ninety": (6, 90)}  # fmt: skip
    assert {row.id for row in ROWS if row.world == "many_districts"} == {"A5", "A10", "A11"}


def test_bands_in_words():
    assert Condition("", "x", 0.1, 0.3).band == "0.1 to 0.3"
    assert Condition("", "x", 0.0, strict=True).band == "above 0"
    assert Condition("", "x", high=0.2).band == "at most 0.2"
    assert Condition("", "x").band == "shown only"
    assert Condition("", "x", 0.0).holds(0.0) and not Condition("", "x", 0.0, strict=True).holds(0.0)
    assert not Condition("", "x", 0.0).holds(float("nan"))


def test_an_arm_wins_over_a_draw():
    point = {"programme.hours": 33.0, "trial.q": 0.7}
    sc = scenario_of("four", {"programme.hours": 10.0}, point)
    assert (sc["programme.hours"], sc["trial.q"]) == (10.0, 0.7)


def test_draws_of_the_plausible_space():
    found = points(4, 1)
    assert found == points(4, 1) and len(found) == 4
    ranged = {path for path, number in base().numbers.items() if number.range and number.range[0] < number.range[1]}
    assert {factor.name for factor in factors() if "structure." not in factor.name} == ranged - set(SIZE)
    for point in (*found, random_point(7)):
        for path in ranged - set(SIZE):
            low, high = base().number(path).range
            assert low <= point[path] <= high
        assert base().override(point)["structure.dose"] == point["structure.dose"]
    quarters = sorted(int((p["trial.q"] - 0.6) / 0.15) for p in found)
    assert quarters == [0, 1, 2, 3], "a Latin hypercube: one draw in each quarter of a range"
    assert random_point(7) != random_point(8)


def test_asking_for_rows():
    assert [row.id for row in chosen(["c24", "A1", "A1"])] == ["A1", "C24"]
    assert len(chosen(None)) == len(SOURCE) - len(NOT_MEASURED)
    for asked, text in (
        (["A1", "A99"], "there is no pattern 'A99'"),
        (["C34"], "did you mean"),
        (["C19"], "cannot be measured: an input"),
        ([], "none named"),
        ("A1", "a list of ids"),
    ):
        with pytest.raises(StudyError, match=text):
            chosen(asked)
