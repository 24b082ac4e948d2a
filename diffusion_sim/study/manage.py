"""What is done with studies: start and resume, expand, retry, merge, look how far they are."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from diffusion_sim.errors import StoreError, StudyError, as_path
from diffusion_sim.study import batch
from diffusion_sim.study.batch import Counts
from diffusion_sim.study.cases import Plan, extend, make_plan
from diffusion_sim.study.designs import Point
from diffusion_sim.study.executors import Place, place
from diffusion_sim.study.handing_out import Shard
from diffusion_sim.study.progress import Silent, make_progress
from diffusion_sim.study.spec import StudySpec, read_study
from diffusion_sim.study.store import Store, is_store, read_status

RESULTS, SHARDS = "results", "shards"


class Finished(NamedTuple):
    """A study that has come to its end. folder : of its store."""

    folder: Path
    counts: Counts
    seconds: float


class How(NamedTuple):
    """How runs are carried out; none of it changes a result. See ``start``."""

    workers: int | None = None
    executor: Any = None
    dask: str | None = None
    shard: Any = None
    timeout: float | None = None
    any_version: bool = False
    allow_code: bool = False
    progress: bool | None = None


def start(path: str | PathLike[str], out: str | PathLike[str] | None = None, **how: Any) -> Finished:
    """Run a study, or go on with one: what its store holds is not run again.

    path : study.yaml, a folder that holds one, or a folder of results. out : where results go (None = ``results``
    beside the file). Keywords, see ``How`` --- workers : processes, None = one a processor; executor : any
    ``concurrent.futures.Executor`` or a dask client; dask : address of a scheduler; shard : "2/8", only these blocks,
    into out/shards/2-of-8; timeout : seconds after which a run is ended (own processes only); any_version : go on with
    a store of another version of the model; allow_code : may code named in scenarios run; progress : False = silent.

    Raises StudyError, ScenarioError, StrategyError, StoreError: what cannot be run as asked, before anything runs, also
    where the file says something else than when the store was begun; KeyboardInterrupt, saying how to go on.
    """
    return _start(path, out, _how(how), retry=False)


def retry(path: str | PathLike[str], out: str | PathLike[str] | None = None, **how: Any) -> Finished:
    """Run again what failed or crashed in a store. Arguments and errors as of ``start``."""
    folder = _folder(path, out)
    if not is_store(folder):
        raise StoreError(
            f"{folder}: is no folder of results, so there is nothing to run again; `study run` comes first"
        )
    return _start(path, out, _how(how), retry=True)


def expand(
    path: str | PathLike[str], out: str | PathLike[str] | None = None, replicates: int | None = None, **how: Any
) -> Finished:
    """Add replicates, points or strategies to a store, and run what is new.

    path : a study file that says more than the store's did, or the folder of results, with ``replicates``.
    Other arguments and errors as of ``start``; StudyError where the study differs in what its runs so far rest on.
    """
    said = _how(how)
    if said.shard is not None:
        raise StudyError("shard: expand adds to a whole store; expand first, then run shards")
    folder = _folder(path, out)
    with Store.open(folder, write=True, any_version=said.any_version) as store:
        old = spec_of(store.manifest)
        new = old if is_store(path) else read_study(path, said.allow_code)
        if replicates is not None:
            new = new.with_replicates(replicates)
        plan = _expanded(store, old, new, said.allow_code)
        _refuse_other_inputs(store, plan)
        store.write_manifest({**store.manifest, **manifest_of(plan)})
        return _run(plan, store, said, retry=False, resume=_again("run", folder, None, said))


def merge(
    out: str | PathLike[str], shards: tuple[str | PathLike[str], ...] = (), any_version: bool = False
) -> dict[str, Any]:
    """Put shards together into ``out``; may be repeated when more of them are there.

    shards : their folders, () = those in out/shards. Returns {"runs": added, "shards": names, "missing": names of
    shards that are not there, "unfinished": names of those that lack runs}. Raises StoreError, StudyError.
    """
    folder = as_path(out, "folder of results", StoreError)
    found = [as_path(shard, "folder of a shard", StoreError) for shard in shards]
    found = found or sorted(p for p in (folder / SHARDS).glob("*-of-*") if is_store(p))
    if not found:
        raise StoreError(
            f"{folder}: has no shards (looked for {folder / SHARDS}/i-of-n); `study run --shard i/n` makes them"
        )
    stores = {shard: Store.open(shard, any_version=any_version).manifest for shard in found}
    for shard, manifest in stores.items():
        if "shard" not in manifest:
            raise StoreError(f"{shard}: is no shard but the store of a whole study")
    numbers = {Shard.read(tuple(manifest["shard"])) for manifest in stores.values()}
    counts = {shard.of for shard in numbers}
    if len(counts) > 1:
        raise StoreError(
            f"{folder}: shards of different counts ({', '.join(sorted(map(str, numbers)))}) do not go together"
        )
    (of,) = counts
    first = {key: value for key, value in stores[found[0]].items() if key not in ("shard", "columns", "created")}
    target = _open_or_create(folder, first, stores[found[0]], any_version)
    with target as store:
        added = sum(store.take_over(shard, any_version) for shard in found)
        have = len(store.completed())
    missing = [str(Shard(number, of)) for number in range(1, of + 1) if Shard(number, of) not in numbers]
    unfinished = [str(Shard.read(tuple(stores[shard]["shard"]))) for shard in found if _unfinished(shard)]
    return {"runs": added, "of": have, "shards": [str(p) for p in found], "missing": missing, "unfinished": unfinished}


def status(folder: str | PathLike[str]) -> dict[str, Any]:
    """How far a study is, whoever runs it: the last heartbeat (state, done, failed, crashed, skipped, of, rate in runs
    a second, seconds_left, since, ...), "running", "stored" (status -> runs in the store), "runs" (of the whole study)
    and "shards" (name -> the same). Raises StoreError."""
    path = as_path(folder, "folder of results", StoreError)
    path = _results_beside(path) if not is_store(path) and not (path / SHARDS).is_dir() else path
    shards = {p.name: _status(p) for p in sorted((path / SHARDS).glob("*-of-*")) if is_store(p)}
    if not is_store(path):
        if not shards:
            raise StoreError(f"{path}: is no folder of results; `study run` makes one")
        return {"folder": str(path), "shards": shards}
    return {**_status(path), "shards": shards}


def _status(path: Path) -> dict[str, Any]:
    manifest = Store.open(path, any_version=True)
    stored = {"ok": 0, "error": 0, "crashed": 0}
    for said in manifest.completed().values():
        stored[said] += 1
    about = {key: manifest.manifest[key] for key in ("runs", "replicates") if key in manifest.manifest}
    study = manifest.manifest["study"]
    found = {"folder": str(path), "id": study["id"], "title": study["title"], **about, "stored": stored}
    found |= read_status(path)
    if found.get("state") == "running" and not found["running"]:
        found["state"] = "ended without a word"  # killed
    return found


def _unfinished(shard: Path) -> bool:
    return read_status(shard).get("state") != "done"


# ---- the store and its study -----------------------------------------------------------------------------------------


def spec_of(manifest: Mapping[str, Any]) -> StudySpec:
    """The study that a store is of."""
    return StudySpec.from_canonical({**manifest["study"], "location": manifest.get("location")})


def points_of(manifest: Mapping[str, Any]) -> list[Point]:
    """The points of a store."""
    return [Point(number, dict(values), dict(labels)) for number, (values, labels) in enumerate(manifest["points"])]


def plan_of(store: Store, allow_code: bool = False) -> Plan:
    """The plan of a store's study."""
    return make_plan(spec_of(store.manifest), allow_code, points_of(store.manifest))


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
        "replicates": plan.spec.replicates,
        "runs": plan.runs,
    }
    return said if shard is None else {**said, "shard": list(shard)}


