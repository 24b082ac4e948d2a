"""A saved model, read and checked in every part before it goes on: the other half of saved.py."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np

import diffusion_sim
from diffusion_sim import rng, saved_bounds
from diffusion_sim.errors import DiffusionSimError, StoreError, as_path, check_flag
from diffusion_sim.measures import make_basis
from diffusion_sim.model import MOST_THREADS, ReformModel
from diffusion_sim.model_version import model_version
from diffusion_sim.population.schooltable import CHANGE, SchoolTable
from diffusion_sim.saved import ABOUT, FORMAT, KIND, TABLE
from diffusion_sim.scenario import Scenario, from_canonical
from diffusion_sim.scenario.events import read_event
from diffusion_sim.state.codes import NO_TEAM, NOT_CONCERNED
from diffusion_sim.state.npz import Damage, check_members
from diffusion_sim.state.npz import read as read_array
from diffusion_sim.state.tables import DISTRICT, NOBODIES, SCHOOL, TEACHER, Network, rows
from diffusion_sim.state.use import left_class
from diffusion_sim.strategies import make_strategy
from diffusion_sim.week import engine
from diffusion_sim.world.build import World, make_pots
from diffusion_sim.world.concern import is_settled
from diffusion_sim.world.improvement_networks import named_networks
from diffusion_sim.world.numbers import numbers_of
from diffusion_sim.world.run_state import ARRAYS, ASKED, MONEY, RunState

_OPTIONAL = {*TABLE[TABLE.index("readiness") :]}
_TABLE_TYPES = {"teachers": "i4", "level": "u1", "locale": "u1", "programme": "u1", "designated": "u1"}  # all others f8
_NETWORK = {"first": "i8", "degree": "i4", "target": "i4", "within": "i4", "leader": "u1"}
_MOST_ROWS = 2**40
_TABLES = {"teachers": TEACHER, "schools": SCHOOL, "districts": DISTRICT}


# ---- loading ---------------------------------------------------------------------------------------------------------
def load_model(path: str | PathLike[str], allow_code: bool = False) -> ReformModel:
    """The model that ``save_model`` wrote; it goes on as if it had never been saved.

    allow_code : whether code named in its scenario may run. Raises StoreError naming the file and what was found: it is
    missing, is no saved model, is damaged, or was written by another version.
    """
    source = as_path(path, "load_model", StoreError)
    check_flag(allow_code, "load_model: allow_code", StoreError)
    try:
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            size = source.stat().st_size
            return _load(archive, size, allow_code)
    except zipfile.BadZipFile as error:
        raise StoreError(f"{source}: is no saved model, or is damaged ({error})") from None
    except OSError as error:
        raise StoreError(f"{source}: cannot be read ({error.strerror or error})") from None
    except Damage as error:
        raise StoreError(f"{source}: {error}") from None
    except DiffusionSimError as error:
        raise StoreError(f"{source}: {error}") from None
    except (ArithmeticError, AttributeError, EOFError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise StoreError(f"{source}: is damaged ({type(error).__name__}: {error})") from None


def _load(archive: zipfile.ZipFile, size: int, allow_code: bool) -> ReformModel:
    check_members(archive, size, ABOUT)
    about = _read_about(archive)
    said = about["scenario"]
    if not allow_code and (said.get("rules") or any("code" in b for b in said.get("strategies", {}).values())):
        raise Damage("its scenario names code of yours, which runs only when allowed: load_model(..., allow_code=True)")
    sc = from_canonical(said, allow_code)
    maker = make_strategy(about["strategy"], sc, allow_code)
    numbers = numbers_of(sc.in_force)
    week = _whole(about, "week", numbers.weeks)
    flat = _read_tables(archive, about["sizes"])
    table = _read_table(archive, about)
    world = _world(about, table, flat, sc)
    # What a run of this world has when it begins says which sums there are and of what shape.
    start = RunState.start(world, numbers, copy=True)
    for name in ARRAYS:
        expected = getattr(start, name)
        flat[name] = read(archive, name, expected.dtype, expected.shape)
    if flat["faces"][:, -NOBODIES:].any():
        raise Damage("is damaged (the last rows of faces are nobody's)")
    for name in ASKED.names or ():
        flat[f"asked.{name}"] = read(archive, f"asked.{name}", np.dtype("f8"), (start.asked.size,))
    if not is_settled(world.teachers, world.schools, numbers.concerned_bands):
        raise Damage("is damaged (whom the practice is for)")
    state = RunState.from_arrays(week, {name: _number(about, name, saved_bounds.LEAST_MONEY) for name in MONEY}, flat)
    model = object.__new__(ReformModel)
    model._adopt(
        sc,
        world.seed,
        about["strategy"],
        maker,
        world,
        state,
        about["interventions"],
        _whole(about, "threads", MOST_THREADS),
        _engine(about, sc, allow_code),
        [read_event(event) for event in about["added"]],
    )
    return model


def read(archive: zipfile.ZipFile, name: str, dtype: np.dtype, shape: tuple[int, ...]) -> Any:
    """One array of the type and shape expected whose numbers are within their bounds. Raises Damage."""
    array = read_array(archive, name, dtype, shape)
    saved_bounds.check(name, array)
    return array


def _engine(about: Mapping[str, Any], sc: Scenario, allow_code: bool) -> engine.Engine:
    """The engine of the saved run. Raises Damage where its rules are others now, or may not run."""
    said, plain = about["rules"], _flag(about, "plain")
    if not isinstance(said, Mapping):
        raise _wrong("rules", said, "a mapping")
    if said and not allow_code:
        raise Damage("its run goes by rules of yours, which run only when allowed: load_model(..., allow_code=True)")
    found = engine.choose(sc, {name: where for name, (where, _) in said.items()}, plain or None, allow_code)
    for name, (where, digest) in said.items():
        if found.own[name].digest != digest:
            raise Damage(f"goes by the rule {name} of {where}, which has changed since; run scenario and seed again")
    return found


def _read_about(archive: zipfile.ZipFile) -> dict[str, Any]:
    raw = read_array(archive, ABOUT, np.dtype("u1"), None)
    about = json.loads(raw.tobytes().decode("ascii"))
    if not isinstance(about, dict) or about.get("kind") != KIND:
        raise Damage("is no saved model ('about' says something else)")
    if about.get("format") != FORMAT:
        raise Damage(f"has format {about.get('format')!r}; this version reads {FORMAT}")
    if about.get("model") != model_version():
        raise Damage(
            f"was written by another version of the model ({about.get('version')}, {about.get('model')}; this is "
            f"{diffusion_sim.__version__}, {model_version()}), in which the run would not go on as it began; "
            "run its scenario and seed again"
        )
    schools = len(_list(about, "school_id", str))
    _flag(about, "renew_ties")
    for key, kind in (("district_id", str), ("hub", str), ("interventions", dict), ("added", dict)):
        if key != "hub" or about[key] is not None:
            found = _list(about, key, kind)
            if kind is str and len(found) != schools:
                raise _wrong(f"entries of {key}", len(found), f"{schools}, as of school_id,")
    for key, count in (("schools", schools), ("districts", len(set(about["district_id"])))):
        if about["sizes"][key] != count:
            raise _wrong(f"sizes: {key}", about["sizes"][key], f"{count}, as there are ids,")
    return about


def _wrong(key: str, found: Any, allowed: str) -> Damage:
    return Damage(f"is damaged ({key}: found {found!r:.40}; {allowed} is allowed)")


def _list(about: Mapping[str, Any], key: str, kind: type) -> list[Any]:
    value, allowed = about[key], "text" if kind is str else "mapping"
    if not isinstance(value, list):
        raise _wrong(key, value, f"a list of {allowed}s")
    for place, entry in enumerate(value):
        if not isinstance(entry, kind):
            raise _wrong(f"{key}, entry {place}", entry, f"a {allowed}")
    return value


def _flag(about: Mapping[str, Any], key: str) -> bool:
    value = about[key]
    if not isinstance(value, bool):
        raise _wrong(key, value, "True or False")
    return value


def _number(about: Mapping[str, Any], key: str, low: float = 0.0) -> float:
    value = about[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value < 1e18:
        raise _wrong(key, value, f"a number from {low:g} to 1e18")
    return float(value)


def _whole(about: Mapping[str, Any], key: str, most: int) -> int:
    value = about[key]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise _wrong(key, value, f"a whole number from 0 to {most}")
    return value


def _read_tables(archive: zipfile.ZipFile, sizes: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of teachers, schools and districts, and the network, checked as far as kernels rely on them."""
    length = {name: _whole(sizes, name, _MOST_ROWS) for name in (*_TABLES, "room")}
    flat: dict[str, Any] = {}
    for name, kind in _TABLES.items():
        for field in kind.names or ():
            column = kind[field]
            flat[f"{name}.{field}"] = read(archive, f"{name}.{field}", column.base, (length[name], *column.shape))
    shapes = {"first": length["teachers"] + 1, "target": length["room"]}
    for field, code in _NETWORK.items():
        size = shapes.get(field, length["teachers"])
        flat[f"network.{field}"] = read(archive, f"network.{field}", np.dtype(code), (size,))
    for what, fine in _sound(flat, length).items():
        if not fine:
            raise Damage(f"is damaged ({what})")
    return flat


