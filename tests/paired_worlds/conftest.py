"""A small world of several districts, and how to tell whether two runs are the same for every teacher."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from diffusion_sim.model import ReformModel

from ..small_world import write_case


def rows_of(schools=14, seed=3):
    """Rows of about 200 teachers in four districts; one school is outside the programme."""
    rng = random.Random(seed)
    return [
        {
            "district_id": ("east", "north", "south", "west")[i % 4],
            "school_id": f"s{(5 * i) % 100:02d}",
            "teachers": rng.choice((4, 9, 15, 28)),
            "poverty": round(rng.random(), 3),
            "achievement": round(rng.gauss(0, 1), 3),
            "programme": 0 if i == 5 else 1,
        }
        for i in range(schools)
    ]


_made = itertools.count()


class Worlds:
    """Makes scenarios and models of tables."""

    rows = staticmethod(rows_of)

    def __init__(self, folder):
        self.folder = folder

    def case(self, rows=None, extra="", name=None, **options):
        # a name of its own: nothing kept from another world can make two worlds look the same
        name = name or f"world_{next(_made)}"
        return write_case(self.folder, rows_of() if rows is None else rows, name, extra, **options)

    def model(self, strategy, rows=None, overrides=None, seed=11, **options):
        return ReformModel(self.case(rows), rng=seed, strategy=strategy, overrides=overrides, **options)


def same_arrays(a, b, without=()):
    """Names of the arrays of two models' states that are not equal bit for bit."""
    left, right = a.state.arrays(), b.state.arrays()
    assert left.keys() == right.keys()

    def equal(name):
        return np.array_equal(left[name], right[name], equal_nan=left[name].dtype.kind == "f")

    return [name for name in left if name not in without and not equal(name)]


def column_of(model, name):
    """A column of teachers; leaders' rows as seen from the own row, for rows shift where a school is put before."""
    column = model.state.teachers[name]
    return np.where(column >= 0, column - np.arange(column.size), column - 2**20) if name == "leader" else column


def other_teachers(a, b, outside=lambda name: False, without=("school",)):
    """Ids of the posts of ``a`` whose teacher is not equal, column by column and bit for bit, to that of ``b``.

    Posts are matched by district, school and number; ``outside`` leaves districts out."""
    places = []
    for model in (a, b):
        t, table = model.state.teachers, model.world.table
        places.append([(table.district_id[s], table.school_id[s], p) for s, p in zip(t.school, t.post, strict=True)])
    row_of = {place: row for row, place in enumerate(places[1])}
    mine = [row for row, place in enumerate(places[0]) if not outside(place[0])]
    theirs = [row_of[places[0][row]] for row in mine]
    differs = np.zeros(len(mine), bool)
    for name in a.state.teachers.dtype.names:
        if name not in without:
            differs |= column_of(a, name)[mine] != column_of(b, name)[theirs]
    differs |= np.array(a.teacher_ids(mine)) != np.array(b.teacher_ids(theirs))
    return [places[0][row] for row, off in zip(mine, differs.tolist(), strict=True) if off]


@pytest.fixture
def worlds(tmp_path):
    return Worlds(tmp_path)


@pytest.fixture
def differing_arrays():
    return same_arrays


@pytest.fixture
def differing_teachers():
    return other_teachers
