"""Who does what in an enrolled school: the staffing structure that a plan asks for."""

from __future__ import annotations

import numpy as np

from diffusion_sim.state.codes import STAFFING
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.contract import View

KINDS = {word: number for number, word in enumerate(STAFFING)}


def staffing_of(view: View, kind: str) -> Floats:
    """The same structure for every programme school, shape (S,); it begins where a school enrols and can be paid."""
    return np.where(view.programme == 1, float(KINDS[kind]), 0.0)
