"""Lanes and tiles: every lane is worked out as it would be alone, and rows come back as they were."""

from __future__ import annotations

import math
import operator

import numba
import numpy as np
import pytest

from diffusion_sim.compiled import lane_memory, lanes
from diffusion_sim.compiled.column_table import Columns
from diffusion_sim.compiled.elementary_functions import exp
from diffusion_sim.state.codes import AWARE, DISCONTINUED, ROUTINE, TRIAL, UNAWARE
from diffusion_sim.state.tables import FACE, FACE_NUMBERS, NEAR, NOBODIES, TEACHER
from diffusion_sim.week import visible_use
from diffusion_sim.week.teacher_rules import (
    EVER,
    INVITED,
    MARKED,
    OWNED,
    STAGE,
    VISIBLE,
    who_stands,
)

RNG = np.random.default_rng(20)


def eight(low=-3.0, high=3.0):
    return np.append(RNG.uniform(low, high, lanes.WIDTH), np.zeros(lanes.WIDTH))


def lanewise(function, *kinds):
    """``function`` of Lanes or floats as a kernel that fills an array; kinds : "lanes" or "float" of each argument."""
    one, two = (kind == "lanes" for kind in kinds)

    @numba.njit
    def run(a, b, out):
        x, y = lane_memory.load_lanes(a, 0, 0), lane_memory.load_lanes(b, 0, 0)
        for j in range(lanes.WIDTH):
            if one and two:
                out[j] = lanes.lane(function(x, y), j)
            elif one:
                out[j] = lanes.lane(function(x, b[0]), j)
            else:
                out[j] = lanes.lane(function(a[0], y), j)

    return run


PAIRS = [("lanes", "lanes"), ("lanes", "float"), ("float", "lanes")]
OPERATORS = [(name, kinds) for name in ("add", "sub", "mul", "truediv", "pow", "min", "max") for kinds in PAIRS]


@pytest.mark.parametrize(
    ("name", "kinds"),
    OPERATORS + [(name, kinds) for name in ("iadd", "isub", "imul", "itruediv") for kinds in PAIRS[:2]],
)
def test_arithmetic_is_that_of_each_lane(name, kinds):
    compiled = {
        "add": numba.njit(lambda x, y: x + y),
        "sub": numba.njit(lambda x, y: x - y),
        "mul": numba.njit(lambda x, y: x * y),
        "truediv": numba.njit(lambda x, y: x / y),
        "pow": numba.njit(lambda x, y: x**y),
        "min": numba.njit(lambda x, y: min(x, y)),
        "max": numba.njit(lambda x, y: max(x, y)),
        "isub": numba.njit(lambda x, y: operator.isub(x, y)),
        "itruediv": numba.njit(lambda x, y: operator.itruediv(x, y)),
        "iadd": numba.njit(lambda x, y: operator.iadd(x, y)),
        "imul": numba.njit(lambda x, y: operator.imul(x, y)),
    }[name]
    plain = {"min": np.minimum, "max": np.maximum}
    a, b, out = eight(0.1), eight(0.1), np.zeros(lanes.WIDTH)
    lanewise(compiled, *kinds)(a, b, out)
    x, y = (v[: lanes.WIDTH] if kind == "lanes" else np.float64(v[0]) for v, kind in zip((a, b), kinds, strict=True))
    expected = plain.get(name, getattr(operator, name.removeprefix("i"), None))(x, y)
    assert out == pytest.approx(expected, rel=1e-15 if name == "pow" else 0, abs=0)


@numba.njit
def masks(a, b, count):
    x, y = lane_memory.load_lanes(a, 0, 0), lane_memory.load_lanes(b, 0, 0)
    first = lanes.first_lanes(count)
    found = (x >= y, x > y, x <= y, x < y, ~(x < y), (x > 0.0) & (y > 0.0), (x > 0.0) | (y > 0.0), first)
    bits = np.empty(8, np.int64)
    counts = np.empty(8, np.int64)
    for j, mask in enumerate(found):
        bits[j], counts[j] = lanes.bits_of(mask), lanes.count(mask)
    picked = lanes.pick(x > y, x, -1.0)
    return bits, counts, lanes.total(picked), lanes.total(-x), lanes.bits_of(lanes.all_if(count > 3) & first)


@pytest.mark.parametrize("count", range(1, lanes.WIDTH + 1))
def test_masks_and_sums(count):
    a, b = eight(), eight()
    b[2] = a[2]
    x, y = a[: lanes.WIDTH], b[: lanes.WIDTH]
    first = np.arange(lanes.WIDTH) < count
    truth = [x >= y, x > y, x <= y, x < y, ~(x < y), (x > 0) & (y > 0), (x > 0) | (y > 0), first]
    bits, counts, total, negative, all_or_none = masks(a, b, count)
    for j, mask in enumerate(truth):
        assert bits[j] == sum(1 << lane for lane in np.flatnonzero(mask)) and counts[j] == mask.sum()
    assert total == pytest.approx(np.where(x > y, x, -1.0).sum()) and negative == pytest.approx(-x.sum())
    assert all_or_none == (bits[7] if count > 3 else 0)


