"""From what a study file holds to a StudySpec: every key checked by itself, then all against the scenarios."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from diffusion_sim.errors import ScenarioError, StudyError, as_path, nearest
from diffusion_sim.scenario.numbers import short, unknown_key
from diffusion_sim.scenario.parts import ID
from diffusion_sim.scenario.read_yaml import parse_yaml, read_text
from diffusion_sim.scenario.words import NONE
from diffusion_sim.study.plan.arms_and_seeds import MOST_REPLICATES
from diffusion_sim.study.plan.distributions import finite
from diffusion_sim.study.plan.factors import (
    MOST_POINTS,
    Factor,
    check_path,
    problem,
    read_space,
)
from diffusion_sim.study.plan.plan import check
from diffusion_sim.study.plan.point_table import read_rows
from diffusion_sim.study.plan.spec import BY_POINT, COMMON, FORMAT, Precision, StudySpec
from diffusion_sim.study.plan.structures import check_apart, check_mode, from_said, read_structures

KEYS = (
    "id", "title", "question", "scenarios", "strategies", "baseline", "rng", "replicates", "seeds", "set", "space",
    "structure", "design", "outcomes", "keep", "precision", "at_most_runs",
)  # fmt: skip
DESIGNS = ("grid", "latin_hypercube", "sobol", "one_at_a_time", "table")
DRAWN = ("latin_hypercube", "sobol")
USUAL_RUNS, MOST_RUNS = 1_000_000, 100_000_000
_KEEP = {"series": ("quarterly", "none"), "schools": ("end", "none")}
_PRECISION = ("measure", "contrast", "half_width", "at_least", "at_most")
FIRST_LOOK = 30  # replicates before the first look: fewer make intervals that cover too little


def read_study(path: str | os.PathLike[str], allow_code: bool = False) -> StudySpec:
    """The study of a YAML file, or of a folder with a study.yaml, checked against its scenarios.

    allow_code : let its scenarios name Python code of your own strategies. Raises StudyError (ScenarioError and
    StrategyError for what is wrong in a scenario itself) that names file, key, value found and what is allowed.
    """
    file = as_path(path, "study", StudyError)
    try:
        file = file / "study.yaml" if file.is_dir() else file
        raw = parse_yaml(read_text(file), str(file))
    except (ScenarioError, OSError, ValueError) as error:
        said = str(error)
        head, body = (str(file), said[len(str(file)) :]) if said.startswith(str(file)) else (f"{file}: ", said)
        raise StudyError(head + body.replace("a scenario", "a study")) from None
    spec = from_mapping(raw, str(file), file.absolute())
    check(spec, allow_code)
    return spec


def from_canonical(said: Mapping[str, Any]) -> StudySpec:
    """The study that ``StudySpec.canonical()`` described, its keys checked again as a file's are. Raises StudyError."""
    where = "saved study"
    if not isinstance(said, Mapping) or said.get("format") != FORMAT:
        raise StudyError(f"{where}: not what StudySpec.canonical() of this version writes")
    location = said.get("location")
    if location is not None and (not isinstance(location, str) or "\0" in location):
        raise StudyError(f"{where}, location: found {short(location)}; text is allowed")
    raw = {key: value for key, value in said.items() if key not in ("format", "location") and value is not None}
    try:
        raw["space"] = {name: _unpaired(form) for name, form in raw.get("space", [])}
        if "structure" in raw:
            raw["structure"] = from_said(raw["structure"])
    except (TypeError, ValueError):
        raise StudyError(f"{where}, space or structure: not what StudySpec.canonical() writes") from None
    if not raw["space"]:
        del raw["space"]
    return from_mapping(raw, where, None if location is None else Path(location))


def _unpaired(form: Any) -> Any:
    """Labelled levels as a file says them."""
    if isinstance(form, Mapping) and isinstance(form.get("levels"), list):
        return {"levels": dict(form["levels"])}
    return form