def _sound(flat: Mapping[str, Any], length: Mapping[str, int]) -> dict[str, bool]:
    """Whether rows point where there are rows: compiled code does not look."""
    first, room = flat["network.first"], np.diff(flat["network.first"])
    degree, within, target = flat["network.degree"], flat["network.within"], flat["network.target"]
    teachers, schools, districts = length["teachers"], length["schools"], length["districts"]
    members = np.repeat(np.arange(schools), np.clip(flat["schools.posts"], 0, teachers))
    of_district = np.bincount(np.clip(flat["schools.district"], 0, None), minlength=districts)
    return {
        "schools and their posts": bool((flat["schools.posts"] > 0).all())
        and np.array_equal(flat["teachers.school"], members)
        and np.array_equal(flat["schools.last"], np.cumsum(flat["schools.posts"]))
        and np.array_equal(flat["schools.first"], flat["schools.last"] - flat["schools.posts"]),
        "districts and their schools": bool((np.diff(flat["schools.district"]) >= 0).all())
        and of_district.size == districts
        and np.array_equal(flat["districts.last"], np.cumsum(of_district))
        and np.array_equal(flat["districts.first"], flat["districts.last"] - of_district),
        "improvement networks": bool(((flat["schools.network"] >= -1) & (flat["schools.network"] < schools)).all()),
        "ties": first[0] == 0
        and first[-1] == target.size
        and bool(((degree >= 0) & (degree <= room) & (within >= 0) & (within <= degree)).all())
        and bool(((target >= -1) & (target < teachers)).all())
        and bool((_used(first, degree, target) >= 0).all()),
        "teams": bool(((flat["teachers.leader"] >= NOT_CONCERNED) & (flat["teachers.leader"] < teachers)).all())
        and members.size == teachers
        and np.array_equal(flat["schools.teaching"], np.bincount(members, flat["teachers.leader"] >= NO_TEAM, schools))
        and np.array_equal(
            flat["schools.classes"], np.bincount(members, ~left_class.py_func(flat["teachers.leader"]), schools)
        ),
        "whom the practice is for": bool((flat["schools.concerned_start"] <= flat["schools.posts"]).all())
        and not bool(((flat["schools.programme"] == 1) & (flat["schools.concerned_start"] < 1)).any()),
    }