def test_choosing_among_floats_is_that_of_python():
    choose = numba.njit(lambda flag: lanes.pick(flag, 1.5, 2.5))
    assert [choose(True), choose(False)] == [1.5, 2.5] == [lanes.pick(True, 1.5, 2.5), lanes.pick(False, 1.5, 2.5)]


# ---- e**x ------------------------------------------------------------------------------------------------------------
@numba.njit
def exponentials(x, of_lanes, alone):
    for i in range(0, x.size, 8):
        found = exp(lane_memory.load_lanes(x, 0, i))
        for j in range(8):
            of_lanes[i + j] = lanes.lane(found, j)
    for i in range(x.size):
        alone[i] = exp(x[i])


def test_exponential():
    x = np.concatenate([np.linspace(-30, 30, 40_000), [0.0, 1.0, -1.0, 1e-300, 700.0, -700.0, 800.0, -800.0]])
    of_lanes, alone = np.empty_like(x), np.empty_like(x)
    exponentials(x, of_lanes, alone)
    assert np.max(np.abs(of_lanes / np.exp(np.clip(x, -700, 700)) - 1)) < 1e-15
    assert np.max(np.abs(alone / of_lanes - 1)) < 1e-15
    assert of_lanes[-8] == 1.0 and of_lanes[-7] == pytest.approx(math.e, rel=4e-16)


def test_a_lane_does_not_depend_on_the_others():
    x = RNG.uniform(-5, 5, 8)
    together, alone = np.empty(8), np.empty(8)
    exponentials(x, together, alone)
    for shift in range(8):
        moved, other = np.empty(8), np.empty(8)
        exponentials(np.roll(x, shift), moved, other)
        assert np.array_equal(np.roll(moved, -shift), together)


# ---- tiles -----------------------------------------------------------------------------------------------------------
@numba.njit
def change(table, row, count):
    skill, gain = lane_memory.load_column(table, row, "skill"), lane_memory.load_column(table, row, "gain")
    lane_memory.store_columns(table, row, count, ("skill", "gain"), (skill + 1.0, gain + 2.0))
    lane_memory.prefetch(table, row + 1000, ("skill", "gain"))
    flags = lane_memory.load_column(table, row, "stage")
    return (
        lanes.bits_of(lane_memory.byte_has(flags, STAGE, 3)),
        lanes.bits_of(lane_memory.byte_has(flags, OWNED, 1)),
        lanes.bits_of(lane_memory.byte_has(flags, VISIBLE, 1)),
        lanes.bits_of(lane_memory.byte_has(flags, INVITED, 1)),
        lanes.bits_of(lane_memory.byte_has(flags, MARKED, 1)),
        lanes.bits_of(lane_memory.byte_has(flags, EVER, 1)),
    )


@pytest.mark.parametrize("count", range(1, lanes.WIDTH + 1))
@pytest.mark.parametrize("row", [0, 3, 12])
def test_rows_come_back_as_they_were(count, row):
    table = Columns(TEACHER, 20)
    for name in TEACHER.names:
        whole = TEACHER[name].kind in "ui"
        table[name] = RNG.integers(0, 100, 20) if whole else RNG.normal(size=20)
    for name, top in (("stage", 5), ("owned", 2), ("visible", 2), ("invited", 2), ("marked", 2), ("ever", 2)):
        table[name] = RNG.integers(0, top, 20)
    before = {name: table[name].copy() for name in TEACHER.names}
    found = change(table, row, count)
    here = np.arange(20)[row : row + count]
    for name, values in before.items():
        expected = values.copy()
        expected[here] += {"skill": 1.0, "gain": 2.0}.get(name, 0)
        assert np.array_equal(table[name], expected), name
    flags = ("owned", "visible", "invited", "marked", "ever")
    truth = [before["stage"] & 3 > 0, *(before[name] == 1 for name in flags)]
    for bits, mask in zip(found, truth, strict=True):
        assert bits & ((1 << count) - 1) == sum(1 << j for j in np.flatnonzero(mask[here]))


@numba.njit
def standing(table):
    who = who_stands(lane_memory.load_column(table, 0, "stage"), lanes.first_lanes(5))
    return lanes.bits_of(who.user), lanes.bits_of(who.routine & who.user), lanes.bits_of(who.idle), lanes.bits_of(
        who.unaware
    ), lanes.bits_of(who.again)


