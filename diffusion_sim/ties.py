"""The network and what colleagues see of each other, in the form the weekly loop reads."""

from __future__ import annotations

import numpy as np

from diffusion_sim._cache import njit
from diffusion_sim.dynamics.exposure import shown_skill
from diffusion_sim.state import Ties


@njit
def pack_ties(first, degree, target, packed_first, packed):
    """Ties without spare room; fills packed_first (T + 1,) and packed (sum of degrees,)."""
    place = 0
    for i in range(degree.size):
        packed_first[i] = place
        for j in range(first[i], first[i] + degree[i]):
            packed[place] = target[j]
            place += 1
    packed_first[degree.size] = place


def packed_ties(network):
    """The network as the weekly loop reads it."""
    ties = Ties(np.empty(network.degree.size + 1, np.int32), np.empty(int(network.degree.sum()), np.int32))
    pack_ties(network.first, network.degree, network.target, ties.first, ties.target)
    return ties


@njit
def show_all(teachers, face):
    """What everybody shows, from the present state."""
    for i in range(teachers.size):
        face[i, 0] = shown_skill(teachers[i].stage, teachers[i].visible, teachers[i].skill)
        face[i, 1] = teachers[i].conviction
