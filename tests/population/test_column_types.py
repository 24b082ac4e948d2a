"""Every type of column that a file may hold, as schools and as an edge list: read, or one PopulationError."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from diffusion_sim.errors import PopulationError
from diffusion_sim.network.given import from_edges
from diffusion_sim.population.table import from_table

POSTS = ["A/1/0", "A/1/1", "A/2/0", "A/2/1"]
GOOD = {
    "schools": {"district_id": pa.array(["A", "A"]), "school_id": pa.array(["1", "2"]), "teachers": pa.array([2, 2]),
                "poverty": pa.array([0.5, 0.2])},
    "edges": {"source": pa.array(["A/1/0", "A/1/1"]), "target": pa.array(["A/1/1", "A/2/0"])},
}  # fmt: skip
NO_UTF8 = pa.StringArray.from_buffers(2, pa.py_buffer(np.array([0, 2, 4], "i4")), pa.py_buffer(b"\xff\xfeab"))
COLUMNS = {
    "dictionary": pa.array(["a", "b"]).dictionary_encode(),
    "dictionary of numbers": pa.array([3.0, 7.0]).dictionary_encode(),
    "decimal": pa.array([Decimal("3.5"), Decimal("1e30")], pa.decimal128(38, 4)),
    "timestamp": pa.array([dt.datetime(2024, 1, 1), None]),
    "timestamp with zone": pa.array([dt.datetime(2024, 1, 1), None], pa.timestamp("us", "UTC")),
    "date": pa.array([dt.date(2024, 1, 1), None]),
    "time": pa.array([dt.time(3), None]),
    "duration": pa.array([dt.timedelta(3), None]),
    "list": pa.array([[1.0], [2.0, None]]),
    "list of nothing": pa.array([[float("nan")], []], pa.list_(pa.float64())),
    "struct": pa.array([{"a": 1}, {"a": 2}]),
    "map": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
    "binary": pa.array([b"A", b"\xff"]),
    "large_string": pa.array(["3", "4"], pa.large_string()),
    "string_view": pa.array(["3", "4"], pa.string_view()),
    "null": pa.nulls(2),
    "bool": pa.array([True, None]),
    "inf": pa.array([float("inf"), 1.0]),
    "nan": pa.array([float("nan"), float("nan")]),
    "1e308": pa.array([1e308, -1e308]),
    "half": pa.array(np.array([1.5, np.inf], np.float16)),
    "uint64": pa.array([2**64 - 1, 0], pa.uint64()),
    "int64 with gaps": pa.array([2**63 - 1, None], pa.int64()),
    "text": pa.array(["=1+1", "\ud7ff\x00"]),
    "no UTF-8": NO_UTF8,
    "#N/A": pa.array(["#N/A", "#REF!"]),
}
NAMES = [("schools", name) for name in (*GOOD["schools"], "pupils", "school_name", "level", "programme", "network",
         "initial_use", "latitude", "grade_low", "status", "unused")] + [
    ("edges", name) for name in (*GOOD["edges"], "group", "relation", "unused")]  # fmt: skip


def read(what: str, path, name: str = "") -> None:
    """As a scenario would, with all roles of an edge list named."""
    if what == "schools":
        assert len(from_table(path, options={"no_pupils": "impute", "no_poverty": "impute"})) > 0
    else:
        roles = {role: role for role in GOOD["edges"]} | ({name: name} if name in ("group", "relation") else {})
        assert from_edges(path, POSTS, columns=roles).degree.sum() == 2


def tried(what: str, path, name: str) -> None:
    """Read, or refused by one error that names the file."""
    try:
        read(what, path, name)
    except PopulationError as error:
        assert path.name in str(error) and "\n" not in str(error) and len(str(error)) < 700, str(error)


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize(("what", "name"), NAMES)
def test_types(tmp_path, what, name, kind):
    table = pa.table(GOOD[what] | {name: COLUMNS[kind]})
    pq.write_table(table, tmp_path / "t.parquet")
    tried(what, tmp_path / "t.parquet", name)
    twice = pa.table([*table.columns, COLUMNS[kind]], [*table.column_names, name])
    pq.write_table(twice, tmp_path / "twice.parquet")
    with pytest.raises(PopulationError, match="twice.parquet"):
        read(what, tmp_path / "twice.parquet", name)
        raise PopulationError("twice.parquet") if name == "unused" else AssertionError(name)


@pytest.mark.parametrize(
    ("what", "name", "kind", "text"),
    [
        ("edges", "source", "1e308", "row 1, column 'source': found 1e+308"),
        ("edges", "target", "no UTF-8", "row 1, column 'target': found b'"),
        ("schools", "school_id", "no UTF-8", "row 1, column 'school_id': found b'"),
        ("schools", "school_id", "#N/A", "row 1, column 'school_id': found '#N/A'; it is the error"),
        ("schools", "teachers", "list", "column 'teachers': found list<element: double>; text or"),
        ("schools", "school_name", "binary", "row 1, column 'school_name': found b'A'; a text is needed"),
    ],
)
def test_what_is_said(tmp_path, what, name, kind, text):
    pq.write_table(pa.table(GOOD[what] | {name: COLUMNS[kind]}), tmp_path / "t.parquet")
    with pytest.raises(PopulationError) as error:
        read(what, tmp_path / "t.parquet", name)
    assert text in str(error.value)


CELLS = ["#REF!", "=1+1", dt.datetime(2024, 1, 1), dt.time(3), True, 1e308, -1, 2**70, "", None, "\u202e", "x" * 9**4]


@pytest.mark.parametrize(("what", "name"), NAMES)
def test_cells_of_excel(tmp_path, what, name):
    for number, cell in enumerate(CELLS):
        book = openpyxl.Workbook()
        table = {key: values.to_pylist() for key, values in GOOD[what].items()} | {name: [cell, cell]}
        for row in (list(table), *zip(*table.values(), strict=True)):
            book.active.append(row)
        book.save(tmp_path / f"{number}.xlsx")
        tried(what, tmp_path / f"{number}.xlsx", name)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8"])
@pytest.mark.parametrize("what", GOOD)
def test_encodings(tmp_path, what, encoding):
    frame = pd.DataFrame({key: values.to_pylist() for key, values in GOOD[what].items()})
    for number, extra in enumerate(["", "é", "\0"]):
        text = frame.assign(more=extra).to_csv(index=False)
        (tmp_path / f"{number}.csv").write_bytes(text.encode(encoding))
        fine = encoding in ("utf-8-sig", "utf-16", "utf-8") or (encoding == "latin-1" and not extra)
        if fine and extra != "\0":
            read(what, tmp_path / f"{number}.csv")
        else:
            with pytest.raises(PopulationError, match=rf"{number}\.csv"):
                read(what, tmp_path / f"{number}.csv")