def test_each_stage_is_told_from_the_others():
    table = Columns(TEACHER, 8, stage=[UNAWARE, AWARE, TRIAL, ROUTINE, DISCONTINUED, TRIAL, TRIAL, TRIAL])
    user, routine, idle, unaware, again = (bits & 31 for bits in standing(table))
    assert (user, routine, idle) == (0b01100, 0b01000, 0b10011)
    assert (unaware, again) == (0b00001, 0b10000)
    assert standing(table)[0] == 0b01100, "nobody beyond those present"


@numba.njit
def look_and_show(face, near, far_first, far_row, far, row, count, new_face):
    advice = np.zeros((count + lanes.WIDTH, 4))
    visible_use.look(face, near, far_first, far_row, far, row, row + count, advice)
    for start in range(0, count, lanes.WIDTH):
        seen, skill, conviction, stopped = visible_use.load_four(advice, start)
        visible_use.show(new_face, row + start, min(lanes.WIDTH, count - start), seen, skill, conviction, stopped)


@pytest.mark.parametrize("count", range(1, 14))
def test_sums_over_advisers(count):
    size, row = 20, 4
    face = np.zeros((size + NOBODIES, FACE_NUMBERS))
    face[:size] = RNG.random((size, FACE_NUMBERS))
    asks = [RNG.choice(size, RNG.integers(0, 14), replace=False) for _ in range(size)]
    asks[row] = np.arange(13)
    near = np.full((size, NEAR), size, np.uint32)
    blocks: list[tuple[int, np.ndarray]] = []
    far_first = np.zeros(size + 1, np.uint32)
    for i, advisers in enumerate(asks):
        far_first[i] = len(blocks)
        near[i, : min(NEAR, advisers.size)] = advisers[:NEAR]
        for start in range(NEAR, advisers.size, NEAR):
            block = np.full(NEAR, size, np.uint32)
            block[: advisers[start : start + NEAR].size] = advisers[start : start + NEAR]
            blocks.append((i, block))
    far_first[size] = len(blocks)
    far_row = np.array([i for i, _ in blocks], np.uint32)
    far = np.array([block for _, block in blocks], np.uint32)
    shown = np.full((size + NOBODIES, FACE_NUMBERS), 9.0)
    records = (face.view(FACE)[:, 0], shown.view(FACE)[:, 0])
    look_and_show(
        records[0], FACE_NUMBERS * near, far_first, far_row, FACE_NUMBERS * far, row, count, records[1]
    )
    for i in range(size + NOBODIES):
        if row <= i < row + count:
            assert shown[i] == pytest.approx(face[asks[i]].sum(axis=0), rel=1e-14)
        else:
            assert (shown[i] == 9.0).all()


# ---- contracts -------------------------------------------------------------------------------------------------------
def test_columns_of_one_byte_share_a_word():
    begin = TEACHER.fields["stage"][1]
    named = ("stage", "owned", "visible", "invited", "marked", "ever")
    assert begin % 8 == 0 and FACE.itemsize == 32
    assert [TEACHER.fields[name][1] - begin for name in named] == [STAGE, OWNED, VISIBLE, INVITED, MARKED, EVER]
    assert all(0 <= byte < 8 for byte in (STAGE, OWNED, VISIBLE, INVITED, MARKED, EVER))


@numba.njit
def first_of(numbers):
    return lanes.lane(lane_memory.load_lanes(numbers, 0, 0), 0)


@pytest.mark.parametrize("numbers", [np.arange(40.0)[::2], np.arange(40), np.arange(40, dtype=np.float32)])
def test_what_would_be_misread_is_refused(numbers):
    with pytest.raises(TypeError, match="an array of float64 or uint64, one behind the other"):
        first_of(numbers)


@pytest.mark.parametrize("table", [np.zeros(20), np.zeros(20, FACE), np.zeros(20, TEACHER)])
def test_tables_that_would_be_misread_are_refused(table):
    with pytest.raises(TypeError, match="a table kept by columns"):
        change(table, 0, 8)


def test_columns_that_begin_no_word_are_refused():
    owned = numba.njit(lambda table: lanes.lane(lane_memory.load_column(table, 0, "owned"), 0))
    with pytest.raises(TypeError, match="a column that begins a word"):
        owned(Columns(TEACHER, 20))
    tag = numba.njit(lambda table: lanes.lane(lane_memory.load_column(table, 0, "tag"), 0))
    with pytest.raises(TypeError, match="a column of float64"):
        tag(Columns(TEACHER, 20))


def test_nan_stays_nan():
    x = np.array([np.nan, 0.0, np.inf, -np.inf, np.nan, 1.0, 2.0, 3.0])
    together, alone = np.empty(8), np.empty(8)
    exponentials(x, together, alone)
    assert np.array_equal(np.isnan(together), np.isnan(x)) and np.array_equal(np.isnan(alone), np.isnan(x))
    assert together[2] == pytest.approx(math.exp(700)) and together[3] == pytest.approx(math.exp(-700))
