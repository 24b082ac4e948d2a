"""The network and what colleagues see of each other, in the form the weekly loop reads."""

from __future__ import annotations

import numpy as np

from diffusion_sim._cache import njit
from diffusion_sim.dynamics.exposure import shown
from diffusion_sim.lanes import WIDTH
from diffusion_sim.state import NEAR, NO_TEAM, ROUTINE, TRIAL, Ties


@njit
def pack_ties(first, degree, target, teachers, ties):
    """Fill ``ties`` (all places free) without those from and to posts that do not teach."""
    blocks = 0
    for i in range(degree.size):
        ties.far_first[i] = blocks
        if teachers[i].leader < NO_TEAM:
            continue
        size = 0
        for j in range(first[i], first[i] + degree[i]):
            if teachers[target[j]].leader < NO_TEAM:
                continue
            if size < NEAR:
                ties.near[i, size] = target[j]
            else:
                if size % NEAR == 0:
                    ties.far_row[blocks] = i
                    blocks += 1
                ties.far[blocks - 1, size % NEAR] = target[j]
            size += 1
        ties.size[i] = size
    ties.far_first[degree.size] = blocks


def packed_ties(network, teachers):
    """The network as the weekly loop reads it."""
    size = network.degree.size
    blocks = int(np.maximum(0, (network.degree - 1) // NEAR).sum())
    near, far = (np.full((number, NEAR), size, np.uint32) for number in (size, blocks))
    ties = Ties(np.zeros(size + WIDTH), near, np.empty(size + 1, np.uint32), np.empty(blocks, np.uint32), far)
    pack_ties(network.first, network.degree, network.target, teachers, ties)
    return ties


@njit
def show_all(teachers, face):
    """What everybody shows, from the present state."""
    for i in range(teachers.size):
        t = teachers[i]
        routine = t.stage == ROUTINE
        seen = shown((t.leader >= NO_TEAM) & (routine | (t.stage == TRIAL)), routine, t.visible == 1)
        face[i, 0] = seen
        face[i, 1] = seen * t.skill
        face[i, 2] = seen * t.conviction
