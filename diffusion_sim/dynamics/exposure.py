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
def exposure(first, degree, target, face):
    """Share of a seeker's ties whose adviser visibly uses, and those users' mean skill and conviction.

    first, degree : where the seeker's ties stand in ``target`` (rows of advisers); face : (T, 2) shown skill (HIDDEN =
    does not visibly use) and conviction of everybody at the end of last week.
    Returns (x, kbar, vbar), all 0 without ties or visible users.
    """
    seen = 0
    skill = 0.0
    conviction = 0.0
    for j in range(first, first + degree):
        adviser = target[j]
        shown = face[adviser, 0]
        if shown >= 0.0:
            seen += 1
            skill += shown
            conviction += face[adviser, 1]
    if seen == 0:
        return 0.0, 0.0, 0.0
    return seen / degree, skill / seen, conviction / seen
