"""A store and the study it is of: what is written down, and whether a study that comes later is still the same."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from diffusion_sim.errors import StudyError
from diffusion_sim.study.plan.extending import MAY_CHANGE, extend
from diffusion_sim.study.plan.plan import Plan, make_plan
from diffusion_sim.study.plan.point_designs import Point
from diffusion_sim.study.plan.read_study import from_canonical
from diffusion_sim.study.plan.shards import Shard
from diffusion_sim.study.plan.spec import StudySpec
from diffusion_sim.study.run.result_tables import schemas
from diffusion_sim.study.store.store import Store

NO_MATTER = {"location", "title", "question"}  # may change at any time
MAY_GROW = (MAY_CHANGE | {"strategies"}) - NO_MATTER  # what `study expand` accepts
GROWS = ("study", "points", "arms", "inputs", "code", "replicates", "runs")  # what of a manifest it changes


def spec_of(manifest: Mapping[str, Any]) -> StudySpec:
    """The study that a store is of. Raises StudyError."""
    if "study" not in manifest:
        raise StudyError("manifest.json, study: is missing; `study run` makes stores that say of which study they are")
    return from_canonical({**manifest["study"], "location": manifest.get("location")})


def points_of(manifest: Mapping[str, Any]) -> list[Point]:
    """The points of a store."""
    return [Point(number, dict(values), dict(labels)) for number, (values, labels) in enumerate(manifest["points"])]


def manifest_of(plan: Plan, shard: Shard | None = None) -> dict[str, Any]:
    """What a store says of the study it is of."""
    study = plan.spec.canonical()
    location = study.pop("location", None)
    said = {
        "study": study,
        "location": location,
        "points": [[point.values, point.labels] for point in plan.points],
        "arms": {name: list(arms) for name, arms in plan.arms.items()},
        "inputs": plan.inputs,
        "code": plan.code,
        "replicates": plan.spec.replicates,
        "runs": plan.runs,
    }
    return said if shard is None else {**said, "shard": list(shard)}


def refuse_other_study(store: Store, spec: StudySpec) -> None:
    """Raises StudyError naming the keys in which ``spec`` differs from the study that the store was begun with."""
    before, after = store.manifest.get("study", {}), spec.canonical()
    keys = changed_keys(before, after)
    if not keys:
        return
    told = "; ".join(f"{key}: was {_short(before.get(key))}, is {_short(after[key])}" for key in keys)
    said = f"{spec.where}: has changed since {store.folder} was begun ({told}). "
    another = "give another folder (--out), or change the file back"
    if set(keys) <= MAY_GROW:
        words = ["diffusion-sim", "study", "expand", "study.yaml" if spec.path is None else str(spec.path)]
        raise StudyError(f"{said}Where there is only more of something: {shlex.join(words)}; else {another}")
    fixed = ", ".join(key for key in keys if key not in MAY_GROW)
    raise StudyError(f"{said}Runs with another {fixed} do not go with those that are there: {another}")


def refuse_other_inputs(store: Store, plan: Plan) -> None:
    """Raises StudyError naming what the study reads that is not as it was when the store was begun."""
    before, after = store.manifest["inputs"], plan.inputs
    for name, said in after.items():
        was = before.get(name)
        if was is not None and was != said:
            files = [key for key in said["files"] if was.get("files", {}).get(key) != said["files"][key]]
            what = f"files it reads ({', '.join(files)})" if was["digest"] == said["digest"] else "its numbers"
            raise StudyError(
                f"{plan.spec.where}: scenario '{name}' is not what it was when {store.folder} was begun: {what} have "
                "changed, so new runs would not go with those that are there. Give another folder (--out), or change "
                "it back"
            )
    code = store.manifest.get("code", {})
    for name, said in plan.code.items():
        changed = [arm for arm, digest in said.items() if code.get(name, {}).get(arm, digest) != digest]
        if changed:
            raise StudyError(
                f"{plan.spec.where}: the code of strategy '{changed[0]}' is not what it was when {store.folder} was "
                "begun, so new runs would not go with those that are there. Give another folder (--out), or change it "
                "back"
            )
    arms = store.manifest["arms"]
    for name, its in plan.arms.items():
        lost = [arm for arm in arms.get(name, []) if arm not in its]
        if lost:
            raise StudyError(
                f"{plan.spec.where}: strategy '{lost[0]}' of scenario '{name}' is in {store.folder}, but no longer in "
                "the study; give another folder (--out), or put it back"
            )


def expanded(store: Store, old: StudySpec, new: StudySpec, allow_code: bool) -> Plan:
    """The plan of ``new``, with the store's points first. Raises StudyError where that is no expansion."""
    if new.replicates < old.replicates:
        key = "replicates" if new.precision is None else "precision.at_most (or --replicates)"
        raise StudyError(
            f"{new.where}, {key}: {new.replicates} are fewer than the {old.replicates} that {store.folder} was "
            "begun with; a store only grows"
        )
    if old.strategies is not None and not set(old.strategies) <= set(new.strategies or ()):
        lost = [name for name in old.strategies if name not in (new.strategies or ())]
        raise StudyError(f"{new.where}, strategies: '{lost[0]}' is in {store.folder}; a store only grows")
    before = replace(old, strategies=new.strategies)
    plan = make_plan(new, allow_code, extend(before, points_of(store.manifest), new, allow_code))
    columns = store.manifest["columns"]["runs"]
    for field in schemas(plan)["runs"]:
        if columns.get(field.name) != str(field.type):
            raise StudyError(
                f"{new.where}: the store has no column {field.name} of type {field.type}, so this cannot be added to "
                "it; give another folder (--out)"
            )
    return plan


def grown(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the manifest ``after`` is of the study ``before`` with more in it."""
    if any(key not in said for said in (before, after) for key in ("study", "points", "arms", "inputs", "replicates")):
        return False
    keys = changed_keys(before["study"], after["study"])
    more = len(after["points"]) - len(before["points"]), after["replicates"] - before["replicates"]
    return (
        bool(keys)
        and set(keys) <= MAY_GROW
        and min(more) >= 0
        and after["points"][: len(before["points"])] == before["points"]
        and all(set(arms) <= set(after["arms"].get(name, ())) for name, arms in before["arms"].items())
        and before["inputs"] == after["inputs"]
    )


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two manifests say the same study, whatever it is called."""
    if not all(isinstance(said.get("study"), Mapping) for said in (one, other)):
        return one.get("study") == other.get("study")
    return one["study"].keys() == other["study"].keys() and not changed_keys(one["study"], other["study"])


def keep_newer(store: Store, spec: StudySpec) -> None:
    """Put a changed title or question of the same study into its store."""
    study = spec.canonical()
    del study["location"]
    if store.manifest["study"] != study:
        store.write_manifest({**store.manifest, "study": study})


def changed_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Keys in which two studies differ, where that makes them two."""
    return [key for key in after if key not in NO_MATTER and before.get(key) != after[key]]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
