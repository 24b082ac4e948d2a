"""Keyed random numbers: the published vectors, the law, and that a key is all that counts."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest

from diffusion_sim import rng

# Known-answer vectors of Philox4x32-10 distributed with Random123 (Salmon et al. 2011): counter, key, result.
VECTORS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
KEYS = np.arange(200_000, dtype=np.uint64)
ERROR_RATE = 1e-6  # of each statistical test below, two-sided: 4.9 standard errors
Z = 4.9


@pytest.mark.parametrize(("counter", "key", "result"), VECTORS)
def test_philox_gives_the_published_vectors(counter, key, result):
    words = rng.philox(*(np.uint64(c) for c in counter), *(np.uint64(k) for k in key))
    assert tuple(int(w) for w in words) == result


def test_a_draw_is_laid_out_as_documented():
    seed, key, tag, purpose, occasion = 0x1122334455667788, 0x99AABBCCDDEEFF00, 0x00050003, rng.TRY, 7
    expected = rng.philox(
        *(np.uint64(c) for c in (0xDDEEFF00, 0x99AABBCC, tag, purpose << 24 | occasion, 0x55667788, 0x11223344))
    )
    assert tuple(rng.words(np.uint64(seed), np.uint64(key), tag, purpose, occasion)) == tuple(expected)
    assert int(rng.person_tag(5, 3)) == tag


def test_entity_keys_are_blake2b_of_the_ids():
    digest = hashlib.blake2b(b"D1\x1fS2", digest_size=8).digest()
    assert rng.entity_key("D1", "S2") == int.from_bytes(digest, "little")
    assert rng.entity_key("D1", "S2") != rng.entity_key("D1S", "2")


def test_purposes_are_all_different():
    numbers = [v for k, v in vars(rng).items() if k.isupper() and not k.startswith("_") and isinstance(v, int)]
    assert len(numbers) > 30
    assert len(numbers) == len(set(numbers))
    assert max(numbers) < 256


def test_uniforms_are_uniform_and_never_0_or_1():
    u = rng.uniforms(3, KEYS, 0, rng.AWARE, 0)
    assert u.min() > 0.0
    assert u.max() < 1.0
    assert abs(u.mean() - 0.5) < Z / math.sqrt(12 * u.size)
    # Kolmogorov's bound: P(sqrt(n) D > 2.7) = 2 exp(-2 * 2.7^2) < 1e-6
    gap = np.abs(np.sort(u) - (np.arange(u.size) + 0.5) / u.size).max()
    assert gap * math.sqrt(u.size) < 2.7


def test_the_extremes_of_unit_stay_inside():
    top = np.uint64(0xFFFFFFFF)
    assert 0.0 < rng.unit(np.uint64(0), np.uint64(0)) < 1e-15
    assert 1.0 - 1e-15 < rng.unit(top, top) < 1.0


def test_normals_are_normal():
    z = rng.normals(3, KEYS, 0, rng.SKILL, 0)
    n = z.size
    assert abs(z.mean()) < Z / math.sqrt(n)
    assert abs((z**2).mean() - 1.0) < Z * math.sqrt(2.0 / n)
    assert abs((z**4).mean() - 3.0) < Z * math.sqrt(96.0 / n)


@pytest.mark.parametrize("change", ["seed", "key", "tag", "purpose", "occasion"])
def test_any_change_of_the_key_gives_an_unrelated_draw(change):
    base = {"seed": 5, "tag": 9, "purpose": rng.STOP, "occasion": 2}
    other = dict(base)
    keys = KEYS
    if change == "key":
        keys = KEYS + np.uint64(KEYS.size)
    else:
        other[change] += 1
    a = rng.uniforms(base["seed"], KEYS, base["tag"], base["purpose"], base["occasion"])
    b = rng.uniforms(other["seed"], keys, other["tag"], other["purpose"], other["occasion"])
    assert abs(np.corrcoef(a, b)[0, 1]) < Z / math.sqrt(a.size)


def test_compiled_and_plain_python_agree():
    with np.errstate(over="ignore"):
        plain = rng.philox.py_func(*(np.uint64(c) for c in (1, 2, 3, 4, 5, 6)))
    assert tuple(plain) == tuple(rng.philox(*(np.uint64(c) for c in (1, 2, 3, 4, 5, 6))))
