"""What a teacher sees of the practice through advice ties."""

from __future__ import annotations

from diffusion_sim._cache import rule
from diffusion_sim.lanes import pick


@rule
def shown(user, routine, visible):
    """1 where a teacher shows the practice to those who ask, else 0: a user in routine use, or in a visible trial."""
    return pick(user & (routine | visible), 1.0, 0.0)


@rule
def exposure(seen, skill, conviction, ties):
    """Share of a seeker's advice ties whose adviser visibly uses, and those users' mean skill and conviction.

    seen : visibly using advisers; skill, conviction : sums over them; ties : all advisers.
    Returns (x, kbar, vbar), all 0 without ties or visible users.
    """
    each = 1.0 / max(1.0, seen)  # seen is a whole number; no branch, since nobody can predict it
    return seen / max(1.0, ties), skill * each, conviction * each