def _start(path: Any, out: Any, how: How, retry: bool) -> Finished:
    shard = None if how.shard is None else Shard.read(how.shard)
    folder = _folder(path, out)
    target = folder if shard is None else folder / SHARDS / shard.folder
    resume = _again("retry" if retry else "run", path, out, how)
    if is_store(target):
        with Store.open(target, write=True, any_version=how.any_version) as store:
            spec = spec_of(store.manifest) if is_store(path) else read_study(path, how.allow_code)
            _refuse_other_study(store, spec)
            plan = make_plan(spec, how.allow_code, points_of(store.manifest))
            _refuse_other_inputs(store, plan)
            return _run(plan, store, how, retry, resume, shard)
    if is_store(path):  # a shard of a study that was begun whole
        with Store.open(path, any_version=how.any_version) as whole:
            plan = plan_of(whole, how.allow_code)
    else:
        plan = make_plan(read_study(path, how.allow_code), how.allow_code)
    with _checked_place(how):  # what cannot be is said before a folder is made
        with Store.create(target, manifest_of(plan, shard), batch.schemas(plan)) as store:
            return _run(plan, store, how, retry, resume, shard)


def _run(plan: Plan, store: Store, how: How, retry: bool, resume: str, shard: Shard | None = None) -> Finished:
    begin = time.monotonic()
    progress = make_progress(how.progress)
    with _checked_place(how) as where:
        try:
            if how.executor is None and how.dask is None:
                _compile(store, plan, progress)
            counts = batch.run(
                plan, store, where, shard=shard, retry=retry, limit=how.timeout, allow_code=how.allow_code,
                progress=progress, resume=resume,
            )  # fmt: skip
        finally:
            progress.close()
    return Finished(store.folder, counts, time.monotonic() - begin)


def _compile(store: Store, plan: Plan, progress: Silent) -> None:
    from diffusion_sim.study.warm_up import warm_up

    if len(store.completed()) < plan.runs:
        warm_up(progress.say)


