"""Which ties and grade bands a summer leaves, against plain Python by docs/networks.md."""

from __future__ import annotations

import numpy as np

from diffusion_sim import rng
from diffusion_sim.network.advice import CROSS_ROOM, NetworkParams, build, end_ties
from diffusion_sim.network.traits import band_of

from .worlds import DEFAULTS, world

SEED, YEAR = np.uint64(1), 2
CHANGES = {"cross_share": 0.3, "grade_change": 0.3, "tie_loss": 0.2, "tie_loss_changed": 0.6, "nobody_share": 0.0}
P = NetworkParams(**(DEFAULTS | CHANGES))
SIZES = [9, 1, 14, 31, 2, 60]


def words(teachers, i, purpose, occasion) -> list[int]:
    return [int(word) for word in rng.words(SEED, teachers.origin[i], teachers.tag[i], purpose, occasion)]


def chances(teachers, i) -> list[float]:
    """16 bits for each tie by its place, of 64 bits the lowest first."""
    a, b, c, d = words(teachers, i, rng.TIE_LOSS, 2 * YEAR + 2)
    e, f, g, h = words(teachers, i, rng.TIE_LOSS, 2 * YEAR + 3)
    return [((half >> 16 * k) % 2**16 + 0.5) / 2**16 for half in (b, a, d, c, f, e, h, g) for k in (0, 1)]


def test_what_a_summer_leaves():
    teachers, schools, districts = world(SIZES)
    network = build(1, teachers, schools, districts, P)
    before = [network.target[a : a + n].tolist() for a, n in zip(network.first[:-1], network.degree, strict=True)]
    inside, grades = network.within.copy(), teachers.grade.copy()
    new = (np.arange(teachers.size) % 6 == 1).astype(np.uint8)
    changed, look = np.zeros_like(new), np.zeros_like(new)
    end_ties(0, schools.size, SEED, YEAR, teachers, schools, network, new, changed, look, P)
    bands = []
    for i in range(teachers.size):
        a, b, _, _ = words(teachers, i, rng.GRADE_CHANGE, YEAR)
        moves = not new[i] and (a + 0.5) / 2**32 < P.grade_change
        bands.append(band_of.py_func((b + 0.5) / 2**32, schools.posts[teachers.school[i]]) if moves else grades[i])
    assert teachers.grade.tolist() == bands and (changed == (teachers.grade != grades)).all() and changed.sum() > 15
    for i, row in enumerate(before):
        near, far = row[: inside[i]], row[inside[i] :]
        found = network.target[network.first[i] : network.first[i + 1]].tolist()
        if new[i]:
            assert set(found) <= {-1} and not look[i]
            continue
        chance = dict(zip(near, chances(teachers, i), strict=False))
        loss = {j: P.tie_loss_changed if changed[i] or changed[j] else P.tie_loss for j in near}
        kept = [j for j in near if not new[j] and chance[j] >= loss[j]]
        ended = [j for j in near if not new[j] and chance[j] < loss[j]]
        last = [j for j in far if not new[j]]
        room = len(found) - CROSS_ROOM
        assert found[:room] == kept + ended + [-1] * (room - len(kept + ended))
        assert found[room : room + len(last)] == last and network.within[i] == len(kept)
        assert network.degree[i] == len(kept + last) and look[i] == (last != far)
    assert look.sum() > 2 and (network.within < inside).sum() > 40