def _used(first: Any, degree: Any, target: Any) -> Any:
    """Targets of the ties that are there, without unused room."""
    place = np.arange(degree.sum()) - np.repeat(np.cumsum(degree) - degree, degree)
    return target[np.clip(np.repeat(first[:-1], degree) + place, 0, max(0, target.size - 1))] if target.size else target


def _read_table(archive: zipfile.ZipFile, about: Mapping[str, Any]) -> SchoolTable:
    size, there = len(about["school_id"]), set(archive.namelist())
    columns = {}
    for name in TABLE:
        if name in _OPTIONAL and f"table.{name}.npy" not in there:
            continue
        shape = (size, 4) if name == "readiness" else (size,)
        columns[name] = read(archive, f"table.{name}", np.dtype(_TABLE_TYPES.get(name, "f8")), shape)
    return SchoolTable(
        district_id=about["district_id"],
        school_id=about["school_id"],
        network=about["hub"],
        changes=tuple(zip(*(about["report"][name] for name in CHANGE), strict=True)),
        **columns,
    )


def _world(about: Mapping[str, Any], table: SchoolTable, flat: Mapping[str, Any], sc: Scenario) -> World:
    """The world of the run. Teachers, schools and ties are those of now, not of the start: no run begins from it."""
    parts = {}
    for name, kind in _TABLES.items():
        columns = {field: flat[f"{name}.{field}"] for field in kind.names or ()}
        parts[name] = rows(kind, about["sizes"][name], **columns)
    network = Network(*(flat[f"network.{field}"].copy() for field in Network._fields))
    schools, districts = parts["schools"], parts["districts"]
    keys = [rng.entity_key(d, s) for d, s in zip(table.district_id, table.school_id, strict=True)]
    if not np.array_equal(schools.key, np.array(keys, np.uint64)):
        raise Damage("is damaged (its ids and its keys differ)")
    basis = make_basis(schools, districts, _number(about, "months_per_sd"))
    pots = make_pots(schools, str(sc["money.pool"]))
    return World(
        table=table, seed=_whole(about, "seed", 2**64 - 1), network=network, renew_ties=about["renew_ties"],
        basis=basis, district_ids=sorted(set(table.district_id)), pots=pots, networks=named_networks(sc, table),
        **parts,
    )  # fmt: skip
