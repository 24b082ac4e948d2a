"""Expanding a study: which points are added to those of a store, and what may not change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from diffusion_sim.study.plan.factor_columns import STRUCTURE
from diffusion_sim.study.plan.factors import problem
from diffusion_sim.study.plan.plan import check, check_together
from diffusion_sim.study.plan.point_designs import Point, crossed, make_points, without
from diffusion_sim.study.plan.spec import StudySpec
from diffusion_sim.study.plan.structures import drawn_factors

MAY_CHANGE = {
    "title", "question", "replicates", "precision", "space", "structure", "design", "at_most_runs", "outcomes"
}  # fmt: skip


def extend(old: StudySpec, had: Sequence[Point], spec: StudySpec, allow_code: bool = False) -> list[Point]:
    """Points of a store of the study ``old`` with the points ``had``, expanded to ``spec``: these keep their numbers.

    grid, one_at_a_time, table: points that are not there yet are appended. sobol: the sequence goes on.
    latin_hypercube: a further hypercube, independent of those before, with as many points as are missing.
    Further words of a structure add points in all designs, unless points draw them. Raises
    StudyError where the study differs in what its runs so far rest on.
    """
    before, after = old.canonical(), spec.canonical()
    for key in after:
        if key not in MAY_CHANGE | {"location"} and before[key] != after[key]:
            text = f"was {before[key]} when the store was begun and is {after[key]}; begin a new store"
            raise problem(spec.where, key, text)
    kind = spec.design["kind"]
    drawn = kind in ("latin_hypercube", "sobol")
    if before["design"]["kind"] != kind or (drawn and before["space"] != after["space"]):
        text = "differs from the one that the store was begun with, so its points do not go on; begin a new store"
        raise problem(spec.where, "design" if before["design"]["kind"] != kind else "space", text)
    if old.structure is not None and spec.structure is not None and old.structure.mode != spec.structure.mode:
        text = f"was {old.structure.mode} when the store was begun and is {spec.structure.mode}; begin a new store"
        raise problem(spec.where, "structure.mode", text)
    if drawn_factors(spec.structure) and before["structure"] != after["structure"]:
        text = "differs from the one that the store was begun with, so its points do not go on; begin a new store"
        raise problem(spec.where, "structure", text)
    _refuse_other_factors(spec, _factors(before), _factors(after))
    checked = check(spec, allow_code)
    scenarios = list(checked.scenarios.values())
    points = list(had)
    if drawn:
        bare = without(had, old.structure)
        count = len(bare)
        if spec.design["points"] < count:
            text = f"{spec.design['points']:,} are fewer than the {count:,} in the store; a store only grows"
            raise problem(spec.where, "design.points", text)
        if spec.design["points"] > count:
            start = count if kind == "latin_hypercube" else 0
            bare += make_points(spec, checked.settled, scenarios, start)[count - start :]
    else:
        bare = make_points(spec, checked.settled, scenarios)
    made = crossed(bare, checked.variants)
    _refuse_fewer(spec, points, made)
    points += [point._replace(number=len(points) + i) for i, point in enumerate(_more(made, points))]
    check_together(spec, checked, points)
    return points


def _factors(study: Mapping[str, Any]) -> list[str]:
    """Names of what varies in a study, as ``canonical()`` says it."""
    rows = study["design"].get("rows") or [{}]
    structures = [STRUCTURE + name for name, _ in (study["structure"] or {"vary": []})["vary"]]
    return list(dict.fromkeys([name for name, _ in study["space"]] + list(rows[0]) + structures))


def _refuse_other_factors(spec: StudySpec, before: Sequence[str], after: Sequence[str]) -> None:
    key = "design" if spec.design["kind"] == "table" else "space"
    for name in after:
        if name not in before:
            text = "is a new factor, which the runs in the store do not say; a new factor needs a new store (--out)"
            raise problem(spec.where, name if name.startswith(STRUCTURE) else f"{key}.{name}", text)
    for name in before:
        if name not in after:
            text = f"factor '{name}' is in the store and no longer in the study; a store only grows"
            raise problem(spec.where, key, text)


def _refuse_fewer(spec: StudySpec, old: Sequence[Point], new: Sequence[Point]) -> None:
    """Raises StudyError where points of the store are no longer in the study, naming a level that is not."""
    lost = next(iter(_more(old, new)), None)
    if lost is None:
        return
    key = "design.rows" if spec.design["kind"] == "table" else "space"
    for name, label in lost.labels.items():
        if all(point.labels.get(name) != label for point in new):
            text = f"level '{label}' is in the store and no longer in the study; a store only grows"
            raise problem(spec.where, f"{key}.{name}", text)
    for path, value in lost.values.items():
        if all(path not in point.values or point.values[path] != value for point in new):
            text = f"level {value} is in the store and no longer in the study; a store only grows"
            raise problem(spec.where, path if path.startswith(STRUCTURE) else f"{key}.{path}", text)
    text = f"point {lost.number} ({lost.labels or lost.values}) is in the store and no longer in the study"
    raise problem(spec.where, key, f"{text}; a store only grows")


def _more(points: Sequence[Point], known: Sequence[Point]) -> list[Point]:
    """Points that are not among ``known``, or more often: a table may say a row twice."""
    left = Counter(map(_said, known))
    found = []
    for point in points:
        left[_said(point)] -= 1
        if left[_said(point)] < 0:
            found.append(point)
    return found


def _said(point: Point) -> str:
    return repr((sorted(point.values.items()), sorted(point.labels.items())))
