"""What is done with studies: start and resume, expand, retry, merge, look how far they are."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from diffusion_sim.errors import StoreError, StudyError, as_path, check_flag
from diffusion_sim.study.merge_shards import take_over
from diffusion_sim.study.plan.plan import Plan, make_plan
from diffusion_sim.study.plan.read_study import read_study
from diffusion_sim.study.plan.shards import Shard
from diffusion_sim.study.run import into_store
from diffusion_sim.study.run.executors import Place
from diffusion_sim.study.run.options import How, TheirPlace, read_how
from diffusion_sim.study.run.places import check_sizes
from diffusion_sim.study.run.progress import make_progress
from diffusion_sim.study.run.result_tables import schemas
from diffusion_sim.study.run.warm_up import warm_up
from diffusion_sim.study.same_study import (
    GROWS,
    changed_keys,
    expanded,
    grown,
    keep_newer,
    manifest_of,
    points_of,
    refuse_other_inputs,
    refuse_other_study,
    spec_of,
)
from diffusion_sim.study.status import commonest_error, crashed_arms, results_beside, say_crashed
from diffusion_sim.study.store.counts import Counts
from diffusion_sim.study.store.part_files import DAMAGED, SHARDS
from diffusion_sim.study.store.schema import read_columns
from diffusion_sim.study.store.store import Store, is_store, read_status, set_damaged_aside


class Finished(NamedTuple):
    """A study that has come to its end. folder : of its store; retry : the command that runs again what failed;
    crashed_arms : strategy -> runs in the store that crashed."""

    folder: Path
    counts: Counts
    seconds: float
    retry: str
    crashed_arms: Mapping[str, int]

    @property
    def commonest_error(self) -> dict[str, Any] | None:
        """Of the runs that failed or crashed: {"error", "strategy", "runs"} of the text that is most frequent."""
        counts = self.counts
        if not counts.failed + counts.crashed + counts.failed_before:
            return None
        with Store.open(self.folder, any_version=True) as store:
            return commonest_error(store)


def start(path: str | PathLike[str], out: str | PathLike[str] | None = None, **how: Any) -> Finished:
    """Run a study, or go on with one: what its store holds is not run again.

    path : study.yaml, a folder that holds one, or a folder of results. out : where results go (None = ``results``
    beside the file). Keywords, see ``How`` --- workers : processes, None = one a processor; executor : any
    ``concurrent.futures.Executor`` or a dask client; dask : address of a scheduler; shard : "2/8", only these blocks,
    into out/shards/2-of-8; timeout : seconds after which a run is ended (own processes only); any_version : go on with
    a store of another version of the model; allow_code : may code named in scenarios run; any_size : run also where the
    worlds are larger than this machine's memory; progress : False = silent.

    Raises StudyError, ScenarioError, StrategyError, StoreError: what cannot be run as asked, before anything runs, also
    where the file says something else than when the store was begun; KeyboardInterrupt, saying how to go on.
    """
    return _start(path, out, read_how(how), retry=False)


def retry(path: str | PathLike[str], out: str | PathLike[str] | None = None, **how: Any) -> Finished:
    """Run again what failed or crashed in a store, and what its damaged or missing files held.

    Damaged files are moved to ``damaged`` in the store's folder; where there are any, now or of an earlier time, what
    the store lacks is run as well. Arguments and errors as of ``start``.
    """
    said = read_how(how)
    target = _target(_folder(path, out), said)
    if not is_store(target):
        shards = os.path.isdir(target / SHARDS)
        way = "its shards are retried one by one, with --shard i/n" if shards else "`study run` comes first"
        raise StoreError(f"{target}: is no folder of results, so there is nothing to run again; {way}")
    return _start(path, out, said, retry=True)


def expand(
    path: str | PathLike[str], out: str | PathLike[str] | None = None, replicates: int | None = None, **how: Any
) -> Finished:
    """Add replicates, points or strategies to a store, and run what is new.

    path : a study file that says more than the store's did, or the folder of results, with ``replicates``. In a
    shard's folder, or with ``shard``, its part of what is new is run; ``merge`` puts the parts together.
    Other arguments and errors as of ``start``; StudyError where the study differs in what its runs so far rest on.
    """
    said = read_how(how)
    folder = _folder(path, out)
    target = _target(folder, said)
    resume = _again("run", target, None, said._replace(shard=None))  # a shard's folder says which shard it is
    again = _again("expand", path, out, said) + ("" if replicates is None else f" --replicates {replicates}")
    with _told(again), TheirPlace(said) as where:
        if said.shard is not None and not is_store(target) and is_store(folder):
            new = Shard.read(said.shard)
            with Store.open(folder, any_version=said.any_version) as whole:
                plan = _grown(whole, path, replicates, said)
            check_sizes(plan.worlds(), where, said.any_size)
            with Store.create(target, manifest_of(plan, new), schemas(plan)) as store:
                return _run(plan, store, where, said, resume, new)
        with Store.open(target, write=True, any_version=said.any_version) as store:
            shard = _shard(store)
            plan = _grown(store, path, replicates, said)
            check_sizes(plan.worlds(), where, said.any_size)
            store.write_manifest({**store.manifest, **manifest_of(plan, shard)})
            return _run(plan, store, where, said, resume, shard)


def _grown(store: Store, path: Any, replicates: int | None, how: How) -> Plan:
    """The plan of a store's study that says more than the store does."""
    old = spec_of(store.manifest)
    new = old if is_store(path) else read_study(path, how.allow_code)
    if replicates is not None:
        new = new.with_replicates(replicates)
    plan = expanded(store, old, new, how.allow_code)
    refuse_other_inputs(store, plan)
    return plan


