"""Eight words side by side: each is what it would be alone."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from diffusion_sim import rng
from diffusion_sim.compiled import integer_lanes, lane_memory, lanes

RNG = np.random.default_rng(4)


def eight(top=2**64):
    return RNG.integers(0, top, lanes.WIDTH, dtype=np.uint64, endpoint=False)


@numba.njit
def to_array(lanes_of_words, out):
    low, high = integer_lanes.number_of(lanes_of_words & rng.LOW), integer_lanes.number_of(lanes_of_words >> rng.S32)
    for j in range(lanes.WIDTH):
        out[0, j], out[1, j] = lanes.lane(low, j), lanes.lane(high, j)


def numbers(out):
    return out[1].astype(np.uint64) << np.uint64(32) | out[0].astype(np.uint64)


PLAIN = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "and": lambda x, y: x & y,
    "or": lambda x, y: x | y,
    "xor": lambda x, y: x ^ y,
    "left shift": lambda x, y: x << y,
    "right shift": lambda x, y: x >> y,
}


@pytest.mark.parametrize("name", PLAIN)
def test_operators_are_those_of_each_word(name):
    plain = PLAIN[name]
    apply = numba.njit(plain)

    @numba.njit
    def run(a, b, out):
        x, y = lane_memory.load_lanes(a, 0, 0), lane_memory.load_lanes(b, 0, 0)
        to_array(apply(x, y), out[0])
        to_array(apply(x, b[0]), out[1])
        to_array(apply(a[0], y), out[2])

    shift = "shift" in name
    a, b, out = eight(), eight(64 if shift else 2**64), np.zeros((3, 2, lanes.WIDTH))
    run(a, b, out)
    for found, expected in zip(out, (plain(a, b), plain(a, b[0]), plain(a[0], b)), strict=True):
        assert numbers(found).tolist() == expected.tolist()


def test_eight_draws_are_eight_single_draws():
    @numba.njit
    def run(seed, key, tag, purpose, occasion, out):
        keys, tags = integer_lanes.all_alike(key), integer_lanes.all_alike(tag)
        for row, word in enumerate(rng.eight_words(seed, keys, tags, purpose, integer_lanes.from_on(occasion))):
            to_array(word, out[row])

    for seed, key, tag in eight(2**64 - 1)[:6].reshape(2, 3):
        tag &= np.uint64(0xFFFFFFFF)
        for occasion in (0, 5, 2**24 - 8):
            out = np.zeros((4, 2, lanes.WIDTH))
            run(seed, key, tag, np.uint64(rng.TIE), np.uint64(occasion), out)
            single = [rng.words(seed, key, tag, rng.TIE, occasion + j) for j in range(lanes.WIDTH)]
            assert [numbers(row).tolist() for row in out] == [list(column) for column in zip(*single, strict=True)]


@pytest.mark.parametrize("bits", [0, 1, 0b10110010, 255])
def test_lanes_of_a_mask_are_kept_one_behind_the_other(bits):
    @numba.njit
    def run(values, bits, out, counts):
        mask = integer_lanes.mask_of(bits)
        lane_memory.keep(out, 1, 2, mask, lane_memory.load_lanes(values, 0, 0))
        counts[0] = lanes.count(mask)
        counts[1] = lanes.bits_of(integer_lanes.any_bits(integer_lanes.from_on(np.uint64(0)) & bits))

    values, out, counts = RNG.normal(size=lanes.WIDTH), np.full((3, 12), -9.0), np.zeros(2, np.int64)
    run(values, np.uint64(bits), out, counts)
    chosen = [values[j] for j in range(lanes.WIDTH) if bits >> j & 1]
    assert out[1, 2 : 2 + len(chosen)].tolist() == chosen and counts[0] == len(chosen)
    out[1, 2 : 2 + len(chosen)] = -9.0
    assert (out == -9.0).all()
    assert counts[1] == sum(1 << j for j in range(lanes.WIDTH) if j & bits)


def test_arrays_that_would_be_misread_are_refused():
    load = numba.njit(lambda table: integer_lanes.any_bits(lane_memory.load_lanes(table, 0, 0)))
    for table in (np.zeros((1, 8), np.int64), np.zeros((8, 8), np.uint64)[:, ::2]):
        with pytest.raises(TypeError, match="an array of float64 or uint64"):
            load(table)
    first = integer_lanes.mask_of
    write = numba.njit(lambda table: lane_memory.keep(table, 0, 0, first(np.uint64(1)), lanes.filled(1.0)))
    with pytest.raises(TypeError, match="an array of float64"):
        write(np.zeros((1, 8), np.uint64))
