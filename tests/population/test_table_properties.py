"""Properties over generated tables: valid ones lose nothing, a corrupted cell is always one PopulationError."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion_sim.errors import PopulationError
from diffusion_sim.population.table import from_table

NAMES = ["district_id", "school_id", "teachers", "pupils", "poverty", "initial_use"]
ID = st.text("0123456789abcXYZäñ -_.,;'\"", min_size=1, max_size=6).filter(lambda t: t.strip() == t)
TWO_PLACES = st.integers(50, 40_000).map(lambda n: n / 100)
SHARE = st.integers(0, 10_000).map(lambda n: n / 10_000)
ROW = st.tuples(ID, ID, TWO_PLACES, st.integers(1, 5000), SHARE, SHARE)
TABLE = st.lists(ROW, min_size=1, max_size=8, unique_by=lambda row: row[:2]).filter(
    # a column of ids that all read like 1.0 is taken for numbers, and says so; see test_ids_are_text
    lambda rows: not any(all(r[i].endswith(".0") for r in rows) for i in (0, 1))
)
STYLE = st.sampled_from([(",", "."), (";", ","), (";", "."), ("\t", ","), (",", ","), ("|", ".")])


def written(row, decimal: str) -> list[str]:
    d, s, teachers, pupils, poverty, use = row
    numbers = [f"{teachers:.2f}", str(pupils), f"{poverty:.4f}", f"{use:.4f}"]
    return [d, s, *(n.replace(".", decimal) for n in numbers)]


def load(cells: list[list[str]], delimiter: str, encoding: str = "utf-8"):
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in delimiter + '"\r\n') else cell

    text = "\n".join(delimiter.join(map(quoted, row)) for row in [NAMES, *cells]) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schools.csv"
        path.write_bytes(text.encode(encoding))
        return from_table(path)


@settings(max_examples=150, deadline=None)
@given(rows=TABLE, style=STYLE, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_valid_tables_load_with_nothing_lost(rows, style, encoding):
    table = load([written(row, style[1]) for row in rows], style[0], encoding)
    want = sorted(rows, key=lambda row: row[:2])
    assert list(zip(table.district_id, table.school_id, strict=True)) == [row[:2] for row in want]
    assert table.teachers.tolist() == [max(2, math.floor(row[2] + 0.5)) for row in want]
    assert table.pupils.tolist() == [row[3] for row in want]
    assert table.poverty.tolist() == [row[4] for row in want]
    assert table.initial_use.tolist() == [row[5] for row in want]


NOT_A_NUMBER = st.one_of(
    st.sampled_from(["inf", "-inf", "nan", "NaN", "1e999", "-1", "1_0", "0x10", "--2", "1 000"]),
    st.sampled_from(["5%", "=1+1", "NA", "٣", "½"]),
    st.text("abcxyz!?€ \x00", min_size=1, max_size=5).filter(lambda t: t.strip()),
)
CORRUPT = st.one_of(
    st.tuples(st.sampled_from([0, 1]), st.sampled_from(["", "   ", "a\x1fb", "a\x00", "2.6E+11", "1E+05"])),
    st.tuples(st.sampled_from([2, 3, 4, 5]), NOT_A_NUMBER),
    st.tuples(st.sampled_from([2, 3]), st.sampled_from(["", "0", "1e9"])),
    st.tuples(st.just(4), st.sampled_from(["", "1.01", "42", "101"])),
    st.tuples(st.just(5), st.sampled_from(["1.01", "42", "101"])),
)


@settings(max_examples=300, deadline=None)
@given(rows=TABLE, style=STYLE, corrupt=CORRUPT, where=st.integers(0, 7))
def test_a_corrupted_cell_is_one_population_error(rows, style, corrupt, where):
    cells = [written(row, style[1]) for row in rows]
    column, value = corrupt
    cells[where % len(cells)][column] = value
    with pytest.raises(PopulationError) as caught:
        load(cells, style[0])
    assert "schools.csv" in str(caught.value) and "\n" not in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(rows=TABLE, style=STYLE, where=st.integers(0, 7))
def test_a_repeated_school_is_an_error_with_both_lines(rows, style, where):
    cells = [written(row, style[1]) for row in rows]
    cells.append(list(cells[where % len(cells)]))
    with pytest.raises(PopulationError, match=rf"line {where % len(rows) + 2} and line {len(rows) + 2}"):
        load(cells, style[0])


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=200), suffix=st.sampled_from([".csv", ".csv.gz", ".parquet", ".xlsx", ".tsv"]))
def test_any_bytes_are_a_population_error(raw, suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"schools{suffix}"
        path.write_bytes(raw)
        with pytest.raises(PopulationError):
            from_table(path)
