"""A model in a file: a zip of plain arrays (.npz) and one JSON text; no code, and no pickle is ever written or read.

The file holds all that the rest of the run depends on: schools, teachers, districts, ties, sums, the scenario in full,
seed, strategy and interventions. On the same type of machine a loaded model goes on bit for bit as the saved one would
have. It therefore refuses a file of another version of the model, whose rules may differ: scenario and seed give that
run anew.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from os import PathLike
from typing import Any, Protocol

import numpy as np

import diffusion_sim
from diffusion_sim.errors import StoreError, as_path
from diffusion_sim.model_version import model_version
from diffusion_sim.population.catalogue import ALIGNMENT
from diffusion_sim.population.schooltable import CHANGE
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.events import Event
from diffusion_sim.state.npz import write
from diffusion_sim.week.engine import Engine
from diffusion_sim.world.run_state import MONEY, Run

KIND = "diffusion-sim model"
FORMAT = 3
ABOUT = "about"  # the JSON text, as bytes
TABLE = ("teachers", "pupils", "poverty", "achievement", "level", "locale", "programme", "readiness", "initial_use",
         "latitude", "longitude", "centralisation", "autonomy", "regime", "fit", "complexity", "effect", "board",
         "principal_years", "superintendent_years", "designated", *ALIGNMENT)  # fmt: skip


class SavedRun(Run, Protocol):
    """What is saved of a model."""

    case: Scenario
    seed: int
    strategy: str | None
    threads: int
    plain: bool
    engine: Engine
    interventions: list[dict[str, Any]]
    added: list[Event]  # events that came to the schedule within the run


def save_model(model: SavedRun, path: str | PathLike[str]) -> None:
    """Write ``model`` to the file ``path`` (.npz), whole or not at all; a file of that name is replaced.

    Raises StoreError: the place cannot be written, or a rule of the user's own has no name to load it by.
    """
    target = as_path(path, "save", StoreError)
    for name, own in model.engine.own.items():
        if not own.named:
            raise StoreError(
                f"{target}: the rule {name} is a function made at {own.where}, which cannot be loaded again; give it "
                "as text 'file.py:function'"
            )
    table = {name: getattr(model.world.table, name) for name in TABLE}
    arrays = model.state.arrays() | {f"table.{name}": column for name, column in table.items() if column is not None}
    about = json.dumps(_about(model), ensure_ascii=True, allow_nan=False).encode("ascii")
    aside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        try:
            with aside.open("xb") as file:
                write(file, {ABOUT: np.frombuffer(about, np.uint8)} | arrays)
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, target)
        finally:
            aside.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise StoreError(f"{target}: cannot write the model: {getattr(error, 'strerror', None) or error}") from error


def _about(model: SavedRun) -> dict[str, Any]:
    state, table = model.state, model.world.table
    return {
        "kind": KIND,
        "format": FORMAT,
        "version": diffusion_sim.__version__,
        "model": model_version(),
        "scenario": model.case.canonical(),
        "seed": int(model.seed),
        "strategy": model.strategy,
        "threads": int(model.threads),
        "plain": bool(model.plain),
        "rules": {name: [own.where, own.digest] for name, own in model.engine.own.items()},
        "week": int(state.week),
        **{name: float(getattr(state, name)) for name in MONEY},
        "interventions": [_plain(entry) for entry in model.interventions],
        "added": [_plain(event) for event in model.added],
        "sizes": {
            "teachers": int(state.teachers.school.size),
            "schools": len(table),
            "districts": len(model.world.district_ids),
            "room": int(state.network.target.size),
        },
        "renew_ties": bool(model.world.renew_ties),
        "months_per_sd": float(model.world.basis.months_per_sd),
        "district_id": list(table.district_id),
        "school_id": list(table.school_id),
        "hub": None if table.network is None else list(table.network),
        "report": {name: [_plain(change[i]) for change in table.changes] for i, name in enumerate(CHANGE)},
    }


def _plain(value: Any) -> Any:
    """Python's own numbers in place of NumPy's, inside dicts and lists too."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
