"""What a store says it is: its schema, the versions that wrote it, and the study it is of."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field, TypeAdapter, ValidationError

from diffusion_sim import __version__
from diffusion_sim.errors import StoreError
from diffusion_sim.model_version import model_version
from diffusion_sim.study.store.part_files import DAMAGED, KINDS, SHARDS, next_number, said
from diffusion_sim.study.store.schema import plain_schema, read_columns, say_columns
from diffusion_sim.study.store.sealed import read_mapping, seal, whole
from diffusion_sim.study.store.writer_lock import HOLDER, LOCK, STATUS

MANIFEST = "manifest.json"
SCHEMA = 2
_UNSEALED = 1  # the schema before digests: read when told so, never written
OWN = ("schema", "store", "package_version", "model_version", "created", "columns", "also_written_by")  # the store's
_OTHER_FOLDER = "put a copy of it back, or run the study into another folder (--out)"
_OURS = {LOCK, HOLDER, STATUS, SHARDS, DAMAGED, *KINDS}  # what a killed creation, or shards, may leave
_OF_STUDY = ("study", "location", "points", "arms", "inputs", "replicates", "runs", "columns")

_Words = Annotated[list[dict[str, Any]], Field(min_length=2, max_length=2)]  # values and labels of a point
_SHAPES: dict[str, TypeAdapter[Any]] = {key: TypeAdapter(kind) for key, kind in {
    **dict.fromkeys(("store", "package_version", "model_version", "created"), str),
    **dict.fromkeys(("schema", "replicates", "runs"), int),
    "also_written_by": list[str],
    "columns": dict[str, dict[str, str]],
    "study": dict[str, Any],
    "location": str | None,
    "points": list[_Words],
    "arms": dict[str, list[str]],
    "inputs": dict[str, dict[str, Any]],
    "code": dict[str, dict[str, str]],
    "shard": Annotated[list[int], Field(min_length=2, max_length=2)],
}.items()}  # fmt: skip


def is_store(folder: str | PathLike[str]) -> bool:
    """Whether ``folder`` holds a store (it has a manifest)."""
    return os.path.isfile(Path(folder) / MANIFEST)  # of a folder that may not be read the opening says so


def _check_shape(told: Mapping[str, Any]) -> None:
    """Raises ValueError in words for the first key whose value has another shape."""
    for key, shape in _SHAPES.items():
        try:
            if key in told:
                shape.validate_python(told[key], strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, (key, *first["loc"])))
            said_so = first["msg"][:1].lower() + first["msg"][1:]
            raise ValueError(f"{place}: found {first['input']!r:.40}; {said_so}") from None
    for kind, columns in told.get("columns", {}).items():
        try:
            read_columns(columns)
        except ValueError:
            raise ValueError(f"columns.{kind}: found {columns!r:.40}; names and types of columns are allowed") from None


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """The text of a manifest. Raises StoreError: it is no plain JSON, or a key has another shape."""
    try:
        text = seal(manifest, indent=1)
    except (TypeError, ValueError) as error:
        raise StoreError(f"manifest: found {error}; texts, numbers, lists and maps are allowed") from None
    try:
        _check_shape(read_mapping(text))
    except ValueError as error:
        raise StoreError(f"manifest, {error}") from None
    return text


def begin_manifest(manifest: Mapping[str, Any], columns: Mapping[str, pa.Schema] | None) -> str:
    """The text of a new store's manifest. Raises StoreError: ``manifest`` is no plain JSON, or columns do not fit."""
    filled = {
        "schema": SCHEMA,
        "store": secrets.token_hex(8),
        "package_version": __version__,
        "model_version": model_version(),
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    told = {kind: say_columns(plain_schema(schema, kind)) for kind, schema in (columns or {}).items()}
    return manifest_text(filled | dict(manifest) | {"columns": told})


def read_manifest(folder: Path, any_version: bool = False, write: bool = False) -> dict[str, Any]:
    """The manifest of the store in ``folder``, without its digest.

    Raises StoreError: there is none, it is damaged, or of another schema or (unless ``any_version``) model version;
    with ``write``, also where it is of the schema before digests.
    """
    path = folder / MANIFEST
    try:
        told = read_mapping(path.read_text("utf-8"))
        for key in ("schema", "model_version"):
            if key not in told:
                raise ValueError(f"{key} is missing")
        if type(told["schema"]) is not int or told["schema"] in (SCHEMA, _UNSEALED):  # of others nothing is known
            _check_shape(told)
            told = _checked(told)
    except (FileNotFoundError, NotADirectoryError):
        what = "is no folder of results" if folder.exists() else "is not there"
        raise StoreError(f"{folder}: {what} (looked for {MANIFEST}); `study run` makes one") from None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {said(error)}") from None
    except ValueError as error:
        raise StoreError(f"{path}: is damaged ({said(error)}); {_OTHER_FOLDER}") from None
    _refuse_schema(folder, told, any_version, write)
    if told["model_version"] != model_version() and not any_version:
        raise StoreError(
            f"{folder}: was made by another version of the model ({told.get('package_version')}, "
            f"{told['model_version']}; this is {__version__}, {model_version()}), whose runs may differ: "
            "run the study into another folder (--out), or take the store as it is with --any-version "
            "(any_version=True)"
        )
    return told


def _checked(told: dict[str, Any]) -> dict[str, Any]:
    """A manifest without its digest. Raises ValueError in words: it lacks something, or its digest does not fit."""
    sealed = told["schema"] != _UNSEALED or "store" in told
    for key in ("store",) if sealed else _OF_STUDY:
        if key not in told:
            raise ValueError(f"{key} is missing")
    return whole(told) if sealed else told


def _refuse_schema(folder: Path, told: Mapping[str, Any], any_version: bool, write: bool) -> None:
    if told["schema"] == _UNSEALED and (write or not any_version):
        read = "it is only read" if any_version else "read it as it is with --any-version (any_version=True)"
        raise StoreError(
            f"{folder}: is of an older format (its {MANIFEST} has no digest, so that nobody can tell whether it is "
            f"whole), written by diffusion-sim {told.get('package_version')}, model version {told['model_version']}: "
            f"{read}, and run the study into another folder (--out)"
        )
    if told["schema"] not in (SCHEMA, _UNSEALED):
        newer = told["schema"] > SCHEMA
        raise StoreError(
            f"{folder}: has store schema {told['schema']}, written by diffusion-sim {told.get('package_version')}; "
            f"this is {__version__}, which reads {SCHEMA}: "
            + ("install a newer diffusion-sim" if newer else "open it with the version that wrote it")
            + ", or run the study into another folder (--out)"
        )


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
