"""Who is found by reciprocity and by transitivity, and who leads, against plain Python by docs/networks.md."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim import rng
from diffusion_sim.network.advice import WITHIN_ROOM, NetworkParams, empty
from diffusion_sim.network.within import close, padded, race

from .worlds import DEFAULTS, world

SEED = np.uint64(9)
SIZES = [0, 1, 2, 3, 5, 9, 31, 60, 120]
P = NetworkParams(**(DEFAULTS | {"reciprocal_share": 0.35, "transitive_share": 0.3}))


def raced(summer, sought):
    """A network after the race, by school: rows of posts that each post has so far."""
    teachers, schools, _ = world(SIZES)
    network, most = empty(schools), padded(max(SIZES))
    bits, lane = np.zeros((2, most), np.uint64), np.empty((3, most))
    race(0, len(SIZES), SEED, summer, teachers, schools, network, sought, P, bits, lane)
    rows = [network.target[a : a + n].tolist() for a, n in zip(network.first[:-1], network.within, strict=True)]
    return teachers, schools, network, rows


def closed(members, teachers, rows, sought, summer):
    """The rows of a school's members when all places are filled, and how many ask each of them."""
    early = {i: rows[i][: len(rows[i]) - sought[i, 0]] for i in members}
    asks_me = {i: [j for j in members if i in early[j]] for i in members}
    done = {}
    for i in members:
        row, reserve = list(early[i]), rows[i][len(early[i]) :]
        for place in range(sought[i, 0]):
            who = (SEED, teachers.origin[i], teachers.tag[i])
            words = rng.words(*who, rng.TIE_RENEWAL, 16 * summer + place + 1)
            u = [(int(word) + 0.5) / 2**32 for word in words]
            for first, second in ((u[0], u[1]), (u[2], u[3])):
                if place < sought[i, 1]:
                    pool, at = asks_me[i], first
                else:
                    pool, at = early[early[i][int(first * len(early[i]))]] if early[i] else [], second
                found = pool[int(at * len(pool))] if pool else i
                if found != i and found not in row:
                    row.append(found)
                    break
        row += [j for j in reserve if j not in row][: len(rows[i]) - len(row)]
        done[i] = row
    return done, {i: sum(i in row for row in done.values()) for i in members}


@pytest.mark.parametrize("summer", [0, 4])
def test_places_and_leaders(summer):
    sought = np.zeros((sum(SIZES), 2), np.uint8)
    teachers, schools, network, rows = raced(summer, sought)
    network.leader[:] = led = np.arange(sum(SIZES)) % 5 == 0
    look, leads = np.zeros(sum(SIZES), np.uint8), np.empty(len(SIZES), np.int64)
    asked, first = np.empty((2, max(SIZES) + 2), np.int32)
    asker = np.empty(max(SIZES) * WITHIN_ROOM, np.int32)
    close(0, len(SIZES), SEED, summer, teachers, schools, network, sought, look, leads, asked, first, asker)
    new = 0
    for s, size in enumerate(SIZES):
        members = range(schools.first[s], schools.first[s] + size)
        expected, asks = closed(members, teachers, rows, sought, summer)
        for i in members:
            found = network.target[network.first[i] : network.first[i + 1]]
            assert found[: network.within[i]].tolist() == expected[i]
            assert (found[network.within[i] :] == -1).all()
            new += len(set(expected[i]) - set(rows[i]))
        most = min((i for i in members if asks[i] == max(asks.values())), default=-1)
        assert leads[s] == most or not size
        assert [network.leader[i] for i in members] == [i == most for i in members]
    assert (look == (network.leader != led)).all() and look.any()
    assert new > 150 and (sought[:, 0] > sought[:, 1]).sum() > 40 < (sought[:, 1] > 0).sum()
