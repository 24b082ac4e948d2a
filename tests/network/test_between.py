"""Ties between schools against plain Python by docs/networks.md: at the start, and when leaders and staff changed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from diffusion_sim import rng
from diffusion_sim.network.advice import CROSS_ROOM, NetworkParams, build
from diffusion_sim.network.cross_school import fill_between, programme_lists
from diffusion_sim.network.traits import school_degree

from .worlds import DEFAULTS, world

SEED = np.uint64(1)
MANY = NetworkParams(**(DEFAULTS | {"cross_share": 0.2, "cross_world_share": 0.4}))
SIZES = [9, 14, 31, 60, 22, 1, 8, 0, 25, 33]
DISTRICTS = [0, 0, 0, 0, 1, 1, 1, 1, 2, 3]
PROGRAMME = np.array([1, 1, 1, 0, 1, 1, 1, 1, 1, 1])


def made():
    n = np.arange(len(SIZES))
    return world(SIZES, DISTRICTS, programme=PROGRAMME, poverty=n * 3 % 10 / 10, level=n % 2)


def share(word) -> float:
    return (int(word) + 0.5) / 2**32


def expected_row(i, kept, summer, teachers, schools, leads, p):
    """Advisers of person i in other schools: the ``kept`` ones, as far as there are places, and who is found."""
    s, district, who = teachers.school[i], schools.district, (SEED, teachers.origin[i], teachers.tag[i])
    inside = [t for t in range(schools.size) if schools.programme[t]]
    near = [t for t in inside if district[t] == district[s]]
    if s not in inside:
        return []
    degree = school_degree(SEED, schools.key[s], p.out_degree_mean, p.out_degree_school_sd)
    ties = degree * schools.posts[s] * p.cross_share / (1 - p.cross_share)  # of the whole school
    others = max(1, schools.posts[s] - 1)
    mean = ties * p.cross_leader_share if i == leads[s] else ties * (1 - p.cross_leader_share) / others
    a, b, _, _ = rng.words(*who, rng.CROSS_DEGREE, 0)
    golden = (math.sqrt(5) - 1) / 2
    far = [(share(b) + golden * k) % 1 < p.cross_world_share for k in range(min(8, int(mean + share(a))))]
    far = [out for out in far if out or len(near) > 1]
    row = kept[: len(far)]
    for place in range(len(row), len(far)):
        best = (-1.0, -1)
        for attempt in range(8):
            a, b, c, e = map(share, rng.words(*who, rng.CROSS_TIE, 256 * summer + 16 * place + attempt))
            pool = inside if far[place] else near
            t = pool[int(a * len(pool))]
            if not schools.posts[t]:
                continue
            adviser = leads[t] if c < p.cross_leader_share else schools.first[t] + int(e * schools.posts[t])
            if t == s or adviser in row:
                continue
            weight = math.exp(-p.cross_poverty_slope * abs(schools.poverty[t] - schools.poverty[s]))
            weight *= 1 if schools.level[t] == schools.level[s] else 1 / p.cross_level_weight
            if b < weight:
                best = (math.inf, adviser)
                break
            best = max(best, (weight, adviser), key=lambda found: found[0])
        if best[1] >= 0:
            row.append(int(best[1]))
    return row


def between(network, i):
    return network.target[network.first[i] + network.within[i] : network.first[i] + network.degree[i]].tolist()


@pytest.mark.parametrize("leader_share", [0.6, 0.02])  # with the second a leader carries less than others
def test_ties_between_schools(leader_share):
    p = MANY._replace(cross_leader_share=leader_share)
    teachers, schools, districts = made()
    network = build(1, teachers, schools, districts, p)
    bounds = zip(schools.first, schools.last, strict=True)
    leads = [int(np.argmax(network.leader[a:b])) + a if b > a else -1 for a, b in bounds]
    for i in range(teachers.size):
        assert between(network, i) == expected_row(i, [], 0, teachers, schools, leads, p)
    assert (network.degree - network.within).sum() > 60
    # A summer: other leaders; every third tie between schools is gone, what is left stands at the end of the row.
    bounds = zip(schools.first, leads, schools.posts, strict=True)
    leads = [a + (lead - a + 1) % n if n else -1 for a, lead, n in bounds]
    kept = [[j for j in between(network, i) if (i + j) % 3] for i in range(teachers.size)]
    look = np.arange(teachers.size) % 4 > 0
    for i, row in enumerate(kept):
        network.target[network.first[i] + network.within[i] : network.first[i + 1]] = -1
        parked = network.first[i + 1] - CROSS_ROOM
        network.target[parked : parked + len(row)] = row
        network.degree[i] = network.within[i] + len(row)
    rows, begin = programme_lists(schools, districts)
    fill_between(
        0, schools.size, SEED, 1, teachers, schools, network, look.astype(np.uint8), np.array(leads), rows, begin, p
    )
    for i, row in enumerate(kept):
        expected = expected_row(i, row, 1, teachers, schools, leads, p) if look[i] or row else []
        assert between(network, i) == expected
        assert (network.target[network.first[i] + network.degree[i] : network.first[i + 1]] == -1).all()
    assert sum(map(len, kept)) > 30
