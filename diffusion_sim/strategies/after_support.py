"""Whether a strategy goes on planning after support: what it says, and what is nearly said."""

from __future__ import annotations

from typing import Any

from diffusion_sim.errors import StrategyError, nearest
from diffusion_sim.own_code import guarded

SAYS = "plans_after_support"


def plans_after_support(maker: Any, name: str) -> bool:
    """Whether a strategy wants to plan after support, too. Raises StrategyError where it says so in another way."""
    with guarded(lambda said: StrategyError(f"strategy '{name}': {SAYS} failed: {said}")):
        said = getattr(maker, SAYS, None)
    if said is None:
        for other in (word for word in dir(maker) if word.startswith("plan") and word != "plan"):
            if hint := nearest(other, [SAYS]):
                raise StrategyError(f"strategy '{name}': {other} says nothing{hint}")
        return False
    if not isinstance(said, bool):
        raise StrategyError(f"strategy '{name}': {SAYS} is {said!r:.60}; True or False is allowed")
    return said
