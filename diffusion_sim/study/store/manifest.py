"""What a store says it is: its schema, the versions that wrote it, and the study it is of."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pyarrow as pa

from diffusion_sim import __version__
from diffusion_sim.errors import StoreError
from diffusion_sim.model_version import model_version
from diffusion_sim.study.store.part_files import DAMAGED, KINDS, SHARDS, next_number, said
from diffusion_sim.study.store.schema import plain_schema, say_columns
from diffusion_sim.study.store.writer_lock import HOLDER, LOCK, STATUS

MANIFEST = "manifest.json"
SCHEMA = 1
_OTHER_FOLDER = "put a copy of it back, or run the study into another folder (--out)"
_OURS = {LOCK, HOLDER, STATUS, SHARDS, DAMAGED, *KINDS}  # what a killed creation, or shards, may leave


def is_store(folder: str | PathLike[str]) -> bool:
    """Whether ``folder`` holds a store (it has a manifest)."""
    return os.path.isfile(Path(folder) / MANIFEST)  # of a folder that may not be read the opening says so


def begin_manifest(manifest: Mapping[str, Any], columns: Mapping[str, pa.Schema] | None) -> str:
    """The text of a new store's manifest. Raises StoreError: ``manifest`` is no plain JSON, or columns do not fit."""
    filled = {
        "schema": SCHEMA,
        "package_version": __version__,
        "model_version": model_version(),
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    told = {kind: say_columns(plain_schema(schema, kind)) for kind, schema in (columns or {}).items()}
    try:
        return json.dumps(filled | dict(manifest) | {"columns": told}, indent=1, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise StoreError(f"manifest: found {error}; texts, numbers, lists and maps are allowed") from None


def read_manifest(folder: Path, any_version: bool = False) -> dict[str, Any]:
    """The manifest of the store in ``folder``.

    Raises StoreError: there is none, it is damaged, or of another schema or (unless ``any_version``) model version.
    """
    path = folder / MANIFEST
    try:
        told = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        what = "is no folder of results" if folder.exists() else "is not there"
        raise StoreError(f"{folder}: {what} (looked for {MANIFEST}); `study run` makes one") from None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {said(error)}") from None
    except ValueError as error:
        raise StoreError(f"{path}: is damaged ({said(error)}); {_OTHER_FOLDER}") from None
    if not isinstance(told, dict) or not isinstance(told.get("schema"), int) or "model_version" not in told:
        raise StoreError(f"{path}: is damaged (it does not say its schema and model version); {_OTHER_FOLDER}")
    if told["schema"] != SCHEMA:
        newer = told["schema"] > SCHEMA
        raise StoreError(
            f"{folder}: has store schema {told['schema']}, written by diffusion-sim {told.get('package_version')}; "
            f"this is {__version__}, which reads {SCHEMA}: "
            + ("install a newer diffusion-sim" if newer else "open it with the version that wrote it")
            + ", or run the study into another folder (--out)"
        )
    if told["model_version"] != model_version() and not any_version:
        raise StoreError(
            f"{folder}: was made by another version of the model ({told.get('package_version')}, "
            f"{told['model_version']}; this is {__version__}, {model_version()}), whose runs may differ: "
            "run the study into another folder (--out), or take the store as it is with --any-version "
            "(any_version=True)"
        )
    return told


def refuse_taken(path: Path) -> None:
    """Raises StoreError where a new store cannot be made in the folder ``path``; OSError."""
    if is_store(path):
        raise StoreError(
            f"{path}: holds results already; go on with them (study run, study expand), or give another folder (--out)"
        )
    others = sorted(n for n in os.listdir(path) if not n.startswith(".") and n not in _OURS)
    if others:
        raise StoreError(
            f"{path}: is no folder of results and is not empty ({', '.join(others[:3])}); give an empty or a new folder"
        )
    if next_number(path) > 1:
        raise StoreError(f"{path}: holds runs, but no {MANIFEST} that says of what; {_OTHER_FOLDER}")