def merge(
    out: str | PathLike[str], shards: tuple[str | PathLike[str], ...] = (), any_version: bool = False
) -> dict[str, Any]:
    """Put shards together into ``out``; may be repeated when more of them are there.

    shards : their folders, () = those in out/shards. Returns {"runs": added, "shards": names, "missing": names of
    shards that are not there, "unfinished": names of those that lack runs, "crashed_arms": strategy -> runs in ``out``
    that crashed}. Raises StoreError, StudyError.
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
            f"{folder}: shards of different counts ({', '.join(map(str, sorted(numbers)))}) do not go together; name "
            f"those of one count (diffusion-sim study merge {shlex.quote(str(folder))} SHARD ...), or move the others "
            f"out of {folder / SHARDS}"
        )
    (of,) = counts
    most = max(stores.values(), key=lambda said: (len(said["points"]), said["replicates"], said["runs"]))
    own = ("shard", "columns", "created", "schema", "store")
    first = {key: value for key, value in most.items() if key not in own}
    with _open_or_create(folder, first, most, any_version) as store:
        if grown(store.manifest, first):
            store.write_manifest({**store.manifest, **{key: first[key] for key in GROWS}})
        added = sum(take_over(store, shard, any_version) for shard in found)
        have, study, arms = len(store.completed()), store.manifest["study"], crashed_arms(store)
        missing = [str(Shard(number, of)) for number in range(1, of + 1) if Shard(number, of) not in numbers]
        behind = {shard for shard in found if _unfinished(shard) or changed_keys(stores[shard]["study"], study)}
        unfinished = [str(Shard.read(tuple(stores[shard]["shard"]))) for shard in found if shard in behind]
        done = not missing and not unfinished
        resume = shlex.join(["diffusion-sim", "study", "run", str(folder)])
        whole = have if done else store.manifest["runs"]
        store.beat({"state": "done" if done else "stopped", "of": whole, "resume": resume}, force=True)
    return {
        "runs": added, "of": have, "shards": [str(p) for p in found], "missing": missing, "unfinished": unfinished,
        "crashed_arms": arms,
    }  # fmt: skip


def _unfinished(shard: Path) -> bool:
    return read_status(shard).get("state") != "done"


def _start(path: Any, out: Any, how: How, retry: bool) -> Finished:
    check_flag(how.any_size, "any_size", StudyError)
    folder = _folder(path, out)
    target = _target(folder, how)
    rest = _again("run", path, out, how)
    resume = _again("retry", path, out, how) if retry else rest
    with _told(resume), TheirPlace(how) as where:
        if is_store(target):
            notes = _mend(path, target, how) if retry else []
            with Store.open(target, write=True, any_version=how.any_version) as store:
                spec = spec_of(store.manifest) if is_store(path) else read_study(path, how.allow_code)
                refuse_other_study(store, spec)
                plan = make_plan(spec, how.allow_code, points_of(store.manifest))
                refuse_other_inputs(store, plan)
                keep_newer(store, spec)
                check_sizes(plan.worlds(), where, how.any_size)
                return _run(plan, store, where, how, resume, _shard(store), retry, rest, notes)
        shard = None if how.shard is None else Shard.read(how.shard)
        plan = _whole(path, folder, how)
        check_sizes(plan.worlds(), where, how.any_size)  # before a folder is made
        with Store.create(target, manifest_of(plan, shard), schemas(plan)) as store:
            return _run(plan, store, where, how, resume, shard)


@contextmanager
def _told(again: str) -> Iterator[None]:
    """An interrupt before the runs begin, or while the store is tidied after them, says how to go on, too."""
    try:
        yield
    except KeyboardInterrupt as stopped:
        if stopped.args:
            raise
        raise KeyboardInterrupt(f"stopped while no run was under way\nto go on: {again}") from None


def _target(folder: Path, how: How) -> Path:
    """The folder that is written to."""
    if how.shard is None:
        return folder
    shard = Shard.read(how.shard)
    if is_store(folder):
        with Store.open(folder, any_version=True) as store:
            if "shard" in store.manifest:
                raise StudyError(
                    f"shard: found {shard}, but {folder} is the folder of shard {_shard(store)}; leave --shard out, or "
                    "give the folder of the whole study"
                )
    return folder / SHARDS / shard.folder


def _shard(store: Store) -> Shard | None:
    """Which shard a store is of, None where of a whole study."""
    return Shard.read(tuple(store.manifest["shard"])) if "shard" in store.manifest else None


def _mend(path: Any, target: Path, how: How) -> list[str]:
    """Set damaged files of a store aside, where the study is the store's; lines that say so."""
    with Store.open(target, any_version=how.any_version) as store:
        if not is_store(path):
            refuse_other_study(store, read_study(path, how.allow_code))
    moved = set_damaged_aside(target)
    if not moved and os.path.isdir(target / DAMAGED):
        return [f"what is missing is run as well: {target / DAMAGED} holds files that were damaged once"]
    if not moved:
        return []
    names = ", ".join(file.name for file in moved[:6]) + (", ..." if len(moved) > 6 else "")
    return [
        f"damaged files, and those that belong to them, were moved to {target / DAMAGED}: {names}; "
        "their runs are run again"
    ]


