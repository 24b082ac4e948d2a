"""How far a study is, whoever runs it, and where its results lie."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from diffusion_sim.errors import StoreError, as_path
from diffusion_sim.study.store.part_files import SHARDS
from diffusion_sim.study.store.store import Store, is_store, read_status

RESULTS = "results"


def status(folder: str | PathLike[str]) -> dict[str, Any]:
    """How far a study is, whoever runs it: the last heartbeat (state, done, failed, crashed, skipped, of, rate in runs
    a second, seconds_left, since, ...), "running", "stored" (status -> runs in the store), "commonest_error" ({"error",
    "strategy", "runs"} or None), "crashed_arms" (strategy -> runs that crashed), "runs" (of the whole study) and
    "shards" (name -> the same). Raises StoreError."""
    path = as_path(folder, "folder of results", StoreError)
    path = results_beside(path) if not is_store(path) and not os.path.isdir(path / SHARDS) else path
    shards = {p.name: _status(p) for p in sorted((path / SHARDS).glob("*-of-*")) if is_store(p)}
    if not is_store(path):
        if not shards:
            raise StoreError(f"{path}: is no folder of results; `study run` makes one")
        return {"folder": str(path), "shards": shards}
    return {**_status(path), "shards": shards}


def _status(path: Path) -> dict[str, Any]:
    with Store.open(path, any_version=True) as store:
        manifest, ended = store.manifest, store.completed()
        error = None if all(said == "ok" for said in ended.values()) else commonest_error(store)
        arms = crashed_arms(store) if "crashed" in ended.values() else {}
    stored = {"ok": 0, "error": 0, "crashed": 0}
    for said in ended.values():
        stored[said] = stored.get(said, 0) + 1
    about: dict[str, Any] = {key: manifest[key] for key in ("runs", "replicates") if key in manifest}
    study = {key: manifest.get("study", {}).get(key) for key in ("id", "title")}
    found = read_status(path) | {"folder": str(path), **study, **about, "stored": stored, "commonest_error": error}
    found["crashed_arms"] = arms
    if "state" not in found and ended:  # status.json was removed, or is not as it was written
        found["state"] = "state not known"
    if found.get("state") == "running" and not found["running"]:
        found["state"] = "ended without a word"  # killed
    return found


def crashed_arms(store: Store) -> dict[str, int]:
    """Strategy -> how many of its runs crashed; those without any are left out."""
    table = store.load("runs", ["status", "strategy"])
    rows = zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True)
    return dict(Counter(name for status, name in rows if status == "crashed"))


def say_crashed(arms: Mapping[str, int], retry: str) -> str:
    """How many runs crashed, of which strategies, and the way out; ``retry`` is the command."""
    total, which = sum(arms.values()), ", ".join(f"{name} {runs:,}" for name, runs in arms.items())
    return (
        f"NOT WHOLE: {total:,} {'run' if total == 1 else 'runs'} crashed and found nothing ({which}); to run them "
        f"again: {retry}"
    )


def commonest_error(store: Store) -> dict[str, Any] | None:
    """{"error", "strategy", "runs"} of the most frequent text among runs that did not succeed; None without one."""
    table = store.load("runs", ["status", "strategy", "error"])
    rows = zip(*(table.column(name).to_pylist() for name in ("status", "strategy", "error")), strict=True)
    found = Counter((text or "", name) for status, name, text in rows if status != "ok")
    if not found:
        return None
    (text, name), runs = found.most_common(1)[0]
    return {"error": text, "strategy": name, "runs": runs}


def results_beside(said: Path) -> Path:
    """The usual folder of results of a study file or its folder."""
    return (said if said.is_dir() else said.parent) / RESULTS
