"""The network and what colleagues see of each other, in the form the weekly loop reads."""

from __future__ import annotations

import numpy as np

from diffusion_sim._cache import njit
from diffusion_sim.dynamics.exposure import HIDDEN, shown_skill
from diffusion_sim.state import NO_TEAM, Ties


@njit
def pack_ties(first, degree, target, teachers, packed_first, packed):
    """Ties without spare room and without those from and to posts that do not teach; fills packed_first (T + 1,) and
    packed (sum of degrees,) from the front."""
    place = 0
    for i in range(degree.size):
        packed_first[i] = place
        if teachers[i].leader < NO_TEAM:
            continue
        for j in range(first[i], first[i] + degree[i]):
            if teachers[target[j]].leader >= NO_TEAM:
                packed[place] = target[j]
                place += 1
    packed_first[degree.size] = place


def packed_ties(network, teachers):
    """The network as the weekly loop reads it."""
    sizes = network.degree.size + 1, int(network.degree.sum())
    ties = Ties(*(np.empty(size, np.uint32) for size in sizes))
    pack_ties(network.first, network.degree, network.target, teachers, ties.first, ties.target)
    return ties


@njit
def show_all(teachers, face):
    """What everybody shows, from the present state."""
    for i in range(teachers.size):
        teaches = teachers[i].leader >= NO_TEAM
        face[i, 0] = shown_skill(teachers[i].stage, teachers[i].visible, teachers[i].skill) if teaches else HIDDEN
        face[i, 1] = teachers[i].conviction
