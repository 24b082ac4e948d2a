"""Merging stores: the runs of a shard, added to the store of the whole study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from diffusion_sim.errors import StoreError
from diffusion_sim.study.parts import Part, about_part, kept_rows, read_part
from diffusion_sim.study.store_lock import refuse_held

if TYPE_CHECKING:
    from diffusion_sim.study.store import Store

_SAME = ("study", "points", "arms", "inputs", "model_version")  # what two stores must say alike to be of one study
_RUNS = 1_000  # runs added at a time


def take_over(store: Store, folder: Path, any_version: bool) -> int:
    """See Store.take_over."""
    if folder.resolve() == store.folder.resolve():
        raise StoreError(f"{folder}: a store cannot be merged with itself")
    refuse_held(folder, "cannot be merged")
    with type(store).open(folder, any_version=any_version) as other:
        refuse_another_study(store, other, any_version)
        mine = store.completed()
        return other._look(lambda parts: _take(store, other.folder, parts, mine))


def refuse_another_study(store: Store, other: Store, any_version: bool) -> None:
    """Raises StoreError where two stores are not of the same study; the one that takes may be of more of it."""
    from diffusion_sim.study.same_study import grown, same

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


def _take(store: Store, folder: Path, parts: Sequence[Part], mine: dict[str, str]) -> int:
    tables = [read_part(folder / "runs" / part.name, ["key", "status"]) for part in parts]
    taken = 0
    for part, table, counts in zip(parts, tables, kept_rows([t.column("key") for t in tables]), strict=True):
        keys, status = table.column("key").to_pylist(), table.column("status").to_pylist()
        wanted = [
            key
            for key, now, last in zip(keys, status, counts, strict=True)
            if last and (key not in mine or (mine[key] != "ok" and now == "ok"))
        ]
        if not wanted:
            continue
        kinds = about_part(folder / "runs" / part.name)["kinds"]
        whole = {kind: read_part(folder / kind / part.name) for kind in kinds}
        for first in range(0, len(wanted), _RUNS):
            some = pa.array(wanted[first : first + _RUNS], pa.string())
            chosen = {kind: t.filter(pc.is_in(t.column("key"), value_set=some)) for kind, t in whole.items()}
            store.append(chosen["runs"], chosen.get("series"), chosen.get("schools"))
        mine.update((key, now) for key, now in zip(keys, status, strict=True) if key in set(wanted))
        taken += len(wanted)
    return taken