def _whole(path: Any, folder: Path, how: How) -> Plan:
    """The plan of a study that begins; of a shard beside a store of the whole study, that one's."""
    if not is_store(folder):
        return make_plan(read_study(path, how.allow_code), how.allow_code)
    with Store.open(folder, any_version=how.any_version) as whole:
        spec = spec_of(whole.manifest) if is_store(path) else read_study(path, how.allow_code)
        refuse_other_study(whole, spec)
        plan = make_plan(spec, how.allow_code, points_of(whole.manifest))
        refuse_other_inputs(whole, plan)
        return plan


def _run(
    plan: Plan, store: Store, where: Place, how: How, resume: str, shard: Shard | None, retry: bool = False,
    rest: str = "", notes: Sequence[str] = (),
) -> Finished:  # fmt: skip
    begin = time.monotonic()
    progress = make_progress(how.progress)
    for note in notes:
        progress.say(note)
    missing = not retry or os.path.isdir(store.folder / DAMAGED)

    def prepare() -> None:
        if how.executor is None and how.dask is None:
            warm_up(progress.say)

    again = _again("retry", store.folder, None, how._replace(shard=None))  # a shard's folder says which shard it is
    try:
        counts = into_store.run(
            plan, store, where, whole=_whole_beside(store, shard, how.any_version), shard=shard, retry=retry,
            missing=missing, limit=how.timeout, progress=progress, prepare=prepare, resume=resume, rest=rest,
        )  # fmt: skip
        arms = crashed_arms(store) if counts.crashed + counts.failed_before else {}
        if arms:
            progress.say(say_crashed(arms, again))
    finally:
        progress.close()
    return Finished(store.folder, counts, time.monotonic() - begin, again, arms)


def _whole_beside(store: Store, shard: Shard | None, any_version: bool) -> Store | None:
    """The store of the whole study in whose folder a shard's is: what that one holds needs no run."""
    around = store.folder.absolute().parent
    if shard is None or around.name != SHARDS or not is_store(around.parent):
        return None
    whole = Store.open(around.parent, any_version=any_version)
    one, other = whole.manifest["points"], store.manifest["points"]
    few = min(len(one), len(other))
    return whole if one[:few] == other[:few] else None


def _folder(path: Any, out: Any) -> Path:
    """The folder of results for a study file or a folder of results."""
    if out is not None:
        return as_path(out, "out", StoreError)
    said = as_path(path, "study", StudyError)
    return said if is_store(said) else results_beside(said)


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
    words += [f"--{name.replace('_', '-')}" for name in ("any_version", "allow_code", "any_size") if getattr(how, name)]
    return shlex.join(words)


def _open_or_create(folder: Path, manifest: dict[str, Any], whole: Mapping[str, Any], any_version: bool) -> Store:
    if is_store(folder):
        return Store.open(folder, write=True, any_version=any_version)
    return Store.create(folder, manifest, {kind: read_columns(told) for kind, told in whole["columns"].items()})
