"""The frame of a system's answer: intervals, statements, what goes with them, what is refused, same bits anywhere."""

from __future__ import annotations

import math
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.errors import ScenarioError, StudyError
from diffusion_sim.scenario import load_scenario
from diffusion_sim.systems.answer import mean_of, tasks_of
from diffusion_sim.systems.draws import draw_points, varied
from diffusion_sim.systems.question import RUNS, SYSTEMS, Question, Statement, question_of
from diffusion_sim.systems.results import COST, answer_of, cost_lines, drivers_of, estimates, record, statements_of

SYSTEM = "achievement_network"
SMALL = {"population.schools": 44, "population.districts": 2, "population.teachers_mean": 24, "programme.hours": 9}

SHORT = {"programme.years_support": 2, "programme.years_after": 0}

GAINS = Statement("gain", "It gains", lambda value: value > 0.0)


def made(statements=(GAINS,)):
    """A question whose rows are made up: one arm, its gain."""
    return Question(
        SYSTEM, "Does it?", 2, lambda sc: None, lambda sc, seed: [],
        lambda rows: {"gain": sum(row["gain"] for row in rows if row["strategy"] == "arm"), "never": math.nan},
        tuple(statements), lambda q, sc: [f"It gains {q['gain'].mean:g}."] * 5, lambda rows: {},
    )  # fmt: skip


def rows_of(*gains):
    """Rows of seeds 1, 2, ...: none gains 0, the arm so much."""
    cost = {"poorest_quarter_gain": 0.0, COST: 10.0}
    return [
        {"table": RUNS, "seed": seed, "strategy": arm, "gain": value, "pupil_gain_sd": value} | cost
        for seed, gain in enumerate(gains, 1)
        for arm, value in (("none", 0.0), ("arm", gain))
    ]


def test_every_system_has_a_question_of_its_own_id_and_a_scenario():
    for system in SYSTEMS:
        question, sc = question_of(system), load_scenario(system)
        assert question.id == system and question.text.endswith("?") and question.replicates >= 2
        question.check(sc)
        assert len({(one.key, one.text) for one in question.statements}) == len(question.statements)
        for path in question.stated:
            assert path in sc.numbers, f"{system} states {path}, which is no number"


def test_means_leave_out_what_has_no_value():
    found = mean_of([{"a": 1.0, "b": math.nan}, {"a": 2.0, "b": math.nan}, {"a": math.nan, "b": math.nan}])
    assert found["a"] == 1.5 and math.isnan(found["b"])


def test_an_interval_by_hand():
    found = estimates(made(), rows_of(0.1, 0.3))
    half = 12.7062 * np.std([0.1, 0.3], ddof=1) / np.sqrt(2)  # t with one degree of freedom
    assert found["gain"].mean == pytest.approx(0.2) and found["gain"].high == pytest.approx(0.2 + half, abs=1e-4)
    assert found["gain"].n == 2 and found["never"].n == 0 and math.isnan(found["never"].mean)


@pytest.mark.parametrize(
    ("gains", "holds", "told"),
    [((0.2, 0.21, 0.22), True, True), ((0.2, -0.1, 0.1), True, False), ((-0.2, -0.21, -0.2), False, True)],
)
def test_a_statement_is_told_from_chance_where_its_whole_interval_says_the_same(gains, holds, told):
    question = made()
    (row,) = statements_of(question, estimates(question, rows_of(*gains)), pd.DataFrame()).to_dict("records")
    assert (row["holds"], row["told"], row["holds_in"], row["draws"]) == (holds, told, 0, 0)


def test_an_interval_that_covers_a_band_from_outside_tells_nothing():
    question = made([Statement("gain", "It gains .1 to .2", lambda value: 0.1 <= value <= 0.2)])
    (row,) = statements_of(question, estimates(question, rows_of(0.05, 0.55)), pd.DataFrame()).to_dict("records")
    assert not row["holds"] and not row["told"]


def test_statements_are_counted_over_draws_and_an_undefined_value_never_holds():
    question, draws = made(), pd.DataFrame({"gain": [0.1, -0.1, 0.3, math.nan]})
    (row,) = statements_of(question, estimates(question, rows_of(0.1, 0.1)), draws).to_dict("records")
    assert (row["holds_in"], row["draws"]) == (2, 4)
    assert row["draws_median"] == pytest.approx(0.1) and row["draws_high"] == pytest.approx(0.26)


def test_what_goes_with_a_quantity_is_found_and_nothing_else():
    rng = np.random.default_rng(1)
    numbers = pd.DataFrame(rng.random((200, 40)), columns=[f"p.a.n{n}" for n in range(40)])
    words = rng.choice(["off", "schools"], 200)
    draws = numbers.assign(**{"p.structure.like": words, "gain": -numbers["p.a.n3"] + 0.5 * (words == "schools")})
    below = Statement("gain", "It gains little", lambda value: value < -0.25)
    found = drivers_of(made([below]), draws)
    assert list(found["number"]) == ["a.n3", "structure.like"], "each once, the strongest first"
    assert found["rank_correlation"].iloc[0] < -0.6 < 0.3 < found["rank_correlation"].iloc[1]
    low = numbers["p.a.n3"] <= numbers["p.a.n3"].median()
    held = draws["gain"] < -0.25
    first = found.iloc[0]
    assert (first["lower"], first["upper"]) == (100, 100)
    assert (first["holds_lower"], first["holds_upper"]) == (held[low].sum(), held[~low].sum())
    second = found.iloc[1]
    assert (second["lower"], second["holds_lower"]) == ((words == "off").sum(), held[words == "off"].sum())
    assert drivers_of(made(), draws.head(10)).empty


