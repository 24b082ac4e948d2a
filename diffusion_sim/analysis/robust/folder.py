"""The folder of a robust run: studies with their results, each gone on with where it stopped."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from diffusion_sim.analysis.studies import Study, open_study
from diffusion_sim.errors import StoreError, StudyError
from diffusion_sim.study.plan.read_study import from_mapping
from diffusion_sim.study.same_study import changed_keys, points_of
from diffusion_sim.study.status import RESULTS
from diffusion_sim.study.store.store import Store, is_store

DRAWS, AT_DEFAULTS, EQUAL = "draws", "at_defaults", "equal_spending"
FILE, POINTS = "study.yaml", "points.csv"
_GROWS = {"design", "replicates", "strategies"}  # more points, seeds or arms than before
_MOST = 1_000


def check_folder(out: Path) -> None:
    """Raises StudyError where a folder holds something else than a robust run's."""
    if out.is_file():
        raise StoreError(f"out: '{out}' is a file; a folder is allowed")
    if is_store(out) or (out / FILE).exists() or is_store(out / RESULTS):
        raise StudyError(f"out: '{out}' holds another study; give a folder of its own, or one of an earlier robust run")
    if (out / DRAWS).exists() and not (out / DRAWS / FILE).is_file():
        raise StudyError(f"out: '{out / DRAWS}' is no study of a robust run; give another folder")


def run_draws(out: Path, said: Mapping[str, Any], how: Mapping[str, Any]) -> Study:
    """Run the study of all draws, or go on with it; with more points, seeds or arms than before these are added.
    Raises StudyError where the folder's study differs in anything else."""
    folder = out / DRAWS
    keys = _differs(folder, said)
    if keys - _GROWS:
        raise StudyError(
            f"out: '{out}' holds a robust run that differs in {', '.join(sorted(keys))}; give another folder, or ask "
            "as before (measures and more points, seeds or contrasts may change)"
        )
    return _run(folder, said, how, grows=bool(keys))


def run_at_defaults(out: Path, said: Mapping[str, Any], how: Mapping[str, Any]) -> Study:
    """Run the study of one number at a time; beside those of other numbers, asked for earlier."""
    for folder in _numbered(out, AT_DEFAULTS):
        if not _differs(folder, said):
            return _run(folder, said, how)
    raise StudyError(f"out: '{out}' is full of studies; give another folder")


def _numbered(out: Path, name: str) -> list[Path]:
    """Folders in which studies of a kind lie."""
    return [out / (name if number == 1 else f"{name}_{number}") for number in range(1, _MOST)]


# ---- at equal spending -----------------------------------------------------------------------------------------------

Rows = Sequence[Mapping[str, Any]]


def drawn_rows(out: Path) -> list[dict[str, Any]]:
    """What was drawn: dotted path -> value, one row a draw, as the study of all draws has it."""
    with Store.open(out / DRAWS / RESULTS, any_version=True) as store:
        return [dict(point.values) for point in points_of(store.manifest)]


def run_table(out: Path, name: str, said: Mapping[str, Any], rows: Rows, how: Mapping[str, Any]) -> Study:
    """Run a study of these points, or go on with it. A study there of the first of these points and seeds is added to;
    beside one of other points another is begun."""
    whole = {**said, "design": {"kind": "table", "rows": list(rows)}}
    for folder in _numbered(out, name):
        keys = _differs(folder, whole)
        if keys and (keys - {"design", "replicates"} or not _has_less(folder, whole)):
            continue
        return _run(folder, {**said, "design": {"kind": "table", "file": POINTS}}, how, bool(keys), _as_csv(rows))
    raise StudyError(f"out: '{out}' is full of studies; give another folder")


def _has_less(folder: Path, said: Mapping[str, Any]) -> bool:
    """Whether the study in the folder is one of the first of these points and seeds."""
    with Store.open(folder / RESULTS, any_version=True) as store:
        before = store.manifest["study"]
    rows = before["design"].get("rows", [])
    return rows == said["design"]["rows"][: len(rows)] and before["replicates"] <= said["replicates"]


def _as_csv(rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({path: str(value).lower() if isinstance(value, bool) else value for path, value in row.items()})
    return text.getvalue()


# ---- both ------------------------------------------------------------------------------------------------------------


def _differs(folder: Path, said: Mapping[str, Any]) -> set[str]:
    """Keys in which the study in the folder differs from ``said``; none where nothing was run yet."""
    if not is_store(folder / RESULTS):
        return set()
    spec = from_mapping(said, str(folder / FILE), folder / FILE)
    with Store.open(folder / RESULTS, any_version=True) as store:
        return set(changed_keys(store.manifest.get("study", {}), spec.canonical()))


def _run(
    folder: Path, said: Mapping[str, Any], how: Mapping[str, Any], grows: bool = False, points: str | None = None
) -> Study:
    """Run the study, or go on with it. points : the text of its table."""
    from diffusion_sim.study import commands

    texts = {FILE: yaml.safe_dump(dict(said), sort_keys=False, allow_unicode=True)}
    texts |= {} if points is None else {POINTS: points}
    before = {name: (folder / name).read_text("utf-8") for name in texts if (folder / name).is_file()}
    _write(folder, texts)
    try:
        finished = (commands.expand if grows else commands.start)(folder / FILE, **how)
    except StudyError:
        _write(folder, before)
        raise
    except KeyboardInterrupt as stopped:
        told = str(stopped).partition("\nto go on:")[0]
        raise KeyboardInterrupt(f"{told}\nto go on: the same command, or call, again") from None
    return open_study(finished.folder, any_version=bool(how.get("any_version", False)))


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"out: '{folder}' cannot be written ({error.strerror or error})") from None
