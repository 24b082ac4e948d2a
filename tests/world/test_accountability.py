"""Which schools accountability names, how hard it presses on them and on others, and where instruments start."""

from __future__ import annotations

import math

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim import rng
from diffusion_sim.errors import PopulationError, ScenarioError
from diffusion_sim.model import ReformModel
from diffusion_sim.state.codes import INSTRUMENTS
from diffusion_sim.world.accountability import counted
from diffusion_sim.world.build import build_world, load_population
from diffusion_sim.world.numbers import numbers_of

from ..small_world import write_case

CASE = ds.load_scenario("mid_size_district")
SOME = CASE.override({"population.districts": 4, "population.schools": 16, "population.teachers_mean": 12})
SEED = 8
ROWS = [{"district_id": d, "school_id": f"{d}{n}", "teachers": 10, "pupils": 150, "poverty": 0.5, "achievement": a}
        for d, n, a in zip("eeeennnn", range(8), (3, 1, 7, 2, 8, 5, 6, 4), strict=True)]  # fmt: skip


def case(folder, **columns):
    """ROWS with a column each; a list holds eight values."""
    rows = [row | {name: values[n] for name, values in columns.items()} for n, row in enumerate(ROWS)]
    return write_case(folder, rows, "accountability")


def world(sc, **numbers):
    return build_world(sc.override({name.replace("__", "."): value for name, value in numbers.items()}), SEED)


# ---- who is named ----------------------------------------------------------------------------------------------------
def test_the_lowest_programme_schools_are_named(tmp_path):
    """Of eight a quarter is two: achievement 1 and 2, rows 1 and 3. Without row 3 in the programme they are ceil(7/4),
    two of seven: 1 and 3, rows 1 and 0, and row 3 outside stands under the same line."""
    w = world(case(tmp_path))
    assert np.flatnonzero(w.schools.designated).tolist() == [1, 3]
    outside = world(case(tmp_path, programme=[1, 1, 1, 0, 1, 1, 1, 1]))
    assert np.flatnonzero(outside.schools.designated).tolist() == [0, 1, 3]


def test_a_table_s_column_names_whom_it_likes(tmp_path):
    sc = case(tmp_path, designated=[0, 0, 1, 0, 1, 0, 0, 0])
    w = world(sc, districts__designated=0.9)
    assert np.flatnonzero(w.schools.designated).tolist() == [2, 4]
    said = "accountability names 2 of the 8 schools that can take part (the table's column)"
    assert counted(sc, w.table)["said"] == said
    with pytest.raises(PopulationError, match="column 'designated': found '2'; allowed is 1 or true, 0 or false"):
        load_population(case(tmp_path, designated=[0, 2, 1, 0, 1, 0, 0, 0]), SEED)


def test_a_cut_that_names_nobody_or_everybody_is_said(tmp_path):
    sc = case(tmp_path)
    table = load_population(sc, SEED)
    said = {share: counted(sc.override({"districts.designated": share}), table) for share in (0, 0.25, 0.9, 1)}
    assert [one["schools"] for one in said.values()] == [0, 2, 8, 8]
    assert [": nobody, so" in one["said"] for one in said.values()] == [True, False, False, False]
    assert [": everybody, so" in one["said"] for one in said.values()] == [False, False, True, True]
    smooth = counted(sc.override({"districts.designated": 0, "structure.accountability": "smooth"}), table)
    assert "by degree" in smooth["said"] and "nobody" not in smooth["said"]


# ---- pressure --------------------------------------------------------------------------------------------------------
def test_who_is_named_has_the_regime_and_others_a_part_of_it():
    w = world(SOME)
    assert w.schools.designated.sum() == 4, "of 16"
    regime = w.districts.regime[w.schools.district]
    expected = regime * np.where(w.schools.designated == 1, 1.0, CASE["districts.others_pressure"])
    assert np.array_equal(w.schools.pressure, expected) and np.unique(regime).size == 4