def from_mapping(raw: Mapping[str, Any], where: str, path: Path | None) -> StudySpec:
    """The study that a file's mapping says; ``where`` names it in errors. Raises StudyError."""
    for key, value in raw.items():
        if key not in KEYS:
            raise problem(where, str(key), unknown_key(key, KEYS))
        _check_finite(value, where, key)
    for key in ("id", "scenarios"):
        if key not in raw:
            raise problem(where, key, "is missing; every study states it")
    if not isinstance(raw["id"], str) or not ID.fullmatch(raw["id"]):
        text = f"found {short(raw['id'])}; lower-case letters, digits and _ are allowed, beginning with a letter"
        raise problem(where, "id", text)
    strategies = _ids(raw["strategies"], where, "strategies") if "strategies" in raw else None
    baseline = _text(raw, "baseline", NONE, where)
    outcomes = _outcomes(raw["outcomes"], where) if "outcomes" in raw else None
    precision = _precision(raw["precision"], where, outcomes) if "precision" in raw else None
    space = read_space(raw["space"], where) if "space" in raw else ()
    design = _design(raw.get("design", {"kind": "grid"}), where, path, space)
    set_ = _set(raw.get("set", {}), space, where)
    structure = read_structures(raw["structure"], where) if "structure" in raw else None
    if structure is not None:
        check_apart(structure, set_, space, design.get("rows", ()), where)
        check_mode(structure, design["kind"], DRAWN, where)
    series, schools = _keep(raw.get("keep", {}), where)
    return StudySpec(
        path=path,
        id=raw["id"],
        title=_text(raw, "title", raw["id"], where),
        question=_text(raw, "question", "", where),
        scenarios=_ids(raw["scenarios"], where, "scenarios"),
        strategies=strategies,
        baseline=baseline,
        rng=_whole(raw.get("rng", 1), where, "rng", 0, 2**64 - 1),
        replicates=_replicates(raw, precision, where),
        seeds=_seeds(raw, design["kind"], where),
        set=set_,
        space=space,
        design=design,
        outcomes=outcomes,
        series=series,
        schools=schools,
        precision=precision,
        at_most_runs=_whole(raw.get("at_most_runs", USUAL_RUNS), where, "at_most_runs", 1, MOST_RUNS),
        structure=structure,
    )


def _check_finite(value: Any, where: str, key: str) -> None:
    """Nothing in a study is infinite, and nothing is undefined."""
    if isinstance(value, float) and not math.isfinite(value):
        raise problem(where, key, f"found {value}, which is not a finite number")
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        _check_finite(item, where, f"{key}.{name}")


