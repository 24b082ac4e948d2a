"""Saving and loading: 5 + 10 weeks = 15 weeks, bit for bit; a bad file is one clear error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim import load_saved, saved_bounds
from diffusion_sim.errors import StoreError
from diffusion_sim.population.catalogue import COLUMNS
from diffusion_sim.state import npz
from diffusion_sim.state.tables import ASKED
from diffusion_sim.strategies import contract
from diffusion_sim.week.replaceable_rules import RULES
from diffusion_sim.world.run_state import MONEY

SHORT = {"population.schools": 4, "programme.years_support": 1, "programme.years_after": 0}
LARGEST = float(np.finfo("f8").max)


def steps(model, count):
    for _ in range(count):
        model.step()
    return model


@pytest.mark.parametrize(
    ("before", "after"),
    [(5, 10), (0, 3), (9, 9), (17, 2), (36, 1), (33, 6), (35, 37), (71, 1), (72, 0)],
    ids=["plain", "at the start", "at a quarter", "across a quarter", "at a year", "across a summer", "to the end",
         "last week", "done"],
)  # fmt: skip
def test_before_and_after_equal_one_run(small, differing, tmp_path: Path, before: int, after: int):
    whole = steps(small(), before + after)
    steps(small(), before).save(tmp_path / "m.npz")
    loaded = ds.load_model(tmp_path / "m.npz")
    assert loaded.week == before and loaded.running == (before < 72)
    steps(loaded, after)
    assert differing(whole, loaded) == []
    assert loaded.teachers_frame().equals(whole.teachers_frame())
    assert loaded.schools_frame().equals(whole.schools_frame())
    assert loaded.series.equals(whole.series) and loaded.flows.equals(whole.flows)


def test_a_difference_would_be_seen(small, differing):
    assert differing(steps(small(), 15), steps(small(rng=4), 15)) != []


@pytest.mark.parametrize("strategy", ["volunteer_differentiated", "lottery", "improvement_network", None])
def test_other_strategies(small, differing, tmp_path: Path, strategy):
    whole = small(strategy=strategy).run()
    half = steps(small(strategy=strategy), 20)
    half.save(tmp_path / "m.npz")
    assert differing(whole, ds.load_model(tmp_path / "m.npz").run()) == []


def test_michigan(differing, tmp_path: Path):
    """A table population: ids of real schools, one pot a district."""
    short = {"programme.years_support": 1, "programme.years_after": 0}
    model = steps(ds.ReformModel("michigan", rng=1, strategy="volunteer_differentiated", overrides=short), 10)
    model.save(tmp_path / "m.npz")
    loaded = ds.load_model(tmp_path / "m.npz")
    assert loaded.world.table.equals(model.world.table)
    assert loaded.world.table.report.astype(str).equals(model.world.table.report.astype(str))
    assert differing(steps(model, 12), steps(loaded, 12)) == []


_OTHER = """
import sys, diffusion_sim as ds
m = ds.load_model(sys.argv[1])
for _ in range(10):
    m.step()
