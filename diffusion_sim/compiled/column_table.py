"""A table kept by columns: the weekly loop reads eight neighbouring rows of a column with one instruction.

A row is like a record. The table cuts it into words of eight bytes and holds the first words of all rows side by side,
then the second words, and so on. Columns of less than eight bytes share a word, as in the record. Compiled kernels take
a table as one argument and write ``table[i].skill`` as for an array of records (column_table_numba.py); Python reads
and fills ``table.skill``.
"""

from __future__ import annotations

import math
import mmap
import operator
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

WORD, LINE = 8, 64  # bytes of a word and of a cache line
HUGE, LARGE = 2**21, 2**22  # bytes of a large page; bytes from which an array is put into such pages
SPARE = 8  # rows beyond the last one that may be read; what is read there is ignored


def zeros(shape: tuple[int, ...], dtype: Any = np.float64) -> Any:
    """An array of zeros that begins on a cache line.

    A large array lies in large pages of memory where the system has them: the processor has to look up where each page
    lies, and ties to other schools lead to any page.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    edge = LINE
    if size >= LARGE and hasattr(mmap, "MADV_HUGEPAGE"):
        edge = HUGE
        memory = mmap.mmap(-1, size + edge, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        with suppress(OSError):  # Python knows large pages, but the system may not have them
            memory.madvise(mmap.MADV_HUGEPAGE)
        raw = np.frombuffer(memory, np.uint8)
    else:
        raw = np.zeros(size + edge, np.uint8)
    start = -raw.ctypes.data % edge
    return raw[start : start + size].view(dtype).reshape(shape)


def copied(array: Any) -> Any:
    """A copy of an array, of the same class, made as ``zeros`` makes it.

    It copies bytes, because copying records column by column takes ten times as long.
    """
    fresh = zeros(array.shape, array.dtype)
    fresh.reshape(-1).view(np.uint8)[:] = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return fresh.view(type(array))


def as_attribute(name: str, get: Callable[[Any, str], Any]) -> property:
    """The attribute that reads and fills a column of a table, which ``get`` finds.

    Tables have properties and no __getattr__, because Numba asks every argument of a call for attributes that it does
    not have, and each time __getattr__ would run.
    """

    def read(table: Any) -> Any:
        try:
            return get(table, name)
        except (IndexError, KeyError, ValueError):
            raise AttributeError(f"rows have no column '{name}'") from None

    def fill(table: Any, values: Any) -> None:
        read(table)[:] = values

    return property(read, fill)


@cache
def _known(dtype: np.dtype) -> np.dtype:
    """The type of the rows, the same object for equal types; makes its columns attributes of Columns.

    Raises ValueError for a record that cannot be kept by columns.
    """
    for name, (kind, place, *_) in (dtype.fields or {}).items():
        if kind.shape or place // WORD != (place + kind.itemsize - 1) // WORD:
            raise ValueError(f"column '{name}' does not lie within one word")
        if not isinstance(getattr(Columns, name, property()), property):
            raise ValueError(f"a column cannot be called '{name}'")
        setattr(Columns, name, as_attribute(name, operator.getitem))
    if not dtype.names or dtype.itemsize % WORD:
        raise ValueError("a row is not made of whole words")
    return dtype


class Columns:
    """``size`` rows of a record, zero but for the columns given."""

    __slots__ = ("address", "dtype", "size", "stride", "words")

    def __init__(self, dtype: np.dtype, size: int, **columns: Any) -> None:
        # An odd number of cache lines, so that the words of one row do not compete for the same places of the cache.
        lines = (size + SPARE) * WORD // LINE + 1 | 1
        self.dtype = _known(dtype)  # of a row, seen as a record
        self.size = size
        self.stride = lines * LINE  # bytes from one word of a row to the next
        self.words = zeros((self.stride * (dtype.itemsize // WORD),), np.uint8)
        self.address = self.words.ctypes.data  # of the first word of row 0, where a cache line begins
        for name, values in columns.items():
            self[name] = values

    def __getitem__(self, which: Any) -> Any:
        """A column by its name, as the same memory; or several rows, by an array of numbers or truth values, as a copy.

        Raises TypeError for the number of a single row: one could not write through it, as one can in kernels.
        """
        if type(which) is not str:
            if not isinstance(which, np.ndarray | slice):
                raise TypeError(f"found {which!r:.40}; the name of a column, or an array of rows, is allowed")
            number = np.arange(self.size)[which]
            return Columns(self.dtype, number.size, **{name: self[name][number] for name in self.dtype.names or ()})
        kind, place = self.dtype.fields[which][:2]  # type: ignore[index]
        offset = place // WORD * self.stride + place % WORD
        return np.ndarray((self.size,), kind, self.words, offset, (WORD,))

    def __setitem__(self, name: str, values: Any) -> None:
        self[name][:] = values

    def __len__(self) -> int:
        return self.size

    def copy(self) -> Columns:
        """A copy that begins on a cache line too."""
        fresh = Columns(self.dtype, self.size)
        fresh.words[:] = self.words
        return fresh

    def __reduce__(self) -> Any:
        return _restored, (self.dtype, self.size, self.words.tobytes())

    def tobytes(self) -> bytes:
        """All rows as bytes, one column after the other."""
        return b"".join(self[name].tobytes() for name in self.dtype.names or ())

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


def _restored(dtype: np.dtype, size: int, words: bytes) -> Columns:
    """A table as it was pickled."""
    table = Columns(dtype, size)
    table.words[:] = np.frombuffer(words, np.uint8)
    return table
