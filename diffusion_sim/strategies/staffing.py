"""Who does what in an enrolled school: the staffing structure that a plan asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from diffusion_sim.state.codes import STAFFING
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.contract import Draw, View

KINDS = {word: number for number, word in enumerate(STAFFING)}

# Which schools get it first, where not all do: smaller numbers are first.
ORDERS: dict[str, Callable[[View, Draw], Floats]] = {
    "readiness": lambda view, draw: -view.surveyed_readiness,
    "poverty": lambda view, draw: -view.poverty,
    "lottery": lambda view, draw: draw("team schools", view.school_key),
}


def staffing_of(view: View, draw: Draw, block: Mapping[str, Any]) -> dict[str, Floats]:
    """Fields of a plan, shape (S,): the same structure for every programme school; it begins where a school enrols and
    can be paid. With options, for a share of the posts, in a share of the enrolled schools."""
    size = view.programme.size
    plan = {"staffing": np.where(view.programme == 1, float(KINDS[block["kind"]]), 0.0)}
    if "share" in block:
        plan["staffing_share"] = np.full(size, block["share"])
        plan["staffing_schools"] = np.full(size, block["schools"])
        plan["staffing_priority"] = ORDERS[block["by"]](view, draw) if block["schools"] < 1.0 else np.zeros(size)
    return plan