m.save(sys.argv[2])
"""


@pytest.mark.slow
def test_in_another_process(small, differing, tmp_path: Path):
    steps(small(), 30).save(tmp_path / "a.npz")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _OTHER, str(tmp_path / "a.npz"), str(tmp_path / "b.npz")],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert differing(steps(small(), 40), ds.load_model(tmp_path / "b.npz")) == []


def test_interventions_and_copies_survive(small, differing, tmp_path: Path):
    model = steps(small(), 10)
    model.intervene({"trial.q": 1.1, "districts.regime": np.float64(0.4)})
    steps(model, 2).save(tmp_path / "m.npz")
    loaded = ds.load_model(tmp_path / "m.npz")
    assert loaded.interventions == model.interventions and loaded.case == model.case
    assert loaded.case["trial.q"] == 1.1 and loaded.seed == model.seed and loaded.strategy == model.strategy
    twin = loaded.copy()
    assert differing(steps(model, 30), steps(loaded, 30)) == []
    assert differing(model, steps(twin, 30)) == []


def test_the_file_is_plain(small, tmp_path: Path):
    path = tmp_path / "a model"
    steps(small(), 3).save(path)
    assert [p.name for p in tmp_path.iterdir()] == ["a model"]
    with np.load(path, allow_pickle=False) as arrays:
        about = json.loads(arrays["about"].tobytes())
        assert not any(arrays[name].dtype.hasobject for name in arrays)
    assert about["version"] == ds.__version__ and about["week"] == 3 and about["scenario"]["id"] == "mid_size_district"


def test_saving_replaces_whole_or_not_at_all(small, tmp_path: Path, monkeypatch):
    path = tmp_path / "m.npz"
    model = small()
    model.save(path)
    before = path.read_bytes()

    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", fail)
    with pytest.raises(StoreError, match=r"m\.npz: cannot write the model: No space left"):
        steps(model, 1).save(path)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["m.npz"]


@pytest.mark.parametrize("place", ["missing/m.npz", "file/m.npz", "."])
def test_places_that_cannot_be_written(small, tmp_path: Path, place: str):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot write the model"):
        small().save(tmp_path / place)


# ---- bad files -------------------------------------------------------------------------------------------------------
@pytest.fixture
def parts(small, tmp_path: Path):
    """(about, arrays) of a saved model, and a function that writes them changed."""
    steps(small(), 4).save(tmp_path / "good.npz")
    with np.load(tmp_path / "good.npz") as arrays:
        found = {name: arrays[name] for name in arrays}
    about = json.loads(found.pop("about").tobytes())

    def write(about=about, arrays=found, raw=None) -> Path:
        path = tmp_path / "bad.npz"
        text = json.dumps(about).encode() if raw is None else raw
        with path.open("wb") as file:
            npz.write(file, {"about": np.frombuffer(text, np.uint8)} | arrays)
        return path

    return about, found, write


def test_the_parts_written_back_load(parts):
    assert ds.load_model(parts[2]()).week == 4


def refuse(path: Path, text: str):
    with pytest.raises(StoreError) as error:
        ds.load_model(path)
    assert str(path) in str(error.value) and text in str(error.value), str(error.value)


def test_no_file(tmp_path: Path):
    refuse(tmp_path / "none.npz", "No such file")
    refuse(tmp_path, "Is a directory")


def test_other_files(tmp_path: Path):
    path = tmp_path / "x.npz"
    for content in (b"", b"hello", b"PK\x03\x04", b"\x80\x04\x95", b"PK\x05\x06" + b"\0" * 18):
        path.write_bytes(content)
        refuse(path, "no saved model")
    np.savez(path, a=np.zeros(3))
    refuse(path, "no saved model")
    np.savez_compressed(path, about=np.zeros(300000, np.uint8))
    refuse(path, "compressed")


def test_a_pickle_is_not_opened(tmp_path: Path, parts):
    about, arrays, _ = parts
    path = tmp_path / "x.npz"

    class Loud:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    np.savez(path, about=np.array([Loud()], dtype=object))
    refuse(path, "damaged")
    wrong = arrays | {"ledger": np.array([Loud()] * 10, dtype=object)}
    np.savez(path, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **wrong)
    refuse(path, "'ledger' is object")
    assert not (tmp_path / "ran").exists()


def test_cut_and_flipped_bytes(parts, tmp_path: Path):
    good = parts[2]().read_bytes()
    path = tmp_path / "cut.npz"
    path.write_bytes(good[: len(good) // 2])
    refuse(path, "")
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 255
    path.write_bytes(bytes(flipped))
    refuse(path, "")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"format": 1}, "format 1; this version reads 3"),
        ({"model": "000000000000"}, "another version of the model"),
        ({"kind": "other"}, "no saved model"),
        ({"week": 73}, "(week: found 73; a whole number from 0 to 72 is allowed)"),
        ({"week": -1}, "week: found -1"),
        ({"seed": 1.5}, "(seed: found 1.5; a whole number from 0 to 18446744073709551615 is allowed)"),
        ({"seed": 2**64}, "(seed: found 18446744073709551616; a whole"),
        ({"scenario": [1]}, "is damaged (AttributeError"),
        ({"strategy": "best"}, "strategy 'best': unknown"),
        ({"scenario": {}}, "saved scenario"),
        ({"sizes": {"teachers": 10**12, "schools": 6, "districts": 2, "room": 5}}, "is expected"),
        ({"school_id": ["x"] * 6}, "keys differ"),
        ({"school_id": [1] * 6}, "(school_id, entry 0: found 1; a text is allowed)"),
        ({"school_id": ["x"] * 5}, "(entries of district_id: found 6; 5, as of school_id, is allowed)"),
        ({"hub": ["x"]}, "(entries of hub: found 1; 6, as of school_id, is allowed)"),
    ],
)  # fmt: skip
def test_wrong_texts(parts, change, text):
    about, _, write = parts
    refuse(write({**about, **change}), text)


def test_texts_that_are_no_json(parts):
    refuse(parts[2](raw=b"{"), "damaged")
    refuse(parts[2](raw=b"[" * 100_000), "damaged")
    refuse(parts[2](raw=b"\xff\xfe"), "damaged")


def test_missing_keys_and_arrays(parts):
    about, arrays, write = parts
    for key in about.keys() - {"version"}:  # said in a message only
        refuse(write({k: v for k, v in about.items() if k != key}), "")
    optional = {f"table.{name}" for name in load_saved._OPTIONAL}
    for name in sorted(arrays.keys() - optional)[::7]:
        refuse(write(arrays={k: v for k, v in arrays.items() if k != name}), f"lacks '{name}'")


def _with(faces, row):
    """Faces of which one number of one row is not nothing."""
    faces = faces.copy()
    faces[0, row, 1] = 0.5
    return faces


@pytest.mark.parametrize(
    ("name", "change", "text"),
    [
        ("teachers.skill", lambda a: a[:-1], "is expected"),
        ("teachers.skill", lambda a: a.astype("f4"), "is expected"),
        ("teachers.school", lambda a: a + 1, "schools and their posts"),
        ("teachers.stage", lambda a: a + 9, "'teachers.stage', row 0: found 10; 0 to 4 is allowed"),
        ("schools.pupils", lambda a: a * 0, "'schools.pupils', row 0: found 0.0; 1e-09 to 1000000000000 is allowed"),
        ("schools.hours", lambda a: a - np.inf, "'schools.hours', row 0: found -inf; -1e-06 to 1000000 is allowed"),
        ("teachers.skill", lambda a: a - 1e9, "'teachers.skill', row 0"),
        ("teachers.skill", lambda a: a * np.nan, "'teachers.skill', row 0: found nan"),
        ("schools.posts", lambda a: a - a, "schools and their posts"),
        ("schools.district", lambda a: a[::-1].copy(), "districts"),
        ("network.target", lambda a: a + 100_000, "ties"),
        ("network.target", lambda a: a * 0 - 1, "ties"),
        ("network.degree", lambda a: a + 1000, "ties"),
        ("network.first", lambda a: a[::-1].copy(), "ties"),
        ("series", lambda a: a[:, :-1], "is expected"),
        ("faces", lambda a: _with(a, -1), "last rows of faces"),
    ],
)
def test_wrong_arrays(parts, name, change, text):
    _, arrays, write = parts
    refuse(write(arrays=arrays | {name: change(arrays[name])}), text)


def _changes(name: str, array: np.ndarray) -> dict[str, np.ndarray]:
    """Every wrong content of a column."""
    found = {"length": array[:-1], "type": array.astype("f4" if array.dtype.kind == "f" else "i2")}
    if name in saved_bounds.TOGETHER:
        return found
    low, high = saved_bounds.BOUNDS[name]
    info = np.finfo(array.dtype) if array.dtype.kind == "f" else np.iinfo(array.dtype)
    beyond = {"below": low - 1 if low > -1e14 else low * 2.0, "above": high + 1 if high < 1e14 else high * 2.0}
    wrong = {key: value for key, value in beyond.items() if info.min <= value <= info.max}
    if array.dtype.kind == "f":
        wrong |= {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}
        if name in saved_bounds.MISSING or name.startswith("asked."):
            del wrong["nan"]
        wrong = {key: value for key, value in wrong.items() if not abs(value) == np.inf or not low <= value <= high}
        if name == saved_bounds.ENDLESS:
            del wrong["inf"]
    for key, value in wrong.items():
        found[key] = array.copy()
        found[key][(-1,) * array.ndim] = value
    return found


@pytest.mark.slow
def test_every_column_is_checked_on_loading(parts):
    about, arrays, write = parts
    arrays = arrays | {"table.readiness": np.full((6, 4), 0.5), "table.initial_use": np.full(6, 0.1),
                       "table.latitude": np.full(6, np.nan), "table.longitude": np.zeros(6),
                       "table.designated": np.array([1, 0, 0, 1, 0, 0], np.uint8)}  # fmt: skip
    own = [name for name, column in COLUMNS.items() if column.drawn_if_empty]
    arrays |= {f"table.{name}": np.array([0.5, 0.5, 0.5, np.nan, np.nan, np.nan]) for name in own}
    assert ds.load_model(write(arrays=arrays)).week == 4
    assert arrays.keys() == saved_bounds.BOUNDS.keys() | saved_bounds.TOGETHER
    for number, (name, array) in enumerate(arrays.items()):
        changes = _changes(name, array)
        ruled = saved_bounds.BOUNDS.get(name, (0, 0))[0] == -np.inf  # by own rules, which may return any number
        assert len(changes) >= 4 or name in saved_bounds.TOGETHER or array.dtype.kind != "f" or ruled, name
        for kind, changed in changes.items():
            if kind not in ("length", "type"):
                with pytest.raises(npz.Damage, match=f"'{name}', row"):
                    saved_bounds.check(name, changed)
        for kind in list(changes) if number % 8 == 0 else list(changes)[-1:]:  # a file takes long
            refuse(write(arrays=arrays | {name: changes[kind]}), f"'{name}'")


KEYS = ["filled", "unspent", "unspent_own", "months_per_sd", "threads", "seed", "week", "hub", "renew_ties", "plain",
        "rules", "interventions", "added", "school_id", "district_id"]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, 1e30, "x", [1], {}])
def test_every_text_is_checked_on_loading(parts, key, value):
    about, _, write = parts
    if (key, value) != ("rules", {}):
        path = write({**about, key: value})
        with pytest.raises(StoreError, match=rf"is damaged \({key}(, entry 0)?: found .*; .* is allowed\)"):
            ds.load_model(path)


@pytest.mark.parametrize("key", MONEY)
def test_money_of_pots_is_kept_and_may_be_below_zero_by_rounding(parts, key):
    about, _, write = parts
    for value in (-1e-9, 12.5):
        assert getattr(ds.load_model(write({**about, key: value})).state, key) == value


@pytest.mark.parametrize("seed", [0, 2**41, 2**64 - 1])
def test_every_seed(small, differing, tmp_path: Path, seed):
    steps(small(rng=seed), 3).save(tmp_path / "m.npz")
    loaded = ds.load_model(tmp_path / "m.npz")
    assert loaded.seed == loaded.world.seed == seed
    assert differing(steps(small(rng=seed), 5), steps(loaded, 2)) == []


@pytest.mark.parametrize("end", [0, 1])
def test_limits_of_the_contract_load(small, tmp_path: Path, end):
    """What a strategy may ask for, a saved model may hold."""
    model = steps(small(), 4)
    for name in ASKED.names:
        model.state.asked[name] = np.clip(contract.LIMITS[name][end], -LARGEST, LARGEST)  # no inf in a plan
    model.state.memo[:] = contract.LIMITS["memo"][end]
    model.state.places[:] = (-1, contract.MOST_PLACES)[end]
    model.save(tmp_path / "m.npz")
    asked = ds.load_model(tmp_path / "m.npz").state.asked
    assert all((asked[name] == model.state.asked[name]).all() for name in ASKED.names)


@pytest.mark.slow  # compiles anew
@pytest.mark.parametrize(
    ("names", "large", "second"),
    [(list(RULES), 1e300, 1), (["remember", "gain_of_use", "internalise_hazard", "learn_by_use"], LARGEST, -1)],
)
def test_rules_that_return_large_numbers(tmp_path: Path, names, large, second):
    """All of one sign, and so large and of both signs that sums leave the finite numbers."""
    text = "".join(
        f"def {rule.name}({', '.join(dict.fromkeys([*rule.parameters, 'week']))}):\n"
        f"    return {min(large, rule.high)!r} if week % 7 < 3 else {min(max(second * large, rule.low), rule.high)!r}\n"
        for rule in RULES.values()
    )
    (tmp_path / "large.py").write_text(text)
    file = tmp_path / "large.py"
    model = ds.ReformModel("mid_size_district", rng=1, strategy="directed_uniform", overrides=SHORT,
                           rules={name: f"{file}:{name}" for name in names})  # fmt: skip
    while model.running:
        model.run(until=min(model.week + 12, model.weeks)).save(tmp_path / "m.npz")
        loaded = ds.load_model(tmp_path / "m.npz", allow_code=True)
        assert loaded.state.teachers.mine.tolist() == model.state.teachers.mine.tolist()


@pytest.mark.parametrize("case", ["michigan", "mid_size_district"])
@pytest.mark.parametrize("strategy", ["volunteer_differentiated", "improvement_network", "directed_uniform"])
def test_bounds_hold_in_runs(case, strategy):
    model = ds.ReformModel(case, rng=5, strategy=strategy)
    while model.running:
        model.run(until=min(model.weeks, model.week + 30))
        for name, array in model.state.arrays().items():
            saved_bounds.check(name, array)


def test_a_file_that_claims_more_than_it_holds(parts, tmp_path: Path):
    """The same bytes listed many times over (a zip bomb) are refused before anything is read."""
    path = parts[2]()
    with zipfile.ZipFile(path) as npz:
        infos = npz.infolist()
    raw = path.read_bytes()
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w") as bomb:
        bomb.writestr("about.npy", b"x" * 10)
        bomb.infolist()[0].file_size = bomb.infolist()[0].compress_size = 10**9
    assert infos and raw
    refuse(tmp_path / "bomb.npz", "larger than the file")


_MINE = """
from diffusion_sim import Plan
class Mine:
    def plan(self, view, draw):
        return Plan(enrol=view.programme, hours=view.programme * 8.0)
"""


def test_own_code_needs_leave(tmp_path: Path, differing):
    (tmp_path / "mine.py").write_text(_MINE)
    text = (
        "id: own\ntitle: t\nquestion: q?\npopulation: {kind: synthetic, districts: 1, schools: 4}\n"
        "programme: {years_support: 1, years_after: 0}\ninitial_use: {share: 0.1}\n"
        "strategy: {recruitment: {kind: none}}\nstrategies: {mine: {code: 'mine.py:Mine'}}\n"
    )
    (tmp_path / "own.yaml").write_text(text)
    model = steps(ds.ReformModel(tmp_path / "own.yaml", rng=1, strategy="mine", allow_code=True), 5)
    model.save(tmp_path / "m.npz")
    with pytest.raises(StoreError, match=r"m\.npz: its scenario names code of yours.*allow_code=True"):
        ds.load_model(tmp_path / "m.npz")
    assert differing(steps(model, 20), steps(ds.load_model(tmp_path / "m.npz", allow_code=True), 20)) == []
