"""What hours are spent on: the practice, expertise, conditions, capacity."""

from __future__ import annotations

import numpy as np

from diffusion_sim.state.codes import CONTENT
from diffusion_sim.state.tables import Floats, Ints
from diffusion_sim.strategies.contract import View


def mix_of(view: View, shares: dict[str, float]) -> Floats:
    """The same shares of hours for every school, shape (S, 4)."""
    return np.full((view.programme.size, len(CONTENT)), [float(shares[name]) for name in CONTENT])


def all_alike(view: View) -> Ints:
    """Building hours are spread over the four conditions."""
    return np.full(view.programme.size, -1, np.int32)


def lowest_surveyed(view: View) -> Ints:
    """Building hours go to the condition that the survey shows lowest (the first at ties)."""
    return view.surveyed.argmin(axis=1).astype(np.int32)


KINDS = {"practice_first": all_alike, "mixed": all_alike, "responsive": lowest_surveyed}
