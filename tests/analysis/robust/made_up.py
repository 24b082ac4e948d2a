"""Draws whose truth is known."""

from __future__ import annotations

import numpy as np
from scipy.stats import qmc

from diffusion_sim.analysis.robust.factors import Factor


def drawn(n: int, numbers: int, words: int = 0, seed: int = 1) -> list[Factor]:
    """Numbers x0, x1 ... from 0 to 1 and words w0 ... of a, b, c, by Latin hypercube."""
    cube = qmc.LatinHypercube(numbers + words, rng=np.random.default_rng(seed)).random(n)
    found = [Factor(f"x{j}.n", cube[:, j], 0.0, 1.0) for j in range(numbers)]
    for j in range(words):
        found.append(Factor(f"w{j}.w", np.floor(3 * cube[:, numbers + j]), 0.0, 2.0, words=("a", "b", "c")))
    return found
