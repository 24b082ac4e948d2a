"""Reading rows on seeds, somewhere: one task is one seed, with all rows that share its runs."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.errors import StoreError, told
from diffusion_sim.model_version import model_version
from diffusion_sim.patterns.catalogue import rows
from diffusion_sim.patterns.record import Row
from diffusion_sim.patterns.seen import At, Runs
from diffusion_sim.patterns.worlds import base
from diffusion_sim.study.run.executors import Lost, Place, settled

VALUES = "values.jsonl"


class Task(NamedTuple):
    """Some rows on one seed. off : mechanism that is switched off, "" = none. draw : number of the draw of the
    plausible space, -1 = the defaults; point : its values."""

    rows: tuple[str, ...]
    seed: int
    off: str = ""
    draw: int = -1
    point: tuple[tuple[str, Any], ...] = ()


class Read(NamedTuple):
    """What a row showed on a seed. values : name -> number, NaN where it failed; error : its text, "" = none."""

    row: str
    seed: int
    off: str
    draw: int
    values: dict[str, float]
    error: str


def run_task(task: Task) -> list[Read]:
    """Read the rows. Raises nothing for runs that fail: their values are NaN."""
    runs = Runs(task.seed, task.off, dict(task.point))
    return [_read(rows()[name], runs, task) for name in task.rows]


def _read(row: Row, runs: Runs, task: Task) -> Read:
    error = ""
    try:
        with np.errstate(all="ignore"):
            found = row.read(At(runs, row))
        values = {name: float(found[name]) for name in row.values}
    except KeyboardInterrupt:
        raise
    except Exception as problem:
        values, error = dict.fromkeys(row.values, np.nan), told(problem)
    return Read(row.id, task.seed, task.off, task.draw, values, error)


def make_tasks(chosen: Iterable[Row], seeds: Sequence[int], off: bool | str) -> list[Task]:
    """Tasks of the defaults, seed by seed: rows of one world together, and with their mechanisms off (True), or one
    that is named, those of one mechanism."""
    groups: dict[tuple[str, str], list[str]] = {}
    for row in chosen:
        groups.setdefault((row.world, ""), []).append(row.id)
        if off:
            groups.setdefault((row.world, switched(row, off)), []).append(row.id)
    return [Task(tuple(names), seed, key) for seed in seeds for (_, key), names in groups.items()]


def switched(row: Row, off: bool | str) -> str:
    """The mechanism that is off beside a row: its own, or one that is named for all."""
    return off if isinstance(off, str) else row.mechanism


def make_draws(chosen: Iterable[Row], draws: Sequence[Mapping[str, Any]], seeds: Sequence[Sequence[int]]) -> list[Task]:
    """Tasks of draws of the plausible space; seeds : those of each draw."""
    worlds: dict[str, list[str]] = {}
    for row in chosen:
        if row.in_space:
            worlds.setdefault(row.world, []).append(row.id)
    return [
        Task(tuple(names), seed, "", number, tuple(point.items()))
        for number, point in enumerate(draws)
        for seed in seeds[number]
        for names in worlds.values()
    ]


def carry_out(tasks: Iterable[Task], where: Place, progress: Any) -> Iterator[Read]:
    """Run tasks at a place; what comes back in no fixed order. A lost task gives rows without values."""
    for found in settled(where, run_task, iter(tasks), lambda task: [task]):
        if isinstance(found, Lost):
            task = found.task
            lost = [dict.fromkeys(rows()[name].values, np.nan) for name in task.rows]
            found = [Read(name, task.seed, task.off, task.draw, values, f"its worker was lost: {found.reason}")
                     for name, values in zip(task.rows, lost, strict=True)]  # fmt: skip
        if found is not None:
            progress.advance(len(found))
            yield from found


# ---- what is kept ----------------------------------------------------------------------------------------------------


# What only sums up and shows: another word there leaves kept values good.
_SHOW = ("check.py", "page.py", "verdicts.py")


@cache
def fingerprint() -> str:
    """12 digits of what decides values: the model's version, this room's sources and its scenario."""
    digest = hashlib.blake2b(f"{model_version()} {base().digest}".encode(), digest_size=6)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.name in _SHOW:
            continue
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


class Kept:
    """Values in a folder, one line a row and seed, so that a stopped table goes on; None = nowhere."""

    def __init__(self, folder: Path | None) -> None:
        self.path = None if folder is None else folder / VALUES
        self._held: dict[tuple[str, int, str, str], Read] = {}
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                lines = self.path.read_text("utf-8").splitlines() if self.path and self.path.exists() else []
            except OSError as error:
                raise StoreError(f"keep {folder}: cannot be used ({error.strerror or error})") from None
            for line in lines:
                self._take(line)

    def _take(self, line: str) -> None:
        try:
            said = json.loads(line)
            if said["of"] != fingerprint() or said["error"]:
                return  # of another model or table, or to be tried again
            values = {str(name): float("nan") if v is None else float(v) for name, v in said["values"].items()}
            read = Read(said["row"], int(said["seed"]), said["off"], int(said["draw"]), values, "")
            self._held[read.row, read.seed, read.off, said["point"]] = read
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # a line that was cut off

    def split(self, tasks: Iterable[Task]) -> tuple[list[Read], list[Task]]:
        """(what is there already, the tasks that are left, without it)."""
        there, left = [], []
        for task in tasks:
            point = point_key(task.point)
            missing = []
            for name in task.rows:
                read = self._held.get((name, task.seed, task.off, point))
                if read is not None and set(read.values) >= set(rows()[name].values):
                    there.append(read._replace(draw=task.draw))
                else:
                    missing.append(name)
            if missing:
                left.append(task._replace(rows=tuple(missing)))
        return there, left

    def add(self, read: Read, point: tuple[tuple[str, Any], ...]) -> None:
        """Write a line. Raises StoreError."""
        if self.path is None:
            return
        values = {name: value if np.isfinite(value) else None for name, value in read.values.items()}
        said = {"of": fingerprint(), **read._asdict(), "point": point_key(point), "values": values}
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(said) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written ({error.strerror or error})") from None


def point_key(point: tuple[tuple[str, Any], ...]) -> str:
    """Digits of a draw's values, "" for the defaults."""
    return hashlib.blake2b(repr(sorted(point)).encode(), digest_size=8).hexdigest() if point else ""
