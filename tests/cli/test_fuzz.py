"""Files that users hand over, broken in thousands of ways, by the command line's own path: read, or refused in words.

DIFFUSION_SIM_FUZZ_SEED tries others; the seed is printed, and part of what fails.
"""

from __future__ import annotations

import io
import os
import random
import shutil
import zipfile
from collections import Counter
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from diffusion_sim.cli import BROKEN, WRONG, call, check
from diffusion_sim.scenario.load import scenario_folder

pytestmark = pytest.mark.slow
SEED = int(os.environ.get("DIFFUSION_SIM_FUZZ_SEED", "20250101"))
OWN = (
    "id: own\ntitle: t\nquestion: q?\npopulation: {kind: table, source: FILE, options: {no_pupils: impute}}\n"
    "network: NETWORK\nprogramme: {years_support: 1, years_after: 1}\ninitial_use: {share: 0.1}\n"
    "strategy: {recruitment: {kind: none}}\n"
)
SCHOOLS = pd.DataFrame(
    {"district_id": ["A", "A", "B"], "school_id": ["1", "2", "3"], "teachers": [4, 5.5, 6], "poverty": [0.5, 0.2, 0.3],
     "pupils": [90, 80, 70], "level": ["high", "", "other"], "achievement": [1.5, -2, 0], "latitude": [1.0, 2.0, 3.0]}
)  # fmt: skip
EDGES = pd.DataFrame(
    {"source": ["A/1/0", "A/1/1", "B/3/2"], "target": ["A/2/0", "A/1/0", "B/3/1"], "note": ["", "é", "1"]}
)
BITS = [
    *(b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b"\r", b",", b";", b"\t", b'"', b"'", b"-", b"1e308", b"1e999"),
    *(b"nan", b"inf", b"-1", b"0", b"99999999999999999999", b"{", b"}", b"[", b"]", b":", b": ", b"&a ", b"*a"),
    *(b"|", b"#", b"%", b"null", b"true", b"~", b"\xc3", "é".encode(), "\u202e".encode(), b"=1+1", b"A", b"/", b"  "),
    *(b"2024-01-01", b"0x1f", b"1_0", b"<<: ", b"? ", b"@", b"`", b"1:30", b"\x1f", b".5", b"5.", b"--- ", b"!!x "),
]
VALUES = [
    None, float("nan"), float("inf"), 1e308, -1, 0, 2**63 - 1, True, "", " ", "=1+1", "x" * 999, "\0", "\ud7ff",
    b"\xff", [], [1.0], {"a": 1}, pd.Timestamp("2024-01-01"), pd.Timedelta(3), 0.5, "A", "1", "A/1/0",
]  # fmt: skip


def mutated(raw: bytes, draw: random.Random) -> bytes:
    """``raw`` with one to four places changed."""
    for _ in range(draw.randint(1, 4)):
        a, b = sorted(draw.choices(range(len(raw) + 1), k=2))
        b = min(b, a + draw.choice((0, 1, 1, 3, 12, 80)))
        piece = draw.choice((draw.choice(BITS), draw.choice(BITS), raw[a:b] * 2, draw.randbytes(2), raw[b : b + 9]))
        raw = raw[:a] + piece + raw[b:]
    return raw


def lines(raw: bytes, draw: random.Random) -> bytes:
    """``raw`` with a line moved, doubled or taken away, then perhaps changed."""
    parts = raw.splitlines(keepends=True)
    place = draw.randrange(len(parts))
    parts[place : place + 1] = draw.choice(([], [parts[place]] * 2, [draw.choice(parts), parts[place]]))
    whole = b"".join(parts)
    return mutated(whole, draw) if draw.random() < 0.5 else whole


def table(frame: pd.DataFrame, draw: random.Random) -> pd.DataFrame:
    """``frame`` with cells, columns and rows changed."""
    columns = [frame[name].tolist() for name in frame]
    for _ in range(draw.randint(1, 3)):
        column = draw.choice(columns)
        column[draw.randrange(3)] = draw.choice(VALUES)
        if draw.random() < 0.3:
            column[:] = [column[0]] * 3
    twice = draw.random() < 0.1
    columns, names = columns + columns[:1] * twice, [*frame, *list(frame)[:1] * twice]
    rows = draw.choice((0, 1, 3, 3, 3))
    found = pd.concat([pd.Series(column[:rows], dtype=object) for column in columns], axis=1)
    return found.set_axis(names, axis=1)


