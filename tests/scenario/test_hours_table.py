"""Hours by hand: every form of a table, and one clear error with file, row and column for what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import Scenario, from_canonical, load_scenario

HEAD = """\
id: own
title: Own
question: q?
population: {kind: synthetic, districts: 1, schools: 4}
initial_use: {share: 0.1}
strategy: {recruitment: volunteer}
strategies:
"""
ROWS = [["a", 1, 4.0], ["a", 2, 8.0], ["b", 1, 0.5]]


@pytest.fixture
def load(tmp_path: Path):
    def _load(table: str) -> Scenario:
        path = tmp_path / "own.yaml"
        path.write_text(
            f"{HEAD}  mine: {{recruitment: volunteer, allocation: {{kind: by_hand, table: {table}}}}}\n", "utf-8"
        )
        return load_scenario(path)

    return _load


def rows_of(sc: Scenario):
    return sc.section("strategies")["mine"]["allocation"]["table"]


CSV = "school,year,hours\nb,1,0.5\n\na,2,8\n a ,1,4\n"


@pytest.mark.parametrize(
    "inline",
    [
        "{a: {1: 4, 2: 8}, b: {1: 0.5}}",
        "[{school: a, year: 1, hours: 4}, {school: a, year: 2, hours: 8}, {school: b, year: 1, hours: 0.5}]",
        "[[b, 1, 0.5], [a, 1, 4], [a, 2, 8]]",
    ],
)
def test_inline(load, inline):
    assert rows_of(load(inline)) == ROWS


def test_hours_of_every_year(load):
    rows = rows_of(load("{a: 3}"))
    assert rows == [["a", year, 3.0] for year in range(1, 21)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv(load, tmp_path, delimiter):
    (tmp_path / "h.csv").write_text(CSV.replace(",", delimiter), "utf-8")
    assert rows_of(load("h.csv")) == ROWS


def test_yaml_and_districts(load, tmp_path):
    (tmp_path / "h.yaml").write_text("table:\n  - {district: x/y, school: a, year: 1, hours: 2}\n", "utf-8")
    assert rows_of(load("h.yaml")) == [["x%2Fy/a", 1, 2.0]]


def test_excel(load, tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("openpyxl")
    frame = pandas.DataFrame({"School": ["b", "a", "a"], "year": [1, 2, 1], "Hours": [0.5, 8, 4]})
    frame.to_excel(tmp_path / "h.xlsx", index=False)
    assert rows_of(load("h.xlsx")) == ROWS
    frame.assign(Hours=[0.5, -8, 4]).to_excel(tmp_path / "h.xlsx", index=False)
    with pytest.raises(ScenarioError, match=r"h\.xlsx, row 3, column hours: found -8"):
        load("h.xlsx")


def test_the_scenario_holds_the_rows_not_the_file(load, tmp_path):
    (tmp_path / "h.csv").write_text(CSV, "utf-8")
    sc = load("h.csv")
    (tmp_path / "h.csv").unlink()
    assert rows_of(from_canonical(sc.canonical())) == ROWS
    assert sc == load("{a: {1: 4, 2: 8}, b: {1: 0.5}}")


def test_override(load, tmp_path):
    (tmp_path / "h.csv").write_text(CSV, "utf-8")
    sc = load("{a: 1}")
    made = sc.override({"strategy.allocation.table": "h.csv", "strategy.allocation.kind": "by_hand"})
    assert made["strategy.allocation.table"] == ROWS and made["strategy.allocation.scaled"] == 0
    for table, text in (("no.csv", "there is no file"), ({"a": -1}, "found -1"), (3, "found 3")):
        with pytest.raises(ScenarioError, match=text):
            sc.override({"strategy.allocation.kind": "by_hand", "strategy.allocation.table": table})
    with pytest.raises(ScenarioError, match="by_hand asks for a table"):
        sc.override({"strategy.allocation.kind": "by_hand"})
    with pytest.raises(ScenarioError, match="a whole number from 0 to 1"):
        made.override({"strategy.allocation.scaled": 0.5})


WRONG = {
    "negative": ("a,1,-2", "row 2, column hours: found -2", "from 0 to 400"),
    "too_many": ("a,1,800", "row 2, column hours: found 800", "from 0 to 400"),
    "per_cent": ("a,1,40%", "column hours: found '40%'", "not per cent"),
    "comma": ('a,1,"3,5"', "column hours: found '3,5'", "write 3.5"),
    "empty": ("a,1,", "row 2, column hours: found nothing", "from 0 to 400"),
    "nan": ("a,1,.nan", "column hours", "from 0 to 400"),
    "year": ("a,0,3", "row 2, column year: found 0", "from 1 (the first school year)"),
    "calendar": ("a,2024,3", "column year: found 2024", "to 20"),
    "half_year": ("a,1.5,3", "column year: found 1.5", "whole number"),
    "school": (",1,3", "row 2, column school: found", "id of a school"),
    "twice": ("a,1,3\nb,1,3\na,1,4", "row 4: school 'a' has year 1 twice", ""),
    "cells": ("a,1", "row 2: has 2 cells", "3 columns"),
    "none": ("", "holds no row", ""),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_rows(load, tmp_path, name):
    text, *said = WRONG[name]
    (tmp_path / "h.csv").write_text(f"school,year,hours\n{text}\n", "utf-8")
    with pytest.raises(ScenarioError) as error:
        load("h.csv")
    for part in ("own.yaml", "h.csv", *said):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("school,year", "row 1, column hours: is missing"),
        ("school,year,ours", "no column 'ours' is known; did you mean 'hours'?"),
        ("school,year,hours,hours", "the column 'hours' stands twice"),
    ],
)
def test_wrong_columns(load, tmp_path, head, said):
    (tmp_path / "h.csv").write_text(f"{head}\na,1,2\n", "utf-8")
    with pytest.raises(ScenarioError) as error:
        load("h.csv")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("no.csv", "there is no file"),
        ("own.yaml", "own.yaml"),
        ("h.pdf", "no table that can be read"),
        ("3", "found 3"),
        ("{}", "holds no row"),
        ("[[a, 1]]", "row 1: found"),
        ("{a: {first: 2}}", "column year: found 'first'"),
        ("''", "found an empty text"),
    ],
)
def test_wrong_tables(load, tmp_path, table, said):
    (tmp_path / "h.pdf").write_text("x")
    with pytest.raises(ScenarioError) as error:
        load(table)
    assert said in str(error.value)