def _whole(value: Any, where: str, key: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high or value % 1:
        raise problem(where, key, f"found {short(value)}; a whole number from {low:,} to {high:,} is allowed")
    return int(value)


def _text(raw: Mapping[str, Any], key: str, otherwise: str, where: str) -> str:
    value = raw.get(key, otherwise)
    if not isinstance(value, str) or (key in raw and not value.strip() and key != "question"):
        hint = "; put it in quotes" if isinstance(value, int | float) else ""
        raise problem(where, key, f"found {short(value)}; text is allowed{hint}")
    return value


def _ids(value: Any, where: str, key: str) -> tuple[str, ...]:
    what = "ids" if key == "strategies" else "ids or paths"
    if not isinstance(value, list) or not value:
        raise problem(where, key, f"found {short(value)}; a list of at least one is allowed: {what} of {key}")
    for row, name in enumerate(value):
        if not isinstance(name, str) or not name.strip() or "\0" in name:
            raise problem(where, f"{key}[{row}]", f"found {short(name)}; {what} of {key} are allowed")
        if name in value[:row]:
            raise problem(where, f"{key}[{row}]", f"'{name[:80]}' stands twice")
    return tuple(value)


def _replicates(raw: Mapping[str, Any], precision: Precision | None, where: str) -> int:
    if precision is None:
        return _whole(raw.get("replicates", 30), where, "replicates", 1, MOST_REPLICATES)
    if "replicates" in raw:
        text = "a study with precision: runs until that is reached, at most precision.at_most; leave replicates out"
        raise problem(where, "replicates", text)
    return precision.at_most


def _seeds(raw: Mapping[str, Any], kind: str, where: str) -> str:
    value = raw.get("seeds", COMMON if kind in ("grid", "one_at_a_time") else BY_POINT)
    if value not in (COMMON, BY_POINT):
        raise problem(where, "seeds", f"found {short(value)}; {COMMON} or {BY_POINT} is allowed")
    return value


def _set(value: Any, space: tuple[Factor, ...], where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise problem(where, "set", f"found {short(value)}; a mapping of dotted path to value is allowed")
    varied = {path: factor.name for factor in space for path in factor.paths}
    for path in value:
        check_path(path, where, f"set.{path}")
        if path in varied:
            raise problem(where, f"set.{path}", f"space.{varied[path]} sets it, too; let one of them do it")
    return dict(value)


def _keep(value: Any, where: str) -> tuple[bool, bool]:
    said = _mapping(value, _KEEP, where, "keep")
    for key, words in _KEEP.items():
        if key in said and said[key] not in words:
            raise problem(where, f"keep.{key}", f"found {short(said[key])}; {' or '.join(words)} is allowed")
    return said.get("series", "quarterly") == "quarterly", said.get("schools", "none") == "end"


def _mapping(value: Any, allowed: Iterable[str], where: str, key: str) -> Mapping[str, Any]:
    names = list(allowed)
    if not isinstance(value, Mapping):
        raise problem(where, key, f"found {short(value)}; a mapping of {', '.join(names)} is allowed")
    for other in value:
        if other not in names:
            raise problem(where, f"{key}.{other}", unknown_key(other, names))
    return value


# ---- measures --------------------------------------------------------------------------------------------------------


def _measure(name: Any, where: str, key: str) -> str:
    from diffusion_sim.study.plan.outcomes import known_outcomes  # loads compiled code

    known = known_outcomes()
    if not isinstance(name, str) or name not in known:
        hint = nearest(name, known) if isinstance(name, str) else ""
        raise problem(where, key, f"found {short(name)}, an unknown measure{hint or '; docs/measures.md lists them'}")
    return name


def _outcomes(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise problem(
            where, "outcomes", f"found {short(value)}; a list of measures is allowed, or leave it out for all"
        )
    names = tuple(_measure(name, where, f"outcomes[{row}]") for row, name in enumerate(value))
    for row, name in enumerate(names):
        if name in names[:row]:
            raise problem(where, f"outcomes[{row}]", f"'{name}' stands twice")
    return names


def _precision(value: Any, where: str, outcomes: tuple[str, ...] | None) -> Precision:
    said = _mapping(value, _PRECISION, where, "precision")
    for key in ("measure", "contrast", "half_width"):
        if key not in said:
            text = "is missing; precision has measure, contrast (strategy - strategy) and half_width"
            raise problem(where, f"precision.{key}", text)
    measure = _measure(said["measure"], where, "precision.measure")
    if outcomes is not None and measure not in outcomes:
        raise problem(where, "precision.measure", f"found '{measure}', which outcomes: leaves out; add it there")
    contrast = said["contrast"]
    pair = re.fullmatch(r"\s*(\w+)\s+-\s+(\w+)\s*", contrast) if isinstance(contrast, str) else None
    if pair is None or pair[1] == pair[2]:
        text = f"found {short(contrast)}; two strategies are allowed, such as directed_uniform - volunteer_uniform"
        raise problem(where, "precision.contrast", text)
    half_width = finite(said["half_width"], where, "precision.half_width")
    if half_width <= 0:
        text = f"found {half_width:g}; a number above 0, in the measure's unit, is allowed"
        raise problem(where, "precision.half_width", text)
    first = _whole(said.get("at_least", FIRST_LOOK), where, "precision.at_least", FIRST_LOOK, MOST_REPLICATES)
    most = _whole(said.get("at_most", max(2000, first)), where, "precision.at_most", first, MOST_REPLICATES)
    return Precision(measure, pair[1], pair[2], half_width, first, most)


# ---- designs ---------------------------------------------------------------------------------------------------------


def _design(value: Any, where: str, path: Path | None, space: tuple[Factor, ...]) -> dict[str, Any]:
    """{"kind"} with "points" or "rows"; of a table from a file also "places", what its rows are called in errors."""
    said = _mapping({"kind": value} if isinstance(value, str) else value, ("kind", "points", "file", "rows"), where,
                    "design")  # fmt: skip
    kind = said.get("kind")
    if not isinstance(kind, str) or kind not in DESIGNS:
        found = "is missing" if kind is None else f"found {short(kind)}"
        hint = nearest(kind, DESIGNS) if isinstance(kind, str) else ""
        raise problem(where, "design.kind", f"{found}; one of {', '.join(DESIGNS)} is allowed{hint}")
    takes = {"table": ("file", "rows")}.get(kind, ("points",) if kind in DRAWN else ())
    for key in said:
        if key not in ("kind", *takes):
            raise problem(where, f"design.{key}", f"design {kind} has no {key}")
    return {"kind": kind} | _FURTHER.get(kind, _check_levels)(said, where, path, space)


def _check_levels(said: Mapping[str, Any], where: str, path: Path | None, space: tuple[Factor, ...]) -> dict[str, Any]:
    """A grid and one at a time go through levels."""
    for factor in space:
        if not factor.levels and factor.count is None:
            text = f"design {said['kind']} goes through levels: a list, or {{range: ..., levels: n}}"
            raise problem(where, f"space.{factor.name}", text)
    if said["kind"] == "one_at_a_time" and not space:
        raise problem(where, "space", "is missing; design one_at_a_time varies its factors")
    return {}


def _drawn(said: Mapping[str, Any], where: str, path: Path | None, space: tuple[Factor, ...]) -> dict[str, Any]:
    if "points" not in said:
        raise problem(where, "design.points", f"is missing; design {said['kind']} draws that many points")
    if not space:
        raise problem(where, "space", f"is missing; design {said['kind']} draws points in it")
    return {"points": _whole(said["points"], where, "design.points", 1, MOST_POINTS)}


def _table(said: Mapping[str, Any], where: str, path: Path | None, space: tuple[Factor, ...]) -> dict[str, Any]:
    for factor in space:
        if not factor.labelled:
            text = "the columns of the table say what varies; space only holds factors of labelled levels here"
            raise problem(where, f"space.{factor.name}", text)
    if ("file" in said) == ("rows" in said):
        raise problem(where, "design", "a table has file: (a CSV) or rows: (a list of mappings), one of the two")
    labelled = {factor.name: factor for factor in space}
    rows, places = read_rows(said, where, path, set(labelled))
    for name in rows[0]:
        if name not in labelled:
            check_path(name, where, f"design, column {name[:80]}")
    for factor in space:
        if factor.name not in rows[0]:
            raise problem(where, f"space.{factor.name}", "the table has no column of this name")
    taken: dict[str, str] = {}
    for name in rows[0]:
        for path_ in labelled[name].paths if name in labelled else (name,):
            if path_ in taken:
                raise problem(where, "design", f"columns {taken[path_]} and {name} both set {path_}")
            taken[path_] = name
    return {"rows": rows, "places": places}


_Further = Callable[[Mapping[str, Any], str, Path | None, tuple[Factor, ...]], dict[str, Any]]
_FURTHER: dict[str, _Further] = {"latin_hypercube": _drawn, "sobol": _drawn, "table": _table}