def packed(frame: pd.DataFrame, draw: random.Random, xlsx: bool) -> bytes:
    """A Parquet or Excel file of a changed table, or one whose bytes are changed."""
    while True:
        changed = table(frame, draw)
        out = io.BytesIO()
        try:
            if xlsx:
                changed.to_excel(out, index=False)
            else:
                columns = [pa.array(changed.iloc[:, i].tolist(), from_pandas=False) for i in range(changed.shape[1])]
                pq.write_table(pa.table(columns, names=list(changed.columns)), out)
        except Exception:  # what cannot be written cannot be handed over
            continue
        raw = out.getvalue()
        if draw.random() < 0.6:
            return raw
        return _within(raw, draw) if xlsx and draw.random() < 0.7 else mutated(raw, draw)


def _within(raw: bytes, draw: random.Random) -> bytes:
    """An Excel file one of whose parts is changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        chosen = draw.choice([name for name in old.namelist() if name.endswith(".xml")])
        for name in old.namelist():
            new.writestr(name, mutated(old.read(name), draw) if name == chosen else old.read(name))
    return out.getvalue()


def csv_of(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def text(raw: bytes, draw: random.Random) -> bytes:
    return draw.choice((mutated, lines))(raw, draw)


SCENARIO = (scenario_folder() / "mid_size_district.yaml").read_bytes()
# name: (inputs, ending, of schools or edges, how the file is made)
KINDS = {
    "scenario": (5000, "yaml", "", lambda draw: text(draw.choice((SCENARIO, OWN.replace("FILE", "good.csv").replace(
        "NETWORK", "{kind: generated}").encode())), draw)),
    "schools csv": (5000, "csv", "schools", lambda draw: text(csv_of(SCHOOLS), draw)),
    "edges csv": (5000, "csv", "edges", lambda draw: text(csv_of(EDGES), draw)),
    "schools parquet": (2500, "parquet", "schools", lambda draw: packed(SCHOOLS, draw, False)),
    "edges parquet": (2500, "parquet", "edges", lambda draw: packed(EDGES, draw, False)),
    "schools xlsx": (2500, "xlsx", "schools", lambda draw: packed(SCHOOLS, draw, True)),
    "edges xlsx": (2500, "xlsx", "edges", lambda draw: packed(EDGES, draw, True)),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_no_internal_error(kind, tmp_path: Path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(check, "show_page", lambda *_: None)  # printing what is right takes most of the time
    count, ending, what, make = KINDS[kind]
    (tmp_path / "good.csv").write_bytes(csv_of(SCHOOLS))
    draw, codes, faults = random.Random(f"{SEED} {kind}"), Counter(), []
    for number in range(count):
        file = tmp_path / f"f{number}.{ending}"  # a name of its own: what is read is kept by name, time and size
        raw = make(draw)
        file.write_bytes(raw)
        path = file
        if what:
            source, network = (file.name, "{kind: generated}") if what == "schools" else (
                "good.csv", f"{{kind: given, file: {file.name}}}")  # fmt: skip
            path = tmp_path / "own.yaml"
            path.write_text(OWN.replace("FILE", source).replace("NETWORK", network))
        code = call(["check", str(path)])
        if code == 0 and codes[0] % 10 == 0:  # what is read can be run
            code = call(["run", str(path)])
        said = capfd.readouterr().err
        codes[code] += 1
        if code not in (0, WRONG) or "Traceback" in said or (code == WRONG and not said.startswith("error: ")):
            faults.append((number, code, said[:300]))
            if keep := os.environ.get("DIFFUSION_SIM_FUZZ_KEEP"):
                shutil.copy(file, keep)
        file.unlink()
    with capfd.disabled():
        print(f"\n{kind}: seed {SEED}, {count:,} inputs:", f"{codes[0]:,} read, {codes[WRONG]:,} refused", faults[:5])
    assert not faults, faults[:5]
    assert codes[0] and codes[WRONG] and not codes[BROKEN]
