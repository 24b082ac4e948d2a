"""The folder of a robust run: two studies with their results, each gone on with where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from diffusion_sim.analysis.studies import Study, open_study
from diffusion_sim.errors import StoreError, StudyError
from diffusion_sim.study.plan.read_study import from_mapping
from diffusion_sim.study.same_study import changed_keys
from diffusion_sim.study.status import RESULTS
from diffusion_sim.study.store.store import Store, is_store

DRAWS, AT_DEFAULTS = "draws", "at_defaults"
FILE = "study.yaml"
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
    for number in range(1, _MOST):
        folder = out / (AT_DEFAULTS if number == 1 else f"{AT_DEFAULTS}_{number}")
        if not _differs(folder, said):
            return _run(folder, said, how)
    raise StudyError(f"out: '{out}' is full of studies; give another folder")


def _differs(folder: Path, said: Mapping[str, Any]) -> set[str]:
    """Keys in which the study in the folder differs from ``said``; none where nothing was run yet."""
    if not is_store(folder / RESULTS):
        return set()
    spec = from_mapping(said, str(folder / FILE), folder / FILE)
    with Store.open(folder / RESULTS, any_version=True) as store:
        return set(changed_keys(store.manifest.get("study", {}), spec.canonical()))


def _run(folder: Path, said: Mapping[str, Any], how: Mapping[str, Any], grows: bool = False) -> Study:
    from diffusion_sim.study import commands

    file = folder / FILE
    before = file.read_text("utf-8") if file.is_file() else None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(dict(said), sort_keys=False, allow_unicode=True), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"out: '{folder}' cannot be written ({error.strerror or error})") from None
    try:
        finished = commands.expand(file, **how) if grows else commands.start(file, **how)
    except StudyError:
        if before is not None:
            file.write_text(before, encoding="utf-8")
        raise
    except KeyboardInterrupt as stopped:
        told = str(stopped).partition("\nto go on:")[0]
        raise KeyboardInterrupt(f"{told}\nto go on: the same command, or call, again") from None
    return open_study(finished.folder, any_version=bool(how.get("any_version", False)))
