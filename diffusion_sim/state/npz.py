"""Plain arrays in a zip (.npz): written without pickle, and read only after checking that they are as expected."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import IO, Any

import numpy as np

TEXT_LIMIT = 256_000_000  # bytes of JSON: ids of a million schools take about a tenth of it


class Damage(Exception):
    """What is wrong with a file, without its path."""


def write(file: IO[bytes], arrays: Mapping[str, Any]) -> None:
    """Write arrays uncompressed: then no file can hold more than its own size, and loading can rely on that."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)


def check_members(archive: zipfile.ZipFile, size: int, first: str) -> None:
    """Raise Damage for a zip that ``write`` cannot have written. size : its bytes; first : an array it must hold."""
    members = archive.infolist()
    if f"{first}.npy" not in {m.filename for m in members}:
        raise Damage(f"is no saved model (it lacks '{first}')")
    if any(m.compress_type != zipfile.ZIP_STORED or m.flag_bits & 1 for m in members):
        raise Damage("is no saved model of ours (it is compressed or encrypted)")
    if sum(m.file_size for m in members) > size or len({m.filename for m in members}) != len(members):
        raise Damage("is damaged (its parts are larger than the file, or stand twice)")


def read(archive: zipfile.ZipFile, name: str, dtype: np.dtype, shape: tuple[int, ...] | None) -> Any:
    """One array, after checking its type and shape; ``shape`` None = any of one dimension. Raises Damage."""
    try:
        info = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise Damage(f"is damaged or of another version (it lacks '{name}')") from None
    if shape is None and info.file_size > TEXT_LIMIT:
        raise Damage(f"is damaged ('{name}' has {info.file_size:,} bytes)")
    with archive.open(info) as member:
        version = np.lib.format.read_magic(member)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        found_shape, fortran, found = read_header(member)
    fits = len(found_shape) == 1 if shape is None else found_shape == tuple(shape)
    if found != dtype or not fits or fortran or int(np.prod(found_shape)) * found.itemsize > info.file_size:
        what = f"'{name}' is {found} {found_shape}; {dtype} {shape} is expected"
        raise Damage(f"is damaged or of another version ({what})")
    with archive.open(info) as member:
        return np.lib.format.read_array(member, allow_pickle=False)
