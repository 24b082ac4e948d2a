"""What a teacher sees of the practice through advice ties."""

from __future__ import annotations

from diffusion_sim._cache import rule
from diffusion_sim.state import ROUTINE, TRIAL

HIDDEN = -1.0


@rule
def shown_skill(stage, visible, skill):
    """The skill a teacher shows to those who ask: of routine use, or of a trial that is visible; else HIDDEN."""
    if stage == ROUTINE or (stage == TRIAL and visible == 1):
        return skill
    return HIDDEN


@rule
def exposure(seen, skill, conviction, ties):
    """Share of a seeker's advice ties whose adviser visibly uses, and those users' mean skill and conviction.

    seen : visibly using advisers; skill, conviction : sums over them; ties : all advisers.
    Returns (x, kbar, vbar), all 0 without ties or visible users.
    """
    users = max(1.0, seen)  # a whole number; no branch, since nobody can predict it
    return seen / max(1.0, ties), skill / users, conviction / users