def test_cost_harm_and_text_of_made_up_rows():
    question, sc = made(), load_scenario(SYSTEM)
    found = answer_of(question, sc, rows_of(0.1, -0.1), [], [], {"replicates": 2, "rng": 1, "seeds_a_draw": 2})
    assert found.cost == cost_lines(found.tables[RUNS]) == ["arm: 10 US dollars a pupil and year (10 to 10)"]
    assert found.harm == ["arm: pupils gain less than without a programme in 1 of 2 seeds; pupils of the poorest "
                          "quarter of schools in 0 of 2"]  # fmt: skip
    text = found.text()
    assert "It gains 0." in text and "nothing here rates a person" in text and "(not told from chance)" in text


def test_the_record_holds_the_command_without_its_folder(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/some/where/diffusion-sim", "answer", SYSTEM])
    found = record(load_scenario(SYSTEM), system=SYSTEM)
    assert found["command"] == ["diffusion-sim", "answer", SYSTEM] and found["ranges"]["digest"]


def test_draws_leave_out_what_is_set_and_what_the_question_states():
    sc = load_scenario(SYSTEM).override({"trial.q": 0.8, "structure.dose": "saturating"})
    names = {factor.name for factor in varied(sc, ["pupils.load"])}
    assert not names & {"trial.q", "structure.dose", "pupils.load"} and {"trial.p", "structure.like"} <= names
    points = draw_points(sc, ["pupils.load"], 6, 1)
    assert points == draw_points(sc, ["pupils.load"], 6, 1) != draw_points(sc, ["pupils.load"], 6, 2)
    assert {point["structure.board"] for point in points} == {"off", "in_coherence"}
    low, high = sc.numbers["trial.p"].range
    values = sorted(point["trial.p"] for point in points)
    assert all(low + n / 6 * (high - low) <= v <= low + (n + 1) / 6 * (high - low) for n, v in enumerate(values))


def test_each_draw_has_seeds_of_its_own():
    sc = load_scenario(SYSTEM)
    tasks = tasks_of(question_of(SYSTEM), sc, [1, 2], [{"trial.q": 0.7}, {"trial.q": 0.8}], [3, 4, 5, 6])
    assert [task.seeds for task in tasks] == [(1,), (2,), (3, 4), (5, 6)]
    assert [task.point for task in tasks] == [None, None, {"trial.q": 0.7}, {"trial.q": 0.8}]


@pytest.mark.parametrize(
    ("said", "error", "told"),
    [
        ({"system": "achievement_netwrk"}, StudyError, "did you mean 'achievement_network'"),
        ({"system": None}, StudyError, "there is no system None"),
        ({"replicates": 1}, StudyError, "replicates: found 1"),
        ({"space": -1}, StudyError, "space: found -1"),
        ({"seeds_a_draw": 0}, StudyError, "seeds_a_draw: found 0"),
        ({"progress": "no"}, StudyError, "progress: found 'no'"),
        ({"overrides": {"pupils.efect": 1}}, ScenarioError, "did you mean 'pupils.effect'"),
        ({"overrides": {"pupils.effect": "much"}}, ScenarioError, "pupils.effect"),
        ({"workers": 0}, StudyError, "workers"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_error(said, error, told):
    with pytest.raises(error, match=told):
        ds.answer(**{"system": SYSTEM, **said})


def test_same_bits_whatever_the_number_of_workers(tmp_path):
    asked = {"replicates": 2, "space": 1, "seeds_a_draw": 1, "overrides": SMALL | SHORT, "progress": False}
    one = ds.answer(SYSTEM, workers=1, **asked)
    with ThreadPoolExecutor(3) as executor:
        other = ds.answer(SYSTEM, executor=executor, **asked)
    for name in ("quantities", "statements", "draws"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    assert one.text() == other.text()
    assert {f"p.{path}" for path in SMALL}.isdisjoint(one.draws.columns) and len(one.draws) == 1
    assert {said.split(" = ")[0] for said in one.scenario.changed} == set(SMALL | SHORT)
    folder = one.save(tmp_path / "found")
    names = {"answer.txt", "quantities.csv", "statements.csv", "runs.csv", "draws.csv", "drivers.csv", "figure.png"}
    assert names <= {file.name for file in folder.iterdir()}
    assert (folder / "answer.txt").read_text("utf-8") == one.text()


@pytest.mark.slow
def test_same_bits_in_processes():
    asked = {"replicates": 2, "overrides": SMALL, "progress": False}
    one, two = (ds.answer(SYSTEM, workers=workers, **asked) for workers in (1, 2))
    pd.testing.assert_frame_equal(one.quantities, two.quantities, check_exact=True)
