"""Merging stores: the runs of a shard, added to the store of the whole study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike

import pyarrow as pa
import pyarrow.compute as pc

from diffusion_sim.errors import StoreError, as_path
from diffusion_sim.scenario.words import NONE
from diffusion_sim.study.same_study import grown, same
from diffusion_sim.study.store.part_files import Part, about_part, kept_rows, read_part
from diffusion_sim.study.store.store import Store
from diffusion_sim.study.store.writer_lock import refuse_held

_SAME = ("study", "points", "arms", "inputs", "model_version")  # what two stores must say alike to be of one study
_RUNS = 1_000  # runs added at a time


def take_over(store: Store, shard: str | PathLike[str], any_version: bool = False) -> int:
    """Add to ``store`` the runs of another store of the same study that are not in it, or did not succeed in it but did
    there, and with a run ``none`` the others of its seed; how many. May be repeated, and gone on with after a kill.

    Raises StoreError: the other is of another study or version, is damaged, or is being written; ``store`` is open to
    read only.
    """
    folder = as_path(shard, "folder to merge", StoreError)
    store.check_writable()
    if folder.resolve() == store.folder.resolve():
        raise StoreError(f"{folder}: a store cannot be merged with itself")
    refuse_held(folder, "cannot be merged")
    with Store.open(folder, any_version=any_version) as other:
        refuse_another_study(store, other, any_version)
        _say_versions(store, other)
        mine = store.completed()
        return other.look(lambda parts: _take(store, other, parts, mine))


def refuse_another_study(store: Store, other: Store, any_version: bool) -> None:
    """Raises StoreError where two stores are not of the same study; the one that takes may be of more of it."""
    more = grown(other.manifest, store.manifest)
    for name in _SAME:
        if name == "model_version" and any_version:
            continue
        if (more and name != "model_version") or (name == "study" and same(other.manifest, store.manifest)):
            continue
        if store.manifest.get(name) != other.manifest.get(name):
            raise StoreError(
                f"{other.folder}: is of another study than {store.folder} (their {name.replace('_', ' ')} differ); "
                "shards of one study file, run by one version of the model, are merged"
            )


def _say_versions(store: Store, other: Store) -> None:
    """Let the manifest say that versions of the model are mixed, before the first run of another is here."""
    own, also = store.manifest["model_version"], store.manifest.get("also_written_by", [])
    theirs = [other.manifest["model_version"], *other.manifest.get("also_written_by", [])]
    mixed = sorted({*also, *theirs} - {own})
    if not set(mixed) <= set(also):
        store.write_manifest(store.manifest | {"also_written_by": mixed})


def _take(store: Store, other: Store, parts: Sequence[Part], mine: Mapping[str, str]) -> int:
    tables = [read_part(other.folder / "runs" / part.name, other.manifest, ["key", "status"]) for part in parts]
    theirs = []  # of each file, key -> status of the rows that count
    for table, counts in zip(tables, kept_rows([t.column("key") for t in tables]), strict=True):
        rows = zip(table.column("key").to_pylist(), table.column("status").to_pylist(), counts, strict=True)
        theirs.append({key: now for key, now, last in rows if last})
    new = [
        {key for key, now in rows.items() if key not in mine or (mine[key] != "ok" and now == "ok")} for rows in theirs
    ]
    again, late = _beside_none(other, parts, theirs, new, mine)
    taken, again_there = 0, set().union(*again)
    for wanted in ([(keys | more) - late for keys, more in zip(new, again, strict=True)], [k & late for k in new]):
        for part, rows, keys in zip(parts, theirs, wanted, strict=True):
            _append(store, other, part, [key for key in rows if key in keys])
            taken += len(keys - again_there)
    return taken


def _beside_none(
    other: Store, parts: Sequence[Part], theirs: Sequence[Mapping[str, str]], new: Sequence[set[str]],
    mine: Mapping[str, str],
) -> tuple[list[set[str]], set[str]]:  # fmt: skip
    """Of each file, keys that succeeded here as there and are taken all the same: where ``none`` is new, the others of
    its seed were run again beside it, for a measure of theirs takes its run. And the keys of these ``none``, which are
    taken last: after a kill before that they are still new, and the others wanted."""
    again: list[set[str]] = [set() for _ in parts]
    late: set[str] = set()
    if not any(new) or not any(now == "ok" and mine.get(key) == "ok" for rows in theirs for key, now in rows.items()):
        return again, late
    nones = {
        block: key
        for part, rows, keys in zip(parts, theirs, new, strict=True)
        if keys
        for key, strategy, block in _blocks(other, part)
        if strategy == NONE and key in keys and rows[key] == "ok"
    }
    if not nones:
        return again, late
    for part, rows, keys in zip(parts, theirs, again, strict=True):
        for key, _, block in _blocks(other, part):
            if block in nones and rows.get(key) == "ok" and mine.get(key) == "ok":
                keys.add(key)
                late.add(nones[block])
    return again, late


def _blocks(other: Store, part: Part) -> Iterator[tuple[str, str, tuple[str, int, int]]]:
    """Key, strategy and (scenario, point, replicate) of each row of a file."""
    names = ["key", "strategy", "scenario", "point", "replicate"]
    table = read_part(other.folder / "runs" / part.name, other.manifest, names)
    for key, strategy, *block in zip(*(table.column(name).to_pylist() for name in names), strict=True):
        yield key, strategy, tuple(block)


def _append(store: Store, other: Store, part: Part, wanted: Sequence[str]) -> None:
    if not wanted:
        return
    kinds = about_part(other.folder / "runs" / part.name, other.manifest)["kinds"]
    whole = {kind: read_part(other.folder / kind / part.name, other.manifest) for kind in kinds}
    for first in range(0, len(wanted), _RUNS):
        some = pa.array(wanted[first : first + _RUNS], pa.string())
        chosen = {kind: t.filter(pc.is_in(t.column("key"), value_set=some)) for kind, t in whole.items()}
        store.append(chosen["runs"], chosen.get("series"), chosen.get("schools"))
