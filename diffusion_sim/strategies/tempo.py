"""How many schools may be enrolled at once."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.contract import View
from diffusion_sim.strategies.gates import DISTRICT


def at_once(view: View) -> int:
    """A place for every programme school from the first year."""
    return int(view.programme.sum())


def waves(view: View) -> int:
    """Places grow by year as shares of programme schools: wave_1, wave_2, then wave_3; rounded half up."""
    share = view.settings[f"wave_{min(3, view.year + 1)}"]
    return int(math.floor(share * float(view.programme.sum()) + 0.5))


def by_calendar(view: View) -> Floats:
    """Stages of a staged roll-out without gates, shape (S,): one every two quarters of the run, up to 5."""
    return np.full(view.programme.size, float(min(DISTRICT, 1 + view.quarter // 2)))


def at_last_stage(view: View) -> Floats:
    """Every school is in the last stage from the start, shape (S,)."""
    return np.full(view.programme.size, float(DISTRICT))


# gated, gated_asked: gates.py says which schools are open; there is no further limit.
KINDS: dict[str, Callable[[View], int]] = {"at_once": at_once, "waves": waves, "gated": at_once, "gated_asked": at_once}
STAGES: dict[str, Callable[[View], Floats]] = {"at_once": at_last_stage, "waves": by_calendar}
