"""The table of teachers: columns in Python, rows in compiled code, the same memory."""

from __future__ import annotations

import pickle
from copy import copy as shallow
from copy import deepcopy

import numba
import numpy as np
import pytest

import diffusion_sim.compiled.column_table_numba  # noqa: F401  Numba knows tables from here on
from diffusion_sim.compiled import column_table
from diffusion_sim.compiled.column_table import Columns
from diffusion_sim.state.tables import FACE, TEACHER


def filled(size=9):
    table = Columns(TEACHER, size, post=np.arange(size), leader=-1)
    for number, name in enumerate(TEACHER.names):
        if name not in ("post", "leader"):
            table[name] = np.arange(size) + number
    return table


def test_every_column_is_its_own_memory_of_its_own_kind():
    table = filled()
    for number, name in enumerate(TEACHER.names):
        column = getattr(table, name)
        assert column.dtype == TEACHER[name] and column.shape == (9,) and np.shares_memory(column, table.words)
        if name not in ("post", "leader"):
            assert np.array_equal(column, np.arange(9) + number), name
    assert table.leader.tolist() == [-1] * 9 and len(table) == table.size == 9
    assert table.address % 64 == 0 and table.stride % 128 == 64  # begins on a cache line; an odd number of them


def test_columns_are_filled_by_name_only():
    table = filled()
    table.skill = 0.25
    table["skill"][3] = 0.5
    assert table.skill.tolist() == [0.25] * 3 + [0.5] + [0.25] * 5
    with pytest.raises(AttributeError, match="no attribute 'skil'"):
        table.skil = 1.0
    with pytest.raises(AttributeError, match="no attribute 'skil'"):
        _ = table.skil
    other = Columns(FACE, 2)
    assert other.conviction.tolist() == [0.0, 0.0]
    with pytest.raises(AttributeError, match="rows have no column 'stage'"):
        _ = other.stage


@pytest.mark.parametrize("which", [3, np.int64(3), None, 1.0, (1, 2)])
def test_single_rows_are_refused(which):
    """A copy would look like a place in the table."""
    with pytest.raises(TypeError, match="the name of a column, or an array of rows, is allowed"):
        _ = filled()[which]
    with pytest.raises(TypeError):
        list(filled())


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (np.dtype([("a", "u1"), ("b", "f8")]), "'b' does not lie within one word"),
        (np.dtype([("a", "f8"), ("b", "u1")]), "not made of whole words"),
        (np.dtype([("a", "f8", (2,))]), "'a' does not lie within one word"),
        (np.dtype([("stride", "f8")]), "cannot be called 'stride'"),
        (np.dtype([("copy", "f8")]), "cannot be called 'copy'"),
        (np.dtype("f8"), "not made of whole words"),
    ],
)
def test_records_that_cannot_be_kept_so_are_refused(record, said):
    with pytest.raises(ValueError, match=said):
        Columns(record, 3)


def test_a_system_without_large_pages_gets_others(monkeypatch):
    class Memory(column_table.mmap.mmap):
        def madvise(self, option):
            raise OSError(22, "Invalid argument")

    monkeypatch.setattr(column_table.mmap, "mmap", Memory)
    made = column_table.zeros((column_table.LARGE,))
    assert not made.any() and made.ctypes.data % 64 == 0


@pytest.mark.parametrize("which", [np.array([4, 2]), np.array([False, True, True] * 3), slice(None, None, 2)])
def test_picked_rows_are_a_copy(which):
    table = filled()
    picked = table[which]
    assert all(np.array_equal(picked[name], table[name][which]) for name in TEACHER.names)
    picked.skill = -1.0
    assert table.skill.min() >= 0


@pytest.mark.parametrize(
    "copied", [Columns.copy, deepcopy, shallow, lambda table: pickle.loads(pickle.dumps(table))]
)
def test_copies_are_alike_and_independent(copied):
    table = filled()
    copy = copied(table)
    assert move(copy, 0, 1) and copy.dtype == TEACHER  # compiled code takes it
    copy = copied(table)
    assert copy.tobytes() == table.tobytes() and copy.address % 64 == 0
    copy.gain[0] += 1
    assert copy.tobytes() != table.tobytes()


@numba.njit
def move(table, source, target):
    t = table[target]
    t.skill = table[source].skill + 0.5
    t.stage = table[source].stage
    t.leader = table[source].leader - 1
    t.origin = table[source].origin
    table.grade[target] = 7
    return table.size, t.tag, table.tag.sum(), table.stage[source]


def test_compiled_code_reads_and_writes_the_same_memory():
    table = filled()
    before = {name: table[name].copy() for name in TEACHER.names}
    size, tag, tags, stage = move(table, 2, np.int32(8))
    assert (size, tag, tags, stage) == (9, before["tag"][8], before["tag"].sum(), before["stage"][2])
    before["skill"][8] = before["skill"][2] + 0.5
    before["leader"][8] = -2
    before["grade"][8] = 7
    for name in ("stage", "origin"):
        before[name][8] = before[name][2]
    assert all(np.array_equal(table[name], values) for name, values in before.items())


def test_unknown_columns_are_refused_when_compiling():
    for wrong in (lambda table: table[0].skil, lambda table: table.skil):
        with pytest.raises(numba.TypingError, match="skil"):
            numba.njit(wrong)(filled())


def test_tables_of_other_rows_have_another_type():
    first = numba.njit(lambda table: table[0].shown)
    assert first(Columns(FACE, 3, shown=[4.0, 5.0, 6.0])) == 4.0


@pytest.mark.parametrize("size", [1, 1000, column_table.LARGE // 8 + 5])
def test_zeros_begin_on_a_cache_line(size):
    made = column_table.zeros((2, size))
    assert made.shape == (2, size) and made.dtype == np.float64 and not made.any() and made.ctypes.data % 64 == 0
    made += 1.0
    copy = column_table.copied(made)
    copy[0, 0] = 5.0
    assert made[0, 0] == 1.0 and copy[1, -1] == 1.0
