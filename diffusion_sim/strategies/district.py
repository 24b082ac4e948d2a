"""What a strategy has districts change at their own level: the part ``district``."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.dynamics.districts import lowest
from diffusion_sim.state.codes import INSTRUMENTS
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.contract import View

Fields = dict[str, Any]  # of a plan
LOW = 1.0 / 3.0  # the lowest third by achievement


def low(view: View) -> Floats:
    """The lowest third of the programme schools by achievement, 0/1, (S,)."""
    inside = view.programme == 1
    return (inside & lowest(view.achievement, inside, LOW)).astype(float)


def designated(view: View) -> Floats:
    """Programme schools that accountability names, 0/1, (S,)."""
    return (view.programme * view.designated).astype(float)


def align(view: View, block: Fields) -> Fields:
    """The district aligns a named instrument with the practice."""
    return {"align": np.where(view.programme == 1, float(INSTRUMENTS.index(block["instrument"])), -1.0)}


def relief(view: View, block: Fields) -> Fields:
    """Accountability presses less on some schools."""
    whom = {"designated": designated, "low": low, "all": lambda view: view.programme.astype(float)}
    return {"relief": whom[block["schools"]](view)}


def autonomy(view: View, block: Fields) -> Fields:
    """Teachers of the district get more of a say."""
    return {"autonomy": view.programme.astype(float)}


def vision(view: View, block: Fields) -> Fields:
    """Who would be left out comes first: named schools, or the lowest third where none is named."""
    named = designated(view)
    return {"vision": named if named.any() else low(view)}


KINDS = {"as_it_is": lambda view, block: {}, "align": align, "relief": relief, "autonomy": autonomy, "vision": vision}


def district_of(view: View, block: Fields) -> Fields:
    """Fields of a plan, each (S,); none where the district stays as it is."""
    fields: Fields = KINDS[block["kind"]](view, block)
    return fields