def test_by_degree_it_follows_achievement():
    w = world(SOME, structure__accountability="smooth")
    slope, regime = CASE["districts.pressure_slope"], w.districts.regime[w.schools.district]
    expected = [r / (1 + math.exp(slope * a)) for r, a in zip(regime, w.schools.achievement, strict=True)]
    assert w.schools.pressure == pytest.approx(expected, rel=1e-14)
    assert w.schools.designated.sum() == 4, "named all the same"


@pytest.mark.parametrize("form", ["designated", "smooth"])
def test_equal_pressure_switches_both_forms_off(form):
    w = world(SOME, structure__accountability=form, districts__regime=0, districts__regime_sd=0)
    assert not w.schools.pressure.any()


def test_pressure_follows_numbers_that_change_within_a_run():
    model = ReformModel(SOME, rng=SEED, strategy="none")
    s = model.state.schools
    low = np.argsort(s.achievement)
    model.intervene({"districts.designated": 0.5, "districts.others_pressure": 0.4})
    assert sorted(np.flatnonzero(s.designated)) == sorted(low[:8].tolist())
    regime = model.state.districts.regime[s.district]
    assert np.array_equal(s.pressure, regime * np.where(s.designated == 1, 1.0, 0.4))


# ---- instruments -----------------------------------------------------------------------------------------------------
def test_each_instrument_has_its_own_start_mean():
    """Others as they are to the last bit; evaluation by the same draws around its own mean."""
    plain, moved = world(SOME), world(SOME, districts__evaluation=0.5, districts__materials=0.7)
    change = moved.districts.alignment - plain.districts.alignment
    assert change[:, 4] == pytest.approx(0.2) and change[:, 2] == pytest.approx(0.15)
    assert not change[:, [0, 1, 3, 5]].any()
    assert np.array_equal(moved.districts.alignment, moved.districts.alignment_start)
    key, sd = plain.districts.key[1], CASE["districts.alignment_sd_between"]
    drawn = sd * rng.normals(SEED, np.array([key]), 0, rng.ALIGNMENT_MEAN, 0)[0]
    for j in range(6):
        mean = CASE["districts.evaluation"] if j == 4 else CASE["districts.alignment"]
        own = CASE["districts.alignment_sd_within"] * rng.normals(SEED, np.array([key]), 0, rng.ALIGNMENT, j)[0]
        assert plain.districts.alignment[1, j] == pytest.approx(min(1.0, max(0.0, mean + drawn + own)), abs=1e-15)


def test_the_mean_of_all_moves_all_but_evaluation_and_those_with_their_own():
    assert numbers_of(SOME).districts.means == (0.55, 0.55, 0.55, 0.55, 0.3, 0.55)
    said = SOME.override({"districts.alignment": 0.6, "districts.pacing": 0.2, "districts.coaching": 0})
    assert numbers_of(said).districts.means == (0.6, 0.2, 0.6, 0.6, 0.3, 0.0)


def test_a_table_gives_districts_instruments(tmp_path):
    plain = world(case(tmp_path))
    w = world(case(tmp_path, alignment_evaluation=[0.9, "", "", 0.9, "", "", "", ""]))
    assert w.districts.alignment[0, 4] == 0.9 == w.districts.alignment_start[0, 4]
    change = w.districts.alignment != plain.districts.alignment
    assert change.sum() == 1 and w.districts.alignment[1, 4] == plain.districts.alignment[1, 4]
    with pytest.raises(PopulationError, match="the rows of a district have to agree"):
        load_population(case(tmp_path, alignment_pacing=[0.9, 0.8, "", "", "", "", "", ""]), SEED)


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_where_an_instrument_starts_is_settled_at_the_start(instrument):
    model = ReformModel(SOME, rng=SEED, strategy="none")
    with pytest.raises(ScenarioError, match=f"districts.{instrument} only shapes the start"):
        model.intervene({f"districts.{instrument}": 0.4})


def test_an_instrument_that_does_not_exist():
    with pytest.raises(ScenarioError, match="districts.evalution: no such path; did you mean 'districts.evaluation'"):
        SOME.override({"districts.evalution": 0.5})
    with pytest.raises(ScenarioError, match="found 1.5; a number from 0 to 1"):
        SOME.override({"districts.materials": 1.5})
