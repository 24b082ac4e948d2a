"""How many schools may be in at once."""

from __future__ import annotations

import math
from collections.abc import Callable

from diffusion_sim.strategies.contract import View


def at_once(view: View) -> int:
    """A place for every programme school from the first year."""
    return int(view.programme.sum())


def waves(view: View) -> int:
    """Places grow by year as shares of programme schools: wave_1, wave_2, then wave_3; rounded half up."""
    share = view.settings[f"wave_{min(3, view.year + 1)}"]
    return int(math.floor(share * float(view.programme.sum()) + 0.5))


KINDS: dict[str, Callable[[View], int]] = {"at_once": at_once, "waves": waves}
