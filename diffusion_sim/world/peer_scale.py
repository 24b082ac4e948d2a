"""The peers' force where it takes a number of advisers: scaled so that its mean at the start is that of their share."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.compiled.jit import njit
from diffusion_sim.dynamics.params import Params
from diffusion_sim.state.tables import Teachers
from diffusion_sim.state.use import teaches


@njit
def _sums(first, degree, target, shown, teachers, kappa, threshold):
    """Sums over seekers of x^kappa, and of those who see at least ``threshold`` users; ties from and to posts that do
    not teach do not count."""
    force = enough = 0.0
    for i in range(degree.size):
        if not teaches(teachers[i].leader):
            continue
        users = asked = 0.0
        for place in range(first[i], first[i] + degree[i]):
            users += shown[target[place]]
            asked += teaches(teachers[target[place]].leader)
        if users > 0.0:
            force += (users / asked) ** kappa
        enough += users >= threshold
    return force, enough


def peer_scale(network: Any, teachers: Teachers, shown: Any, p: Params) -> float:
    """Factor that leaves the mean force at the start what it is by share of advisers; 0 where nobody sees so many.

    shown : float64 (T,), 1 where a teacher's use is seen.
    """
    args = (network.first, network.degree, network.target, np.ascontiguousarray(shown), teachers)
    force, enough = _sums(*args, p.trial.kappa, p.trial.threshold)
    return force / enough if enough > 0.0 else 0.0