class _checked_place:
    """The place that ``how`` asks for; closed at the end."""

    def __init__(self, how: How) -> None:
        limit = how.timeout
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit < 1e9):
            raise StudyError(f"timeout: found {limit!r:.40}; seconds above 0 are allowed")
        foreign = how.executor is not None or how.dask is not None
        if foreign and limit is not None:
            raise StudyError("timeout: is kept by processes of our own only; leave it out with an executor or dask")
        if how.dask is not None and (how.workers is not None or how.executor is not None):
            raise StudyError("dask, workers and executor: found more than one; give one of them")
        self._where: Place | None = None
        self.how = how

    def __enter__(self) -> Place:
        if self.how.dask is not None:
            from diffusion_sim.study.dask_place import connect

            self._where = connect(self.how.dask)
        else:  # code of the user's own may end its process, and a limit does
            apart = self.how.allow_code or self.how.timeout is not None
            self._where = place(self.how.workers, self.how.executor, apart)
        return self._where

    def __exit__(self, *_: object) -> None:
        if self._where is not None:
            self._where.close()


def _how(said: Mapping[str, Any]) -> How:
    try:
        return How(**said)
    except TypeError:
        unknown = sorted(set(said) - set(How._fields))
        raise TypeError(f"unexpected keyword {unknown[0]!r}; allowed: {', '.join(How._fields)}") from None


def _folder(path: Any, out: Any) -> Path:
    """The folder of results for a study file or a folder of results."""
    if out is not None:
        return as_path(out, "out", StoreError)
    said = as_path(path, "study", StudyError)
    return said if is_store(said) else _results_beside(said)


def _results_beside(said: Path) -> Path:
    return (said if said.is_dir() else said.parent) / RESULTS


def _again(command: str, path: Any, out: Any, how: How) -> str:
    """The command that goes on."""
    words = ["diffusion-sim", "study", command, str(path)]
    if out is not None:
        words += ["--out", str(out)]
    for name in ("shard", "workers", "dask", "timeout"):
        value = getattr(how, name)
        if value is not None:
            text = f"{value:g}" if isinstance(value, float) else str(Shard.read(value) if name == "shard" else value)
            words += [f"--{name}", text]
    words += [f"--{name.replace('_', '-')}" for name in ("any_version", "allow_code") if getattr(how, name)]
    return shlex.join(words)


# ---- the same study? -------------------------------------------------------------------------------------------------


def _refuse_other_study(store: Store, spec: StudySpec) -> None:
    """Raises StudyError naming the keys in which ``spec`` differs from the study that the store was begun with."""
    before, after = dict(store.manifest["study"]), spec.canonical()
    keys = [key for key in after if key != "location" and before.get(key) != after[key]]
    if not keys:
        return
    told = "; ".join(f"{key}: was {_short(before.get(key))}, is {_short(after[key])}" for key in keys)
    raise StudyError(
        f"{spec.where}: has changed since {store.folder} was begun ({told}). More replicates, points or strategies are "
        "added by `study expand`; for anything else give another folder (--out), or change the file back"
    )


def _refuse_other_inputs(store: Store, plan: Plan) -> None:
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
    arms = store.manifest["arms"]
    for name, its in plan.arms.items():
        lost = [arm for arm in arms.get(name, []) if arm not in its]
        if lost:
            raise StudyError(
                f"{plan.spec.where}: strategy '{lost[0]}' of scenario '{name}' is in {store.folder}, but no longer in "
                "the study; give another folder (--out), or put it back"
            )


def _expanded(store: Store, old: StudySpec, new: StudySpec, allow_code: bool) -> Plan:
    """The plan of ``new``, with the store's points first. Raises StudyError where that is no expansion."""
    if new.replicates < old.replicates:
        raise StudyError(
            f"{new.where}, replicates: {new.replicates} are fewer than the {old.replicates} that {store.folder} was "
            "begun with; a store only grows"
        )
    if old.strategies is not None and not set(old.strategies) <= set(new.strategies or ()):
        lost = [name for name in old.strategies if name not in (new.strategies or ())]
        raise StudyError(f"{new.where}, strategies: '{lost[0]}' is in {store.folder}; a store only grows")
    before = SimpleNamespace(spec=replace(old, strategies=new.strategies), points=points_of(store.manifest))
    plan = make_plan(new, allow_code, extend(before, new, allow_code))
    columns = store.manifest["columns"]["runs"]
    for field in batch.schemas(plan)["runs"]:
        if columns.get(field.name) != str(field.type):
            raise StudyError(
                f"{new.where}: the store has no column {field.name} of type {field.type}, so this cannot be added to "
                "it; give another folder (--out)"
            )
    return plan


def _open_or_create(folder: Path, manifest: dict[str, Any], whole: Mapping[str, Any], any_version: bool) -> Store:
    if is_store(folder):
        return Store.open(folder, write=True, any_version=any_version)
    from diffusion_sim.study.columns import read_columns

    return Store.create(folder, manifest, {kind: read_columns(told) for kind, told in whole["columns"].items()})


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
